"""Music: a song with choruses, a dance with beats, a jingle, and a refrain in two stems."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from local.samples.making.sounds import faded, lay, made, noise, silence

# What the sample answers say; times are in seconds.
CHORUSES = ((39.32, 63.85), (86.69, 114.45), (135.75, 160.27))
SONG_SECONDS = 170.0
BEAT = 0.48
BEATS = tuple(round(BEAT * number, 2) for number in range(1, 33))
DOWNBEATS = BEATS[::4]
DANCE_SECONDS = 16.0
REFRAIN_SECONDS = 12.0
JINGLE_SECONDS = 6.0

_BAR = 2.0  # about: the bars of each part of the song are stretched so that they fill it
# Semitones above A, of the three voices of a chord; and the root of each.
_VERSE = ((0, 3, 7), (-4, 0, 3), (3, 7, 10), (-2, 2, 5))
_CHORUS = ((3, 7, 10), (-2, 2, 5), (0, 3, 7), (-4, 0, 3))
# Of each quarter of a bar in the chorus: semitones above A of what is sung; None is a rest.
_TUNE: tuple[tuple[int | None, ...], ...] = (
    (15, 14, 12, 10),
    (10, 12, 14, None),
    (12, 12, 10, 7),
    (8, 10, 12, None),
)


def pitch(semitones: float, octave: int = 0) -> float:
    """Return the frequency of a tone so many semitones above A, 220 Hz."""
    return float(220 * 2 ** (semitones / 12 + octave))


@lru_cache(maxsize=512)
def pluck(frequency: float, seconds: float, rate: int) -> array[float]:
    """Return a plucked string."""

    def wave(at: float) -> float:
        turn = 2 * math.pi * frequency * at
        tones = math.sin(turn) + 0.4 * math.sin(2 * turn) * math.exp(-4 * at)
        return math.exp(-3.2 * at) * (tones + 0.2 * math.sin(3 * turn) * math.exp(-8 * at))

    return faded(made(seconds, rate, wave), rate, 0.004)


@lru_cache(maxsize=512)
def pad(frequency: float, seconds: float, rate: int) -> array[float]:
    """Return a soft tone that stays, of two strings slightly apart."""

    def wave(at: float) -> float:
        turn = 2 * math.pi * frequency * at
        return 0.5 * (math.sin(turn) + math.sin(1.004 * turn)) + 0.15 * math.sin(2.002 * turn)

    return faded(made(seconds, rate, wave), rate, 0.12)


@lru_cache(maxsize=512)
def sung(frequency: float, seconds: float, rate: int) -> array[float]:
    """Return an "ah", as a voice sings it: overtones near 700 and 1,150 Hz are the loudest."""
    tones = [number for number in range(1, 24) if number * frequency < 0.45 * rate]
    gains = [_formants(number * frequency) / math.sqrt(number) for number in tones]

    def wave(at: float) -> float:
        vibrato = 0.006 * math.sin(2 * math.pi * 5.2 * at) * min(1.0, 3 * at) / 5.2
        turn = 2 * math.pi * frequency * (at + vibrato)
        return sum(
            gain * math.sin(number * turn) for number, gain in zip(tones, gains, strict=True)
        )

    return faded(made(seconds, rate, wave), rate, 0.06)


def _formants(frequency: float) -> float:
    peaks = ((700, 130, 1.0), (1150, 160, 0.6), (2600, 260, 0.18))
    return 0.04 + sum(
        gain / (1 + ((frequency - middle) / width) ** 2) for middle, width, gain in peaks
    )


@lru_cache(maxsize=8)
def kick(rate: int) -> array[float]:
    """Return a bass drum."""

    def wave(at: float) -> float:
        return math.exp(-14 * at) * math.sin(2 * math.pi * (48 * at - 5 * math.exp(-28 * at)))

    return made(0.3, rate, wave)


@lru_cache(maxsize=8)
def snare(rate: int) -> array[float]:
    """Return a snare drum."""
    rattle = noise(0.2, rate, seed=1)
    return array(
        "f",
        (
            value * math.exp(-22 * index / rate)
            + 0.5 * math.exp(-30 * index / rate) * math.sin(2 * math.pi * 185 * index / rate)
            for index, value in enumerate(rattle)
        ),
    )


@lru_cache(maxsize=8)
def hat(rate: int) -> array[float]:
    """Return a closed cymbal."""
    sound = noise(0.06, rate, seed=2)
    pairs = zip(sound, [0.0, *sound], strict=False)
    return array(
        "f", ((a - b) * math.exp(-70 * index / rate) for index, (a, b) in enumerate(pairs))
    )


def song(rate: int) -> array[float]:
    """Return the song: quiet verses, and choruses with drums and a voice at the times told."""
    track = silence(SONG_SECONDS, rate)
    edges = [0.0, *(time for chorus in CHORUSES for time in chorus), SONG_SECONDS - 0.6]
    for number, (start, end) in enumerate(pairwise(edges)):
        bars = max(1, round((end - start) / _BAR))
        bar = (end - start) / bars
        for index in range(bars):
            at = start + index * bar
            if number % 2:
                _chorus_bar(track, index, at, bar, rate)
                _sing(track, index, at, bar, rate)
            else:
                _verse_bar(track, index, at, bar, rate)
    return track


def _verse_bar(track: array[float], index: int, at: float, bar: float, rate: int) -> None:
    chord = _VERSE[index % 4]
    lay(track, pad(pitch(chord[0], -1), bar, rate), at, rate, 0.10)
    for step, voice in enumerate((0, 1, 2, 1, 0, 1, 2, 1)):
        tone = pluck(pitch(chord[voice], 1), bar / 3, rate)
        lay(track, tone, at + step * bar / 8, rate, 0.09)


def _chorus_bar(track: array[float], index: int, at: float, bar: float, rate: int) -> None:
    chord = _CHORUS[index % 4]
    for semitones in chord:
        lay(track, pad(pitch(semitones), bar, rate), at, rate, 0.09)
    for step in range(8):
        lay(track, pluck(pitch(chord[0], -1), bar / 6, rate), at + step * bar / 8, rate, 0.16)
        lay(track, hat(rate), at + step * bar / 8, rate, 0.10)
    for step in range(4):
        drum, gain = (snare(rate), 0.28) if step % 2 else (kick(rate), 0.5)
        lay(track, drum, at + step * bar / 4, rate, gain)


def _sing(track: array[float], index: int, at: float, bar: float, rate: int) -> None:
    for step, semitones in enumerate(_TUNE[index % 4]):
        if semitones is not None:
            lay(track, sung(pitch(semitones), bar / 4, rate), at + step * bar / 4, rate, 0.16)


def dance(rate: int) -> array[float]:
    """Return music with a drum at every beat, the louder one at the downbeats."""
    track = silence(DANCE_SECONDS, rate)
    bar = 4 * BEAT
    for number, at in enumerate(BEATS):
        first = number % 4 == 0
        chord = _CHORUS[number // 4 % 4]
        lay(track, kick(rate), at, rate, 0.75 if first else 0.5)
        lay(track, snare(rate), at, rate, 0.2 if number % 2 else 0)
        lay(track, hat(rate), at, rate, 0.14)
        lay(track, pluck(pitch(chord[0], -1), 0.22, rate), at, rate, 0.2)
        lay(track, pluck(pitch(chord[number % 3], 1), 0.3, rate), at, rate, 0.12)
        if first:
            for semitones in chord:
                lay(track, pad(pitch(semitones), bar * 0.95, rate), at, rate, 0.035)
    return track


def refrain(rate: int) -> tuple[array[float], array[float]]:
    """Return the voice and the accompaniment of a refrain; their sum is not too loud."""
    vocals, accompaniment = silence(REFRAIN_SECONDS, rate), silence(REFRAIN_SECONDS, rate)
    for index in range(round(REFRAIN_SECONDS / _BAR)):
        _sing(vocals, index, index * _BAR, _BAR, rate)
        _chorus_bar(accompaniment, index, index * _BAR, _BAR, rate)
    louder = array("f", (1.9 * value for value in vocals))
    return louder, array("f", (0.65 * value for value in accompaniment))


def jingle(rate: int, seconds: float = JINGLE_SECONDS) -> array[float]:
    """Return a few bright tones over a soft chord, again and again."""
    track = silence(seconds, rate)
    for number in range(math.ceil(seconds / 3)):
        _phrase(track, _CHORUS[number % 4], 3.0 * number, rate)
    return faded(track, rate, 0.4)


def _phrase(track: array[float], chord: Sequence[int], at: float, rate: int) -> None:
    for semitones in chord:
        lay(track, pad(pitch(semitones), 2.9, rate), at, rate, 0.05)
    for step, voice in enumerate((0, 1, 2, 2, 1, 2)):
        tone = pluck(pitch(chord[voice], 1 + step // 3), 0.9, rate)
        lay(track, tone, at + 0.25 * step, rate, 0.11)


def cheering(seconds: float, rate: int) -> array[float]:
    """Return what a crowd sounds like that gets louder towards the middle."""
    sound = noise(seconds, rate, seed=3, softness=0.82)
    length = len(sound)
    swell = (0.25 + 0.5 * math.sin(math.pi * index / length) ** 2 for index in range(length))
    return faded(array("f", (value * gain for value, gain in zip(sound, swell, strict=True))), rate)
