"""Which texts count as job IDs; nothing else ever gets into a key or a request."""

from __future__ import annotations

import re
from typing import TypeGuard

_UNDER_A_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")
_IN_FREE_TEXT = re.compile(r"[0-9A-Fa-f]{32}")


def is_job_id(value: object) -> TypeGuard[str]:
    """Return whether the value of a key such as `jobId` is a job ID."""
    return isinstance(value, str) and _UNDER_A_KEY.fullmatch(value) is not None


def is_bare_job_id(value: object) -> TypeGuard[str]:
    """Return whether free text is a job ID: 32 hexadecimal digits, unlike any word."""
    return isinstance(value, str) and _IN_FREE_TEXT.fullmatch(value) is not None
