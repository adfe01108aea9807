"""Measure MPEG audio (ISO/IEC 11172-3 and 13818-3): MP3, MP2 and MP1."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import islice

from mps_manifest.formats.media.parts import Length, Parts, rounded
from mps_manifest.formats.sound import frames, tags
from mps_manifest.formats.sound.frames import Frame

SYNC = b"\xff"
_STEADY = 3
_FEW_FRAMES, _MUCH = 4, 16
_RATES = (44100, 48000, 32000)
_DIVISORS = {3: 1, 2: 2, 0: 4}
"""By the bits of the version: MPEG-1, MPEG-2 and the unofficial MPEG-2.5."""
# kbit/s; the keys are whether it is MPEG-1, and the layer
_BIT_RATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MONO = 3


def mpeg_audio_frame(data: bytes, at: int) -> Frame | None:
    """Return the frame at a position; None where there is none, or one of free bit rate."""
    header = int.from_bytes(data[at : at + 4], "big")
    return _frame(header >> 9) if len(data) >= at + 4 and header >> 21 == 0x7FF else None


@lru_cache(4096)
def _frame(header: int) -> Frame | None:
    """Return the frame with a header, of which the bits up to the padding are given."""
    version, layer = header >> 10 & 3, 4 - (header >> 8 & 3)
    index, rate = header >> 3 & 15, header >> 1 & 3
    if version not in _DIVISORS or layer == 4 or not 0 < index < 15 or rate == 3:
        return None
    first = version == 3
    bit_rate = _BIT_RATES[first, layer][index - 1] * 1000
    frequency = _RATES[rate] // _DIVISORS[version]
    samples = 384 if layer == 1 else 576 if layer == 3 and not first else 1152
    slot = 4 if layer == 1 else 1
    average = Fraction(samples * bit_rate, 8 * frequency)
    length = (int(average / slot) + (header & 1)) * slot
    return Frame(length, samples, frequency, (version, layer, bit_rate, frequency), average)


def mpeg_audio_length(parts: Parts) -> Length:
    """Return the duration by the header of an encoder (Xing, VBRI), else by the frames."""
    head = parts.part(0, 2 * frames.SEARCHED)
    start = _first_frame(head)
    if start is None:
        return Length()
    end = tags.end_of_sound(parts)
    first = head[start : start + frames.SEARCHED]
    told = _told(parts, start, end, first)
    if told:
        return Length(told)
    one = mpeg_audio_frame(first, 0)
    skipped = one.length if one and _index(first) else 0
    return Length(frames.framed_duration(parts, start + skipped, end, mpeg_audio_frame))


def _first_frame(head: bytes) -> int | None:
    """Return where the first of some consecutive frames is."""
    for at in frames.possible_starts(head, SYNC):
        one = mpeg_audio_frame(head, at)
        if one and _is_steady(head, at):
            return at
    return None


def _is_steady(head: bytes, at: int) -> bool:
    run = list(islice(frames.frames(head, mpeg_audio_frame, at), _STEADY))
    ends = at + sum(one.length for one in run)
    kinds = {(one.samples, one.rate) for one in run}
    return bool(run) and len(kinds) == 1 and (len(run) == _STEADY or ends >= len(head))


def _index(first: bytes) -> int:
    """Return where the header of an encoder is in the first frame; 0 if it has none."""
    one = int.from_bytes(first[:4], "big")
    is_first, is_mono = one >> 19 & 3 == 3, one >> 6 & 3 == _MONO
    side = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    for at in (4 + side, 6 + side):  # after a checksum, too
        if first[at : at + 4] in {b"Xing", b"Info"}:
            return at
    return 36 if first[36:40] == b"VBRI" else 0


def _told(parts: Parts, start: int, end: int, first: bytes) -> int | None:
    """Return the duration that an encoder wrote, unless it wrote of other bytes than these."""
    one, at = mpeg_audio_frame(first, 0), _index(first)
    if not one or not at:
        return None
    if first[at : at + 4] == b"VBRI":
        count, total = _four(first, at + 14), _four(first, at + 10)
    else:
        flags = _four(first, at + 4)
        count = _four(first, at + 8) if flags & 1 else 0
        total = _four(first, at + 8 + 4 * (flags & 1)) if flags & 2 else 0
    if total and _is_another(parts, start, end, total, one.length):
        return None
    return rounded(count * one.samples, one.rate) or None


def _is_another(parts: Parts, start: int, end: int, total: int, length: int) -> bool:
    """Return whether sound was cut off, or joined, since an encoder counted `total` bytes of it.

    Not every one counts the first frame, of so many bytes. What follows and is no sound has no
    duration, but much of it is doubtful.
    """
    more = end - start - total
    if abs(more) <= _FEW_FRAMES * length:
        return False
    if more < 0 or more > (end - start) // _MUCH:
        return True
    behind = parts.part(start + total, frames.SEARCHED)
    return _goes_on(behind, 0) or _goes_on(behind, length)


def _goes_on(data: bytes, at: int) -> bool:
    """Return whether two frames are at a position, or the tag of another file."""
    two = list(islice(frames.frames(data, mpeg_audio_frame, at), 2))
    return len(two) == 2 or data.startswith(b"ID3", at)


def _four(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
