"""Read Function Compute's context, in the forms of both runtimes.

There is no package with its type: `aliyun-fc2-runtime` does not exist, the runtime belongs to the
platform (facts/fc.md section 1).
"""

from __future__ import annotations

from typing import Any

DEFAULT_TIMEOUT = 60.0


def request_id(context: Any) -> str:
    """Return the ID of the invocation; empty if unknown."""
    return str(getattr(context, "request_id", "") or "")


def region(context: Any) -> str:
    """Return the region of the function; empty if unknown."""
    return str(getattr(context, "region", "") or "")


def account(context: Any) -> str:
    """Return the ID of the function's account; empty if unknown."""
    return str(getattr(context, "account_id", "") or "")


def function_name(context: Any) -> str:
    """Return the name of the function; empty if unknown."""
    return str(getattr(getattr(context, "function", None), "name", "") or "")


def timeout(context: Any) -> float:
    """Return the timeout in seconds (text on some runtimes, a number on others); by default 60."""
    value = getattr(getattr(context, "function", None), "timeout", None)
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return DEFAULT_TIMEOUT
    return seconds if seconds > 0 else DEFAULT_TIMEOUT
