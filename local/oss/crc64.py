"""CRC-64 as OSS computes it (CRC-64/XZ), and the checksum of two joined pieces."""

from collections.abc import Callable

import crcmod

_POLYNOMIAL = 0xC96C5795D7870F42  # of CRC-64/XZ, bits reversed
_ONE = 1 << 63
_BYTE = 1 << 55  # x to the 8th, bits reversed

update: Callable[[bytes, int], int] = crcmod.mkCrcFun(
    0x142F0E1EBA9EA3693, initCrc=0, rev=True, xorOut=0xFFFFFFFFFFFFFFFF
)


def combine(first: int, second: int, second_length: int) -> int:
    """Return the checksum of two joined pieces from those of each; the length is in bytes."""
    shift, square, left = _ONE, _BYTE, second_length
    while left:
        if left & 1:
            shift = _product(shift, square)
        square = _product(square, square)
        left >>= 1
    return _product(shift, first) ^ second


def _product(left: int, right: int) -> int:
    """Multiply two polynomials over GF(2) modulo the CRC's own, all bits reversed."""
    product = 0
    for bit in range(63, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product
