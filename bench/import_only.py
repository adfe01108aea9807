"""A function that only imports oss2: the lower limit of every function that uses oss2."""

from __future__ import annotations

from typing import Any

import oss2


def handler(_event: bytes, _context: Any) -> str:
    """Return oss2's version."""
    return str(oss2.__version__)
