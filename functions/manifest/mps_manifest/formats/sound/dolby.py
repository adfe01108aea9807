"""Measure AC-3 and E-AC-3 (ETSI TS 102 366, 4.4 and annex E)."""

from __future__ import annotations

from fractions import Fraction

from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound import frames
from mps_manifest.formats.sound.frames import Frame

SYNC = b"\x0b\x77"
_RATES = (48000, 44100, 32000)
_BIT_RATES = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640),
)
_BLOCKS = (1, 2, 3, 6)
_SAMPLES = 1536
_PER_BLOCK = 256
_DEPENDENT = 1


def dolby_frame(data: bytes, at: int) -> Frame | None:
    """Return the frame at a position; None where there is none."""
    header = data[at : at + 6]
    if len(header) < 6 or header[:2] != SYNC:
        return None
    version = header[5] >> 3
    if version <= 8:
        return _ac3(header)
    return _enhanced(header) if 10 < version <= 16 else None


def _ac3(header: bytes) -> Frame | None:
    code, size = header[4] >> 6, header[4] & 63
    if code == 3 or size >= 2 * len(_BIT_RATES):
        return None
    rate, bit_rate = _RATES[code], _BIT_RATES[size >> 1] * 1000
    average = Fraction(_SAMPLES * bit_rate, 8 * rate)
    words = int(average / 2) + (size & 1 if rate == 44100 else 0)
    return Frame(2 * words, _SAMPLES, rate, (rate, bit_rate), average)


def _enhanced(header: bytes) -> Frame | None:
    kind, stream = header[2] >> 6, header[2] >> 3 & 7
    size = 2 * ((int.from_bytes(header[2:4], "big") & 0x7FF) + 1)
    code, blocks = header[4] >> 6, header[4] >> 4 & 3
    if kind == 3 or (code == 3 and blocks == 3) or size < len(header):
        return None
    rate = _RATES[blocks] // 2 if code == 3 else _RATES[code]
    samples = _PER_BLOCK * (6 if code == 3 else _BLOCKS[blocks])
    adds = kind != _DEPENDENT and stream == 0
    mode = (kind, stream, rate, size, samples)
    return Frame(size, samples if adds else 0, rate, mode, Fraction(size if adds else 0))


def dolby_length(parts: Parts) -> Length:
    """Return the duration: of the frames of a short file, else by a constant rate."""
    return Length(frames.framed_duration(parts, 0, parts.size, dolby_frame))
