"""What is inside a file, in the product's own words."""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.jobs.job import Segment
from mps_manifest.problems import Problem


class Media(NamedTuple):
    """What the headers of a media file tell; what they don't tell is None.

    Codecs have ffmpeg's names, as `h264` or `pcm_s16le`. A picture has a size and nothing else.
    """

    duration_ms: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    frame_rate: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None


class Captions(NamedTuple):
    """Timed text: how many cues, the start of the first and the end of the last of them.

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
    """What a job tells about its files beside their content.

    `result_type` is what stands in the key where the output template has `{resultType}`;
    `job_params` the text of the job's parameters, not always JSON.
    """

    result_type: str | None = None
    job_params: str | None = None


Content = Captions | Beats | Segment | Problem
"""What a reader of a result file yields; the resource of a problem is filled in later."""
