"""SHA-256 and CRC-64 of bytes as they come, in a state that can be saved and taken up again.

hashlib keeps its state to itself, pycryptodome's object has it at a known place in memory. What
is saved is FIPS 180-4's intermediate hash value after whole blocks, which no implementation owns.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import crcmod
from Crypto.Hash import SHA256
from Crypto.Util import _raw_api

FORMAT = "sha256+crc64ecma/1"
_BLOCK = 64
_WORDS = re.compile(r"[0-9a-f]{64}")
_CRC = re.compile(r"[0-9]{1,20}")
_POLYNOMIAL, _ALL_ONES = 0x142F0E1EBA9EA3693, 0xFFFFFFFFFFFFFFFF

Saved = Mapping[str, str | int]


class _State(ctypes.Structure):
    """The hash_state of pycryptodome's SHA-2."""

    _fields_ = (
        ("words", ctypes.c_uint32 * 8),
        ("buffer", ctypes.c_uint8 * _BLOCK),
        ("filled", ctypes.c_uint),
        ("bits", ctypes.c_uint32 * 2),  # the lower half first
        ("size", ctypes.c_size_t),
    )


class RunningChecksum:
    """The Checksum port: both checksums of the bytes given so far."""

    def __init__(self, sha256: Any, *, resumable: bool, crc: int = 0, at: int = 0) -> None:
        self.resumable = resumable
        self._sha256 = sha256
        self._crc = crc
        self._at = at
        self._tail = b""

    @property
    def at(self) -> int:
        """How many bytes were given so far."""
        return self._at + len(self._tail)

    def update(self, data: bytes) -> None:
        """Add bytes; those that fill no block wait, so that a block always has just ended."""
        data = self._tail + data if self._tail else data
        whole = len(data) - len(data) % _BLOCK
        blocks, self._tail = data[:whole], data[whole:]
        self._sha256.update(blocks)
        self._crc = _crc64()(blocks, self._crc)
        self._at += whole

    def save(self) -> Saved:
        """Give the state after the last whole block; raises ValueError where not resumable."""
        if not self.resumable:
            raise ValueError("this build of SHA-256 cannot save its state")
        words = b"".join(word.to_bytes(4, "big") for word in _state(self._sha256).words).hex()
        return _sealed(self._at, words, str(self._crc))

    def sha256(self) -> str:
        """Give the SHA-256 as hexadecimal digits."""
        ended = self._sha256.copy()
        ended.update(self._tail)
        return str(ended.hexdigest())

    def crc64(self) -> str:
        """Give the CRC-64 as `x-oss-hash-crc64ecma` does, as decimal digits."""
        return str(_crc64()(self._tail, self._crc))


class RunningChecksums:
    """The Checksums port: starts anew, or where another one was saved."""

    def start(self) -> RunningChecksum:
        """Start with no byte."""
        if resumable():
            return RunningChecksum(SHA256.new(), resumable=True)
        return RunningChecksum(hashlib.sha256(), resumable=False)

    def restore(self, saved: Mapping[str, object]) -> RunningChecksum:
        """Go on where a checksum was saved.

        Raises ValueError for a state that this format does not know or that was altered, and
        where no state can be taken up.
        """
        at, words, crc = saved.get("at"), saved.get("words"), saved.get("crc")
        if not (isinstance(at, int) and isinstance(words, str) and isinstance(crc, str)):
            raise ValueError("no saved checksum")  # noqa: TRY004 - the content is at fault
        if not _WORDS.fullmatch(words) or not _CRC.fullmatch(crc) or at < 0 or at % _BLOCK:
            raise ValueError("no saved checksum")
        if dict(saved) != _sealed(at, words, crc):
            raise ValueError("a saved checksum of another format, or one that was altered")
        if not resumable():
            raise ValueError("this build of SHA-256 cannot take up a state")
        return RunningChecksum(_hasher_at(at, words), resumable=True, crc=int(crc), at=at)


@cache
def resumable() -> bool:
    """Tell, after one check, whether this build of pycryptodome keeps its state where we look."""
    try:
        return _layout_is_known() and _split_hash_is_right()
    except Exception:  # noqa: BLE001 - whatever another build does differently
        return False


def _layout_is_known() -> bool:
    """Compare what is read with what must be there, before anything is ever written."""
    hasher = SHA256.new()
    fresh = _state(hasher)
    if (fresh.filled, list(fresh.bits), fresh.size) != (0, [0, 0], 32):
        return False
    hasher.update(b"a" * _BLOCK + b"bcd")
    return (
        fresh.filled == 3
        and bytes(fresh.buffer[:3]) == b"bcd"
        and list(fresh.bits) == [8 * _BLOCK, 0]
        and fresh.size == 32
    )


def _split_hash_is_right() -> bool:
    first, second = bytes(range(256)), b"and what comes later"
    running = RunningChecksum(SHA256.new(), resumable=True)
    running.update(first)
    hasher = _hasher_at(running.at, str(running.save()["words"]))
    hasher.update(second)
    return bool(hasher.hexdigest() == hashlib.sha256(first + second).hexdigest())


def _hasher_at(at: int, words: str) -> Any:
    hasher = SHA256.new()
    state, value = _state(hasher), bytes.fromhex(words)
    for number in range(8):
        state.words[number] = int.from_bytes(value[4 * number : 4 * number + 4], "big")
    state.bits[0], state.bits[1] = 8 * at & 0xFFFFFFFF, 8 * at >> 32
    return hasher


def _state(hasher: Any) -> _State:
    """Look at the memory of a hasher, which must live as long as what is returned."""
    pointer = hasher._state.get()  # noqa: SLF001 - there is no public way to it
    if not isinstance(pointer, ctypes.c_void_p):  # pycryptodome works through cffi or ctypes
        pointer = ctypes.c_void_p(int(_raw_api.ffi.cast("uintptr_t", pointer)))
    return _State.from_address(pointer.value or 0)


def _sealed(at: int, words: str, crc: str) -> Saved:
    seal = hashlib.sha256(f"{FORMAT} {at} {words} {crc}".encode()).hexdigest()
    return {"format": FORMAT, "at": at, "words": words, "crc": crc, "seal": seal}


@cache
def _crc64() -> Callable[[bytes, int], int]:
    function: Callable[[bytes, int], int] = crcmod.mkCrcFun(
        _POLYNOMIAL, initCrc=0, rev=True, xorOut=_ALL_ONES
    )
    return function
