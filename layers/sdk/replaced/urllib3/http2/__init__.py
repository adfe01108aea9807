"""Stands in for urllib3's package of this name, which reads the versions of what is installed."""

from __future__ import annotations

__all__ = ["extract_from_urllib3", "inject_into_urllib3"]


def inject_into_urllib3() -> None:
    """Refuse to speak HTTP/2."""
    raise NotImplementedError("HTTP/2 is left out of this layer")


def extract_from_urllib3() -> None:
    """Do nothing: it was never spoken."""
