"""Measure AMR files (RFC 4867, 5): frames of 20 ms whose first byte is their mode."""

from __future__ import annotations

from fractions import Fraction

from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound import frames
from mps_manifest.formats.sound.frames import Frame

_NARROW = (b"#!AMR\n", 8000, (12, 13, 15, 17, 19, 20, 26, 31, 5, 6, 5, 5, 0, 0, 0, 0))
_WIDE = (b"#!AMR-WB\n", 16000, (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 5, 0, 0, 0, 0, 0))
_PER_SECOND = 50


def amr_length(parts: Parts) -> Length:
    """Return the duration: of the frames of a short file, else by a constant rate."""
    head = parts.part(0, 16)
    for magic, rate, sizes in (_NARROW, _WIDE):
        if head.startswith(magic):
            parse = _parser(rate, sizes)
            return Length(frames.framed_duration(parts, len(magic), parts.size, parse))
    return Length()


def _parser(rate: int, sizes: tuple[int, ...]) -> frames.Parse:
    samples = rate // _PER_SECOND
    by_mode = [Frame(1 + size, samples, rate, size, Fraction(1 + size)) for size in sizes]

    def frame(data: bytes, at: int) -> Frame | None:
        return None if at >= len(data) or data[at] & 0x83 else by_mode[data[at] >> 3 & 15]

    return frame
