"""Values that describe the content of a file."""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.job_limits import MAX_FINDINGS
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem


class Media(NamedTuple):
    """Facts from the headers of a media file; None where the headers lack one.

    Of video and audio these are the first track's; `width_px` and `height_px` are as coded, the
    `display` size is as a player shows it, after `rotation` (clockwise degrees) and the shape of
    the pixels. Codecs have ffmpeg's names, such as `h264` or `pcm_s16le`; `codecs` is RFC 6381's
    list of all. `orientation` is EXIF's (2 to 8), `bit_rate` in bit/s, `frames` those of an
    animated picture. `color_transfer` is `pq` or `hlg`. `languages` are BCP 47 tags.
    """

    duration_ms: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    rotation: int | None = None
    orientation: int | None = None
    display_width_px: int | None = None
    display_height_px: int | None = None
    bit_rate: int | None = None
    codecs: str | None = None
    frames: int | None = None
    alpha: bool | None = None
    color_transfer: str | None = None
    audio_tracks: int | None = None
    subtitle_tracks: int | None = None
    languages: tuple[str, ...] = ()


class Captions(NamedTuple):
    """A summary of timed text: number of cues, start of the first, end of the last.

    `language` is a BCP 47 tag where it is known.
    """

    cues: int
    first_ms: int | None = None
    last_ms: int | None = None
    language: str | None = None


class Beats(NamedTuple):
    """The beats of a song, in order."""

    beats_ms: tuple[int, ...]
    downbeats_ms: tuple[int, ...] = ()


class FileContext(NamedTuple):
    """What is known about a file besides its content.

    `result_type` is the part of the key that matches `{resultType}` of the output template;
    `job_params` is the text of the job's parameters, not always JSON. `quotable` is whether the
    service named the file: what only a template found may be somebody else's. `most_findings` is
    the file's share of what a job may find.
    """

    result_type: str | None = None
    job_params: str | None = None
    quotable: bool = True
    most_findings: int = MAX_FINDINGS


Content = Captions | Beats | Segment | Problem
"""What a reader of a result file yields; the resource of a problem is set later."""
