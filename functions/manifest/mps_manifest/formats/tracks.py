"""Media facts from what MediaInfo says about a file (its keys, its texts for values)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mps_manifest.formats.codecs import codec
from mps_manifest.formats.findings import Media
from mps_manifest.parsing.numbers import milliseconds, number

Track = Mapping[str, Any]

_PER_SECOND = 1000
_HIGHEST_RATE = 100_000
# these say how long they are; others may end anywhere, and what follows may be no part of them
_SIZED = {"AIFF", "AVI", "MPEG-4", "Matroska", "QuickTime", "WebM", "Wave"}
_PADDED = {"AIFF", "AVI", "Wave"}
_SIZES = re.compile(r"File size (\d{1,20}) is less than expected size(?: at least)? (\d{1,20})")
# what is written first says "as long as it gets"; 2**31 and 2**32 are near misses of that
_OPEN_RIFF = (2**31, 2**32)
_OPEN_SLACK = 4096
_OPEN_MATROSKA = 2**55


def read_tracks(tracks: Sequence[Track]) -> Media | None:
    """Read the facts of a file; None where MediaInfo knows no media in it.

    A picture beside sound is its cover, and no fact of the file.
    """
    general = _first(tracks, "General")
    video, audio = _first(tracks, "Video"), _first(tracks, "Audio")
    picture = None if video or audio else _first(tracks, "Image")
    if not (general and general.get("Format")) or not (video or audio or picture):
        return None
    if picture:
        return Media(width_px=_count(picture, "Width"), height_px=_count(picture, "Height"))
    video, sound = video or {}, audio or {}
    return Media(
        duration_ms=_duration(general, tracks),
        width_px=_count(video, "Width"),
        height_px=_count(video, "Height"),
        frame_rate=_rate(video),
        video_codec=codec(video),
        audio_codec=codec(sound),
        sample_rate=_count(sound, "SamplingRate"),
        channels=_count(sound, "Channels"),
    )


def is_truncated(tracks: Sequence[Track]) -> str | None:
    """Say what proves that a file is cut off: its container promises more bytes than there are.

    Worth nothing where the parser was not given all the bytes it asked for.
    """
    general = _first(tracks, "General") or {}
    extra = general.get("extra")
    container = str(general.get("Format"))
    if container not in _SIZED or not isinstance(extra, Mapping):
        return None
    if extra.get("IsTruncated") != "Yes":
        return None
    sizes = _SIZES.search(json.dumps(extra.get("ConformanceErrors")))
    if not sizes:
        return "the container promises more bytes than the file has"
    actual, promised = int(sizes[1]), int(sizes[2])
    if _open_ended(container, actual, promised):
        return None
    return f"the container promises {promised} bytes, the file has {actual}"


def _open_ended(container: str, actual: int, promised: int) -> bool:
    """Tell what only looks cut off: written to a pipe, or without the last byte of padding."""
    if container in _PADDED:
        near = any(abs(promised - limit) <= _OPEN_SLACK for limit in _OPEN_RIFF)
        return near or promised - actual <= 1
    return promised >= _OPEN_MATROSKA and container != "MPEG-4"


def _first(tracks: Iterable[Track], kind: str) -> Track | None:
    return next((track for track in tracks if track.get("@type") == kind), None)


def _duration(general: Track, tracks: Iterable[Track]) -> int | None:
    """Take the whole file's; but a transport stream's is its clock's."""
    whole = milliseconds(general.get("Duration"), _PER_SECOND)
    kinds = ("Video", "Audio")
    each = [
        milliseconds(track.get("Duration"), _PER_SECOND)
        for track in tracks
        if track.get("@type") in kinds
    ]
    longest = max((one for one in each if one), default=None)
    if general.get("Format") == "MPEG-TS" and longest:
        return longest
    return whole or longest


def _count(track: Track, key: str) -> int | None:
    """Read a whole number above zero; of several (`48000 / 24000`) the first one counts."""
    value = track.get(key)
    first = value.split(" / ")[0] if isinstance(value, str) else value
    return milliseconds(first, 1) or None


def _rate(track: Track) -> float | None:
    rate = number(track.get("FrameRate"))
    return rate if rate is not None and 0 < rate <= _HIGHEST_RATE else None
