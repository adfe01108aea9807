"""The documented algorithms and what is special about each.

To add one, add a line here, a reader for a new kind of finding, and a sample.
"""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.jobs.result_readers import (
    Reader,
    audio_quality,
    choruses,
    covers,
    no_findings,
    slides,
    summaries,
)
from mps_manifest.parsing.spelling import plain_key


class Algorithm(NamedTuple):
    """How to read the answers of one algorithm.

    `role` is the purpose of its files; `role_by_ending` overrides it where there are several kinds.
    `requires_files`: success without any file is an error. `silent_on_mps`: on MPS the answer does
    not list the files, so they are found by the `Output` template. `paths`: the values of path
    keys are paths (those of TextToSpeech are audio data). `cuts_out`: its files are mattes unless
    the job put a background behind them.
    """

    role: str
    read: Reader = no_findings
    requires_files: bool = True
    silent_on_mps: bool = False
    role_by_ending: tuple[tuple[str, str], ...] = ()
    paths: bool = True
    cuts_out: bool = False


ALGORITHMS: dict[str, Algorithm] = {
    "ASR": Algorithm("transcript"),
    "AsyncTextToSpeech": Algorithm("speech", role_by_ending=((".txt", "timestamps"),)),
    "AudioBeatDetection": Algorithm("beats"),
    "AudioMixing": Algorithm("mix"),
    "AudioQualityAssessment": Algorithm("report", audio_quality, requires_files=False),
    "CaptionExtraction": Algorithm("captions"),
    "Cover": Algorithm("cover", covers),
    "FaceBeauty": Algorithm("video"),
    "ImageCartoonize": Algorithm("image"),
    "ImageDelogo": Algorithm("image", silent_on_mps=True),
    "ImageH2V": Algorithm("image", silent_on_mps=True),
    "ImageMatting": Algorithm("image", cuts_out=True),
    "MusicDemix": Algorithm("stem"),
    "MusicSegmentDetect": Algorithm("segments", choruses, requires_files=False),
    "SpeechDenoise": Algorithm("speech"),
    "TextToSpeech": Algorithm("speech", requires_files=False, paths=False),
    "VideoClip": Algorithm("summary", summaries),
    "VideoDelogo": Algorithm("video", silent_on_mps=True),
    "VideoDetext": Algorithm("video", silent_on_mps=True),
    "VideoGreenScreenMatting": Algorithm("video", cuts_out=True),
    "VideoH2V": Algorithm("video", silent_on_mps=True),
    "VideoSplit": Algorithm("segments", slides, requires_files=False),
}

UNKNOWN = Algorithm("output", requires_files=False)


def algorithm_of(function_name: str) -> Algorithm:
    """Return what is known of an algorithm, whatever the case of its name; UNKNOWN if nothing."""
    return _BY_PLAIN_NAME.get(plain_key(function_name), UNKNOWN)


_BY_PLAIN_NAME = {plain_key(name): algorithm for name, algorithm in ALGORITHMS.items()}
