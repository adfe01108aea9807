"""Measure streams of sound that consist of frames and have no header with their duration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from mps_manifest.formats.media.parts import Parts, rounded

_WALKED = 256 * 1024
_PLACES = 8
_SLACK = 3
_LONGEST = 8192
_FIRST = 4
SEARCHED = 4096
"""Bytes in which the first frame must begin."""
_MOST_FRAMES = 50_000


class Frame(NamedTuple):
    """One frame: bytes, samples (0 if it adds no time), sample rate.

    All frames of a stream of constant rate have the same `mode`, and are `average` bytes long;
    the average is 0 where there is no such rate.
    """

    length: int
    samples: int
    rate: int
    mode: Hashable
    average: Fraction


Parse = Callable[[bytes, int], Frame | None]
"""Return the frame at a position in some bytes; None where there is none."""


def framed_duration(parts: Parts, start: int, end: int, parse: Parse) -> int | None:
    """Return the duration in ms of the frames between two positions; None if it is not certain.

    Short streams are read whole. Of long ones a few places are read, and only those of a constant
    rate have a duration: each frame must be exactly where the rate puts it.
    """
    if end - start <= _WALKED:
        return _walked(parts.part(start, end - start), parse)
    return _constant(parts, start, end, parse)


def frames(data: bytes, parse: Parse, at: int = 0) -> Iterator[Frame]:
    """Yield consecutive frames, of which the last may be incomplete."""
    while frame := parse(data, at):
        yield frame
        at += frame.length


def possible_starts(data: bytes, sync: bytes) -> Iterator[int]:
    """Yield where the first frame may begin: at the bytes with which each of its kind does."""
    end = SEARCHED + len(sync) - 1
    at = data.find(sync, 0, end)
    while at >= 0:
        yield at
        at = data.find(sync, at + 1, end)


def seconds_of_packet(data: bytes, parse: Parse, sync: bytes) -> Fraction:
    """Return the duration of the frames in a part of a stream, which may begin within one."""
    for at in possible_starts(data, sync):
        first = parse(data, at)
        if first and (at + first.length >= len(data) or parse(data, at + first.length)):
            return _seconds(frames(data, parse, at))
    return Fraction(0)


def _seconds(each: Iterable[Frame]) -> Fraction:
    samples: dict[int, int] = {}
    for frame in each:
        samples[frame.rate] = samples.get(frame.rate, 0) + frame.samples
    return sum((Fraction(count, rate) for rate, count in samples.items()), Fraction(0))


def _walked(data: bytes, parse: Parse) -> int | None:
    whole = list(islice(frames(data, parse), _MOST_FRAMES))
    at = sum(frame.length for frame in whole)
    if at < len(data) - (whole[-1].length if whole else 0) and any(data[at:]):
        return None  # something else follows
    if at > len(data):
        whole.pop()
    time = _seconds(whole)
    return rounded(time.numerator, time.denominator) or None


def _constant(parts: Parts, start: int, end: int, parse: Parse) -> int | None:
    head = parts.part(start, _FIRST * _LONGEST)
    first = list(islice(frames(head, parse), _FIRST))
    if len(first) < _FIRST or not first[0].average or len({frame.mode for frame in first}) > 1:
        return None
    one = first[0]
    for average in (one.average, Fraction(one.length)):  # some writers never pad
        count = round((end - start) / average)
        numbers = [*(count * place // _PLACES for place in range(1, _PLACES)), count - 3]
        predicted = [start + int(number * average) for number in numbers]
        if all(_is_there(parts, at, one, parse) for at in predicted):
            return rounded(count * one.samples, one.rate)
    return None


def _is_there(parts: Parts, predicted: int, one: Frame, parse: Parse) -> bool:
    """Return whether a frame is where it must be if all before it have the same rate."""
    slack = 0 if one.average == one.length else _SLACK  # frames are padded in any order
    data = parts.part(predicted - slack, 2 * (slack + one.length) + 16)
    for at in range(2 * slack + 1):
        frame = parse(data, at)
        following = frame and parse(data, at + frame.length)
        if frame and following and frame.mode == following.mode == one.mode:
            return True
    return False
