"""Replaces pycryptodome's AES, which oss2 imports for client-side encryption."""

from __future__ import annotations

MODE_CTR = 6


def new(*_: object, **__: object) -> None:
    """Raise NotImplementedError."""
    raise NotImplementedError("client-side encryption is not included in this layer")
