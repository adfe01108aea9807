"""Measure AAC in ADTS frames (ISO/IEC 14496-3, 1.A.3.2), whose bit rate varies."""

from __future__ import annotations

from fractions import Fraction

from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound import frames, tags
from mps_manifest.formats.sound.frames import Frame

SYNC = b"\xff"
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_SAMPLES = 1024
_NO_RATE = Fraction(0)


def adts_frame(data: bytes, at: int) -> Frame | None:
    """Return the frame at a position; None where there is none."""
    header = int.from_bytes(data[at : at + 7], "big")
    if len(data) < at + 7 or header >> 44 != 0xFFF or header >> 41 & 3:
        return None
    index, length = header >> 34 & 15, header >> 13 & 0x1FFF
    if index >= len(_RATES) or length < 7:
        return None
    samples = _SAMPLES * ((header & 3) + 1)
    return Frame(length, samples, _RATES[index], index, _NO_RATE)


def adts_length(parts: Parts) -> Length:
    """Return the duration of a short file, all of whose frames are read."""
    return Length(frames.framed_duration(parts, 0, tags.end_of_sound(parts), adts_frame))
