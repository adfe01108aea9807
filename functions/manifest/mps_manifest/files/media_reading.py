"""Read the facts of one media file: few bytes, by readers of ours and by the parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.containers.sample_tables import BOXED, sample_tables
from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.described import Described, describe
from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.media.sanity import sane
from mps_manifest.formats.media.tracks import is_truncated, may_be_truncated, read_tracks
from mps_manifest.formats.sniffing import ENOUGH, content_type
from mps_manifest.ports import MediaParser
from mps_manifest.problems import Problem, note

_ID3 = b"ID3"
_AVI = "video/x-msvideo"
# of these the parser would read on to their end, though the beginning has all that it can tell
_OPENING = {
    "audio/ogg": 64 * 1024,
    "audio/x-caf": 64 * 1024,
    "video/ogg": 64 * 1024,
    "video/mp2t": 320 * 1024,
    "video/mpeg": 320 * 1024,
    "video/webm": 320 * 1024,
    "video/x-flv": 192 * 1024,
    "video/x-matroska": 320 * 1024,
    _AVI: 192 * 1024,
}
_TAGGED = {"video/webm", "video/x-matroska"}
_TAIL = 64 * 1024
_FOR_FRAGMENTS = 128 * 1024


class MediaReading(NamedTuple):
    """What is known of a media file; None where the parser recognized none.

    `truncated` is the proof that bytes are missing, or empty.
    """

    media: Media | None
    truncated: str = ""
    notes: tuple[Problem, ...] = ()


def open_media(reader: RangeReader) -> str | None:
    """Return the type of a file by its content after tags, which are left out of it from now on."""
    head = Parts(reader.size, reader.read).part(0, ENOUGH)
    if not head.startswith(_ID3):
        return content_type(head)
    from mps_manifest.formats.sound.tags import end_of_tags  # noqa: PLC0415 - most files have none

    reader.begin_at(end_of_tags(Parts(reader.size, reader.glance)))
    return content_type(Parts(reader.size, reader.read).part(0, ENOUGH))


def read_media(
    parser: MediaParser, reader: RangeReader, found: str | None, patience: float
) -> MediaReading:
    """Read the facts of a file whose content has the type `found`.

    Raises what the parser and the reader raise; `patience` is in seconds.
    """
    length = _length(reader, found)
    tables = sample_tables(reader.size, reader.glance) if found in BOXED else []
    described = describe(found or "", reader.size, reader.glance)
    reader.leave_out(tables)
    reader.keep(_FOR_FRAGMENTS if found in BOXED else 0)
    tracks = parser.tracks(reader.size, _opening(reader, found), patience)
    reader.keep(0)
    media = read_tracks(tracks, described)
    truncated, doubt = is_truncated(tracks) or "", may_be_truncated(tracks) or ""
    incomplete = reader.capped or bool(media and found in _OPENING and _lacks(media))
    if reader.capped:  # to the parser the file seemed to end there
        truncated = doubt = ""
        if media and found in BOXED:  # and its facts may be those of some fragments
            duration, truncated = _fragments(reader)
            media = _of_some_fragments(media, tracks)._replace(duration_ms=duration)
            incomplete = duration is None or _lacks(media)
        elif media and not found:  # as of WavPack without a header's count, which has no reader
            media = media._replace(duration_ms=None)
    elif (truncated or doubt) and _is_all_there(reader, found):
        truncated = doubt = ""
    if found in BOXED and not truncated and not reader.capped:
        truncated = _missing_box(reader, media, described)
    notes = [_incomplete(reader.fetched)] if incomplete else []
    if media and found == _AVI:
        media = media._replace(duration_ms=_of_streams(reader))
    if length:
        truncated, doubt = length.truncated, length.doubtful
        media = media and media._replace(duration_ms=length.duration_ms)
    notes += [_doubtful(doubt)] if doubt else []
    media = media and _with_bit_rate(sane(media), reader.whole_size)
    return MediaReading(media, truncated, tuple(notes))


def _with_bit_rate(media: Media, size: int) -> Media:
    """Return the facts with the average of the whole file, in bit/s, if its duration is certain."""
    duration = media.duration_ms
    rate = (8000 * size + duration // 2) // duration if duration else None
    return media._replace(bit_rate=rate or None)


def _of_some_fragments(media: Media, tracks: Sequence[Mapping[str, Any]]) -> Media:
    """Return the facts without the averages of the fragments that were read."""
    varies = any(track.get("FrameRate_Mode") == "VFR" for track in tracks)
    rate = None if varies else media.frame_rate
    return media._replace(frame_rate=rate)


def _fragments(reader: RangeReader) -> tuple[int | None, str]:
    """Return the duration of a file in fragments, or the proof that it was cut off, or neither."""
    from mps_manifest.formats.containers import fragments  # noqa: PLC0415 - few files have so many

    parts = Parts(reader.size, reader.glance)
    duration = fragments.fragments_duration(parts)
    declared = 0 if duration else fragments.declared_size(parts)
    evidence = f"the container declares {declared} bytes, the file has {parts.size}"
    return duration, evidence if declared > parts.size else ""


def _of_streams(reader: RangeReader) -> int | None:
    """Return the duration of an AVI file, of which the parser has seen the beginning only."""
    from mps_manifest.formats.containers.avi import avi_duration  # noqa: PLC0415 - few files are of this kind

    return avi_duration(Parts(reader.size, reader.glance))


def _is_all_there(reader: RangeReader, found: str | None) -> bool:
    """Return whether what the parser missed is not part of the file, but follows its end."""
    from mps_manifest.formats.containers.outer_parts import is_all_there  # noqa: PLC0415 - few files lack bytes

    # what may not be read looks like the end
    return is_all_there(found, Parts(reader.size, reader.glance)) and not reader.capped


def _missing_box(reader: RangeReader, media: Media | None, described: Sequence[Described]) -> str:
    """Return the proof that a file of boxes was cut off between two of them, where it was."""
    from mps_manifest.formats.containers.outer_parts import missing_box  # noqa: PLC0415 - likewise

    has_samples = any(track.samples for track in described)
    if media and not has_samples:
        return ""
    missing = missing_box(Parts(reader.size, reader.glance), has_samples=has_samples)
    return "" if reader.capped else missing


def _length(reader: RangeReader, found: str | None) -> Length | None:
    """Measure a file without its header's unneeded parts, which are left out from now on."""
    parts = Parts(reader.size, reader.glance)
    if found in {"audio/flac", "audio/wav"}:
        from mps_manifest.formats.sound.fronts import short_front  # noqa: PLC0415 - few have covers

        front, start = short_front(found, parts)
    else:
        front, start = b"", 0
    from mps_manifest.formats.media.lengths import length_of  # noqa: PLC0415 - MP4 needs none

    length = length_of(found, parts)
    if start:
        reader.begin_at(start, front)
    return length


def _opening(reader: RangeReader, found: str | None) -> Callable[[int, int], bytes]:
    limit = _OPENING.get(found or "")
    if limit is None:
        return reader.read
    tail = reader.size - _TAIL if found in _TAGGED else reader.size
    return lambda start, length: reader.read(
        start, length if start >= tail else min(length, limit - start)
    )


def _lacks(media: Media) -> bool:
    """Return whether a track was announced of which no frame was found."""
    no_pictures = media.video_codec and not media.width_px
    return bool(no_pictures or (media.audio_codec and not media.sample_rate))


def _incomplete(read: int) -> Problem:
    title = "The headers of the media file are too large to be read completely"
    return note("facts-incomplete", title, f"{read} bytes were read; media facts may be missing")


def _doubtful(evidence: str) -> Problem:
    title = "The media file may be truncated"
    return note("may-be-truncated", title, evidence)
