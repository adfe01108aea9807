"""The algorithms the services document, and what is particular about each.

Adding one means adding a line here, a reader if it finds something new, and its sample.
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


class Algorithm(NamedTuple):
    """How to read one algorithm.

    `role` is what its files are for; `role_by_ending` refines it where it writes several kinds.
    `requires_files`: success without any file is a fault. `silent_on_mps`: writes one or more files
    without naming them there, so that they are looked for by the `Output` template.
    `paths`: what stands under the path keys are paths (TextToSpeech puts sound there).
    """

    role: str
    read: Reader = no_findings
    requires_files: bool = True
    silent_on_mps: bool = False
    role_by_ending: tuple[tuple[str, str], ...] = ()
    paths: bool = True


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
    "ImageMatting": Algorithm("image"),
    "MusicDemix": Algorithm("stem"),
    "MusicSegmentDetect": Algorithm("segments", choruses, requires_files=False),
    "SpeechDenoise": Algorithm("speech"),
    "TextToSpeech": Algorithm("speech", requires_files=False, paths=False),
    "VideoClip": Algorithm("summary", summaries),
    "VideoDelogo": Algorithm("video", silent_on_mps=True),
    "VideoDetext": Algorithm("video", silent_on_mps=True),
    "VideoGreenScreenMatting": Algorithm("video"),
    "VideoH2V": Algorithm("video", silent_on_mps=True),
    "VideoSplit": Algorithm("segments", slides, requires_files=False),
}

UNKNOWN = Algorithm("output", requires_files=False)
