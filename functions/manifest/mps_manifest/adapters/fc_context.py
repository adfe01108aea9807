"""What the function reads of Function Compute's context, in the styles of both runtimes.

There is no package to depend on: `aliyun-fc2-runtime` does not exist, the runtime is the
platform's (facts/fc.md section 1).
"""

from __future__ import annotations

from typing import Any

DEFAULT_TIMEOUT = 60.0


def request_id(context: Any) -> str:
    """ID of the invocation."""
    return str(getattr(context, "request_id", "") or "")


def region(context: Any) -> str:
    """Region of the function."""
    return str(getattr(context, "region", "") or "")


def timeout(context: Any) -> float:
    """Seconds the invocation may take; text on some runtimes, a number on others."""
    given = getattr(getattr(context, "function", None), "timeout", None)
    try:
        seconds = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return DEFAULT_TIMEOUT
    return seconds if seconds > 0 else DEFAULT_TIMEOUT
