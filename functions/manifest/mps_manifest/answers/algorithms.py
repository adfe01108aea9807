"""The algorithms the services document, and what is particular about each.

Adding one means adding a line here, a reader if it finds something new, and its sample.
"""

from __future__ import annotations

from mps_manifest.answers.readers import (
    Reader,
    audio_quality,
    choruses,
    covers,
    no_findings,
    slides,
    summaries,
)
from mps_manifest.values import dataclass


@dataclass(frozen=True)
class Algorithm:
    """How to read one algorithm.

    `role` is what its files are for; `role_by_ending` refines it where it writes several kinds.
    `must_list`: success without any file is a fault. `silent_on_mps`: writes one or more files
    without naming them there, so that they are looked for by the `Output` template.
    `paths`: what stands under the path keys are paths (TextToSpeech puts sound there).
    """

    role: str
    read: Reader = no_findings
    must_list: bool = True
    silent_on_mps: bool = False
    role_by_ending: tuple[tuple[str, str], ...] = ()
    paths: bool = True


ALGORITHMS: dict[str, Algorithm] = {
    "ASR": Algorithm("transcript"),
    "AsyncTextToSpeech": Algorithm("speech", role_by_ending=((".txt", "timestamps"),)),
    "AudioBeatDetection": Algorithm("beats"),
    "AudioMixing": Algorithm("mix"),
    "AudioQualityAssessment": Algorithm("report", audio_quality, must_list=False),
    "CaptionExtraction": Algorithm("captions"),
    "Cover": Algorithm("cover", covers),
    "FaceBeauty": Algorithm("video"),
    "ImageCartoonize": Algorithm("image"),
    "ImageDelogo": Algorithm("image", silent_on_mps=True),
    "ImageH2V": Algorithm("image", silent_on_mps=True),
    "ImageMatting": Algorithm("image"),
    "MusicDemix": Algorithm("stem"),
    "MusicSegmentDetect": Algorithm("segments", choruses, must_list=False),
    "SpeechDenoise": Algorithm("speech"),
    "TextToSpeech": Algorithm("speech", must_list=False, paths=False),
    "VideoClip": Algorithm("summary", summaries),
    "VideoDelogo": Algorithm("video", silent_on_mps=True),
    "VideoDetext": Algorithm("video", silent_on_mps=True),
    "VideoGreenScreenMatting": Algorithm("video"),
    "VideoH2V": Algorithm("video", silent_on_mps=True),
    "VideoSplit": Algorithm("segments", slides, must_list=False),
}

UNKNOWN = Algorithm("output", must_list=False)
