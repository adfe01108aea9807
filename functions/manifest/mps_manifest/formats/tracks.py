"""Derive media facts from MediaInfo's tracks (with its keys, and text for values)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mps_manifest.formats.codecs import codec
from mps_manifest.formats.declared_sizes import is_placeholder, lacking
from mps_manifest.formats.findings import Media
from mps_manifest.parsing.numbers import milliseconds, number

Track = Mapping[str, Any]

_PER_SECOND = 1000
_HIGHEST_RATE = 100_000
# containers whose headers or indexes tell their duration; of others MediaInfo guesses by bit rates
_TELLING = {
    *("AIFF", "AVI", "FLAC", "MPEG-4", "MXF", "Matroska", "Monkey's Audio", "QuickTime", "TTA"),
    *("WavPack", "Wave64", "WebM", "Windows Media"),
}
# containers that declare their length; others may end anywhere, or have other data after them
_SIZED = {"AIFF", "AVI", "MPEG-4", "Matroska", "QuickTime", "WebM"}
_PADDED = {"AIFF", "AVI"}
_SIZES = re.compile(r"File size (\d{1,20}) is less than expected size(?: at least)? (\d{1,20})")
_CHUNK = 8
# writers to a pipe declare the largest length first; this is near that
_OPEN_MATROSKA = 2**55


def read_tracks(tracks: Sequence[Track]) -> Media | None:
    """Return the facts of a file; None where MediaInfo found no media in it.

    A picture next to audio is its cover, and no fact of the file.
    """
    general = _first(tracks, "General")
    video, audio = _first(tracks, "Video"), _first(tracks, "Audio")
    picture = None if video or audio else _first(tracks, "Image")
    if not (general and general.get("Format")) or not (video or audio or picture):
        return None
    if picture:
        return Media(width_px=_count(picture, "Width"), height_px=_count(picture, "Height"))
    video, audio = video or {}, audio or {}
    return Media(
        duration_ms=_duration(general, tracks),
        width_px=_count(video, "Width"),
        height_px=_count(video, "Height"),
        frame_rate=_rate(video),
        video_codec=codec(video),
        audio_codec=codec(audio),
        sample_rate=_count(audio, "SamplingRate"),
        channels=_count(audio, "Channels"),
    )


def is_truncated(tracks: Sequence[Track]) -> str | None:
    """Return the evidence that a file is truncated: its container declares more bytes; or None.

    Not reliable where the parser did not get all the bytes it requested.
    """
    return _lacking(tracks)[0] or None


def may_be_truncated(tracks: Sequence[Track]) -> str | None:
    """Return why a file may be truncated, though its size may be a placeholder; or None."""
    return _lacking(tracks)[1] or None


def _lacking(tracks: Sequence[Track]) -> tuple[str, str]:
    """Return the proof that bytes are missing, or what may be harmless; or neither."""
    general = _first(tracks, "General") or {}
    extra = general.get("extra")
    container = str(general.get("Format"))
    if container not in _SIZED or not isinstance(extra, Mapping):
        return "", ""
    if extra.get("IsTruncated") != "Yes":
        return "", ""
    sizes = _SIZES.search(json.dumps(extra.get("ConformanceErrors")))
    if not sizes:
        return "the container declares more bytes than the file has", ""
    actual, declared = int(sizes[1]), int(sizes[2])
    if container in _PADDED:
        return ("", "") if is_placeholder(declared - _CHUNK) else lacking(actual, declared)
    if declared >= _OPEN_MATROSKA and container != "MPEG-4":  # written to a pipe
        return "", ""
    return f"the container declares {declared} bytes, the file has {actual}", ""


def _first(tracks: Iterable[Track], kind: str) -> Track | None:
    return next((track for track in tracks if track.get("@type") == kind), None)


def _duration(general: Track, tracks: Iterable[Track]) -> int | None:
    """Return the duration that a file's headers tell, else that of the longest track."""
    if str(general.get("Format")) not in _TELLING:
        return None
    whole = milliseconds(general.get("Duration"), _PER_SECOND)
    each = [
        milliseconds(track.get("Duration"), _PER_SECOND)
        for track in tracks
        if track.get("@type") in {"Video", "Audio"}
    ]
    return whole or max((one for one in each if one), default=None)


def _count(track: Track, key: str) -> int | None:
    """Return a positive integer; of several (`48000 / 24000`) the first one."""
    value = track.get(key)
    first = value.split(" / ")[0] if isinstance(value, str) else value
    return milliseconds(first, 1) or None


def _rate(track: Track) -> float | None:
    rate = number(track.get("FrameRate"))
    return rate if rate is not None and 0 < rate <= _HIGHEST_RATE else None
