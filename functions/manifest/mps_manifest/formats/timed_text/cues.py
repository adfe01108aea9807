"""Captions as all formats have them: when, and what is said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mps_manifest.job_limits import MAX_CUES

_LATEST = 2**53
"""Milliseconds: no larger number is exact in every reader of JSON."""


class Cue(NamedTuple):
    """One caption: plain text with newlines, times in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


class Cues(NamedTuple):
    """The readable cues in order of time, the number of unreadable ones; whether there are more.

    `language` is what the file itself says of it, in its own words.
    """

    cues: tuple[Cue, ...] = ()
    broken: int = 0
    is_cut: bool = False
    language: str | None = None


def gathered(found: Iterable[Cue | None]) -> Cues:
    """Return what a reader found, MAX_CUES at most, in order of time; None is a broken cue.

    What ends before it starts is broken. What says nothing at no time is no caption: tools write
    such a cue at the beginning of a file, and it would be taken for the first.
    """
    cues: list[Cue] = []
    broken, is_cut = 0, False
    for cue in found:
        if cue is None or not 0 <= cue.start_ms <= cue.end_ms <= _LATEST:
            broken += 1
        elif len(cues) == MAX_CUES:
            is_cut = True
            break
        elif cue.end_ms or cue.text:
            cues.append(cue)
    cues.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    return Cues(tuple(cues), broken, is_cut)
