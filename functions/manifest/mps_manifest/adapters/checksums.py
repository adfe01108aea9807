"""Compute SHA-256 and CRC-64 of a stream of bytes."""

from __future__ import annotations

import hashlib

import crcmod

_POLYNOMIAL, _ALL_ONES = 0x142F0E1EBA9EA3693, 0xFFFFFFFFFFFFFFFF


class RunningChecksum:
    """The Checksum port over hashlib and crcmod, a dependency of oss2."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._crc64 = crcmod.Crc(_POLYNOMIAL, initCrc=0, rev=True, xorOut=_ALL_ONES)

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self.size += len(data)
        self._sha256.update(data)
        self._crc64.update(data)

    def sha256(self) -> str:
        """Return the SHA-256 as hexadecimal digits."""
        return self._sha256.hexdigest()

    def crc64(self) -> str:
        """Return the CRC-64 in decimal digits, like `x-oss-hash-crc64ecma`."""
        return str(self._crc64.crcValue)
