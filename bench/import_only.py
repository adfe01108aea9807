"""A function that imports oss2 and does nothing: what no function that uses oss2 can go below."""

from __future__ import annotations

from typing import Any

import oss2


def handler(_event: bytes, _context: Any) -> str:
    """Answer at once."""
    return str(oss2.__version__)
