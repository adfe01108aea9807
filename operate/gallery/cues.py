"""What caption files and transcripts say, for the page and for the tracks of its players."""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import read_cues
from mps_manifest.formats.timed_text.cues import Cue
from mps_manifest.formats.timed_text.speech import timed_speech
from mps_manifest.formats.timed_text.webvtt import written

MOST_BYTES = 8 * 1024 * 1024
MOST_SHOWN = 2_000
"""Cues of a list, or paragraphs of a text, on a page."""


class TimedText(NamedTuple):
    """The cues of a file, or the paragraphs of one without times; `more` are left out."""

    cues: tuple[Cue, ...] = ()
    paragraphs: tuple[str, ...] = ()
    more: int = 0


def read_timed_text(body: bytes) -> TimedText:
    """Read captions, timed speech, or text."""
    text = decode_text(body).text
    cues = _cues(text)
    if not cues:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return TimedText((), tuple(lines[:MOST_SHOWN]), max(0, len(lines) - MOST_SHOWN))
    return TimedText(cues[:MOST_SHOWN], (), max(0, len(cues) - MOST_SHOWN))


def track_of(body: bytes) -> str:
    """Return captions or timed speech as WebVTT for a `<track>`; it has no cues if it is long."""
    return written(_cues(decode_text(body).text)) or "WEBVTT\n"


def _cues(text: str) -> tuple[Cue, ...]:
    cues = timed_speech(text)
    if not cues:
        read = read_cues(text)
        cues = read.cues if read else ()
    return cues
