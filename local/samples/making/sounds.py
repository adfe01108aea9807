"""Sounds as lists of samples between -1 and 1: tones, noise, and how they are laid over each other.

All of it is arithmetic, so that the same sounds come out each time.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Iterable, Sequence
from operator import add, mul


def silence(seconds: float, rate: int) -> array[float]:
    """Return no sound."""
    return array("f", bytes(4 * round(seconds * rate)))


def made(seconds: float, rate: int, wave: Callable[[float], float]) -> array[float]:
    """Return the sound whose value at each time in seconds is told by a function."""
    return array("f", (wave(index / rate) for index in range(round(seconds * rate))))


def lay(track: array[float], sound: Sequence[float], at: float, rate: int, gain: float = 1) -> None:
    """Add a sound to a track at a time in seconds; what lies beyond the track's end is lost."""
    start = round(at * rate)
    end = min(start + len(sound), len(track))
    louder = (value * gain for value in sound[: end - start])
    track[start:end] = array("f", map(add, track[start:end], louder))


def faded(sound: array[float], rate: int, seconds: float = 0.05) -> array[float]:
    """Return a sound that begins and ends softly."""
    steps = min(round(seconds * rate), len(sound) // 2)
    ramp = [step / steps for step in range(steps)]
    middle = sound[steps : len(sound) - steps]
    start = array("f", map(mul, sound[:steps], ramp))
    return start + middle + array("f", map(mul, sound[len(sound) - steps :], ramp[::-1]))


def levelled(sound: array[float], peak: float) -> array[float]:
    """Return a sound whose loudest sample is at the peak."""
    loudest = max(abs(value) for value in sound) or 1.0
    return array("f", (value * peak / loudest for value in sound))


def trimmed(sound: array[float], quiet: float = 0.02) -> array[float]:
    """Return a sound without the quiet before and after it."""
    loud = [index for index, value in enumerate(sound) if abs(value) > quiet]
    return sound[loud[0] : loud[-1] + 1] if loud else sound


def clipped(sound: Iterable[float], gain: float) -> array[float]:
    """Return what a recorder makes of a sound that is too loud for it."""
    return array("f", (_within(value * gain) for value in sound))


def noise(seconds: float, rate: int, seed: int, softness: float = 0.0) -> array[float]:
    """Return noise; the softer, the less of its high tones is left (0 to 0.99)."""
    chance, last = random.Random(seed), 0.0
    values = array("f")
    for _ in range(round(seconds * rate)):
        last = softness * last + (1 - softness) * chance.uniform(-1, 1)
        values.append(last)
    return values


def loudness(sound: Sequence[float], start: float, end: float, rate: int) -> float:
    """Return the root of the mean square between two times."""
    part = sound[max(0, round(start * rate)) : max(0, round(end * rate))]
    return math.sqrt(sum(value * value for value in part) / len(part)) if part else 0.0


def mouths(sound: Sequence[float], rate: int, frames: float) -> list[float]:
    """Return for each frame how wide a mouth that speaks this is open, from 0 to 1."""
    step, count = 1 / frames, math.ceil(len(sound) / rate * frames)
    levels = [loudness(sound, at * step, (at + 1) * step, rate) for at in range(count)]
    loudest = max(levels, default=0.0) or 1.0
    return [min(1.0, 1.25 * level / loudest) for level in levels]


def to_pcm(sound: Iterable[float]) -> bytes:
    """Return 16-bit little-endian samples."""
    values = array("h", (round(32767 * _within(value)) for value in sound))
    return values.tobytes()  # little-endian wherever this runs


def from_pcm(data: bytes) -> array[float]:
    """Read 16-bit little-endian samples."""
    return array("f", (value / 32768 for value in array("h", data)))


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))
