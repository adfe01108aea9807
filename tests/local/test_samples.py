from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from local import sample_jobs
from local.sample_ids import JOBS
from local.sample_jobs import INPUTS, MEDIA, SampleJob, SampleObject

ALL = {job.name: job for job in sample_jobs.load()}
GIVEN = [item for job in ALL.values() for item in job.inputs]
OBJECTS = [item for job in ALL.values() for item in job.objects]

MPS = [
    "CaptionExtraction",
    "VideoGreenScreenMatting",
    "MusicSegmentDetect",
    "VideoDetext",
    "VideoH2V",
    "VideoDelogo",
    "Cover",
    "VideoClip",
    "ImageMatting",
    "ImageH2V",
    "ImageDelogo",
    "AudioMixing",
    "VideoSplit",
    "AudioBeatDetection",
    "ImageCartoonize",
    "ASR",
    "AsyncTextToSpeech",
    "AudioQualityAssessment",
    "FaceBeauty",
    "SpeechDenoise",
]
IMS = [
    "Cover",
    "VideoClip",
    "VideoDelogo",
    "VideoDetext",
    "CaptionExtraction",
    "VideoGreenScreenMatting",
    "FaceBeauty",
    "VideoH2V",
    "MusicSegmentDetect",
    "AudioBeatDetection",
    "AudioQualityAssessment",
    "SpeechDenoise",
    "AudioMixing",
    "MusicDemix",
]
FILELESS = {"MusicSegmentDetect", "VideoSplit", "AudioQualityAssessment"}
BY_TEMPLATE = {"VideoDetext", "VideoH2V", "VideoDelogo", "ImageH2V", "ImageDelogo"}
BROKEN = "broken.mp4"
INCOMPLETE = {"mps-CaptionExtraction-missing", "ims-Cover-not-saved"}


def answer(job: SampleJob) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(job.answer)
    return document


def listed_keys(job: SampleJob) -> set[str]:
    """Collect, in any depth and any text that is JSON, what stands where a path stands."""
    document = answer(job)
    found = set(document.get("OutputFiles", []))
    waiting: list[Any] = [document.get("Result")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and value[:1] in ("{", "["):
            waiting.append(json.loads(value))
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            found.update(
                value[name] for name in ("file", "Url", "Output", "image") if name in value
            )
            waiting.extend(value.values())
    return found


@pytest.mark.parametrize(
    "name", [*(f"mps-{algorithm}" for algorithm in MPS), *(f"ims-{algorithm}" for algorithm in IMS)]
)
def test_every_algorithm_has_a_finished_sample(name: str) -> None:
    """An algorithm without a sample would never be played from end to end."""
    job = ALL[name]
    assert name == f"{job.api}-{job.algorithm}"
    assert answer(job)["Status" if job.api == "ims" else "State"] == "Success"


def test_job_ids_are_well_formed_and_distinct() -> None:
    """Two samples with one ID would overwrite each other in the local cloud."""
    ids = [job.job_id for job in ALL.values()] + [sample_jobs.FOREIGN_JOB_ID]
    assert all(re.fullmatch(r"[0-9a-f]{32}", job_id) for job_id in ids)
    assert len(set(ids)) == len(ids)


def test_nothing_is_masked() -> None:
    """The documentation masks IDs and paths, and a sample with a mask in it would not work."""
    assert not [path.name for path in JOBS.iterdir() if "***" in path.read_text("utf-8")]


@pytest.mark.parametrize("name", sorted(ALL.keys() - INCOMPLETE))
def test_every_listed_file_has_an_object_and_no_other_object_is_there(name: str) -> None:
    """A sample whose files do not fit its answer would come to the wrong outcome."""
    job = ALL[name]
    keys = {item.key for item in job.objects}
    if job.api == "mps" and job.algorithm in BY_TEMPLATE:
        assert listed_keys(job) == set()
        assert all(fits_template(job, key) for key in keys)
        expected = {"mps-VideoDetext-failed": 0, "mps-VideoH2V-ambiguous": 2}.get(name, 1)
        assert len(keys) == expected
    else:
        assert keys == listed_keys(job)
        assert bool(keys) == (job.algorithm not in FILELESS or name == "ims-MusicSegmentDetect")


def fits_template(job: SampleJob, key: str) -> bool:
    document = answer(job)
    template = document["Output"].partition(".aliyuncs.com/")[2]
    source = Path(document["Input"]).stem
    parts = re.split(r"\{source\}|\{timestamp\}", template)
    pattern = re.escape(parts[0] + source + parts[1]) + r"\d{13}" + re.escape(parts[2])
    return re.fullmatch(pattern, key) is not None


def test_times_in_keys_have_thirteen_digits() -> None:
    """The service writes milliseconds, and a sample with other times would not be realistic."""
    keys = [
        item.key
        for job in ALL.values()
        if job.api == "mps" and "{timestamp}" in job.answer
        for item in job.objects
        if job.algorithm not in ("ImageCartoonize", "VideoStoryboard")
    ]
    assert keys
    assert [key for key in keys if not re.search(r"-\d{13}[-_.]", key)] == []


def test_the_missing_file_is_listed() -> None:
    """This sample only shows a missing file if its answer names exactly one."""
    job = ALL["mps-CaptionExtraction-missing"]
    assert len(listed_keys(job) - {item.key for item in job.objects}) == 1


def test_the_unsaved_covers_are_sentences() -> None:
    """The API may answer with a sentence in place of a path, which has to be played too."""
    job = ALL["ims-Cover-not-saved"]
    assert listed_keys(job) == {"oss fail to save the image in the given bucket"}
    assert job.objects == ()


def test_the_running_job_is_running_for_two_queries() -> None:
    """Without a job that has to be asked for again, waiting would never be played."""
    plan = ALL["mps-VideoClip-running"].plan
    assert [plan.state(queries, 0.0) for queries in range(3)] == ["Queuing", "Analysing", None]


def test_all_other_jobs_have_ended() -> None:
    """A sample that runs on by mistake would be waited for in every demonstration."""
    running = [job.name for job in ALL.values() if job.plan.state(0, 0.0) is not None]
    assert running == ["mps-VideoClip-running"]


def test_the_failed_job_says_fail() -> None:
    """The only sample of a failed job must really have failed."""
    assert answer(ALL["mps-VideoDetext-failed"])["State"] == "Fail"


def test_keys_are_distinct_over_all_jobs() -> None:
    """All samples share one bucket, so two files under one key would overwrite each other."""
    keys = [item.key for item in OBJECTS]
    assert len(set(keys)) == len(keys)


def test_a_job_moves_to_another_bucket_and_region() -> None:
    """A leftover of the old bucket would send the function to files that are not there."""
    for job in ALL.values():
        moved = job.at("my-bucket", "cn-beijing").answer
        assert "my-bucket" in moved
        assert sample_jobs.SAMPLE_BUCKET not in moved
        assert sample_jobs.SAMPLE_REGION not in moved
        assert json.loads(moved).keys() == answer(job).keys()


def test_all_media_together_are_small_and_each_is_used() -> None:
    """Media lie in the repository, so large or unused ones would burden every clone."""
    files = [*INPUTS.iterdir(), *MEDIA.iterdir()]
    assert sum(path.stat().st_size for path in files) < 6_000_000
    assert set(files) == {item.media for item in [*GIVEN, *OBJECTS]}


def is_what_it_claims(content_type: str, data: bytes) -> bool:
    """Judge a file by its first and last bytes."""
    if content_type in ("application/x-subrip", "text/plain", "application/json"):
        return bool(data.decode("utf-8").strip())
    return {
        "image/jpeg": data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9"),
        "image/png": data.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in data[-12:],
        "image/gif": data.startswith(b"GIF89a") and data.endswith(b";"),
        "video/mp4": data[4:8] == b"ftyp",
        "video/webm": data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64],
        "audio/mpeg": data.startswith((b"ID3", b"\xff\xf3", b"\xff\xfb")),
        "audio/wav": data.startswith(b"RIFF") and data[8:12] == b"WAVE",
    }[content_type]


@pytest.mark.parametrize(
    "item",
    [item for item in [*GIVEN, *OBJECTS] if item.key != BROKEN],
    ids=lambda item: f"{item.media.parent.name}/{item.key}",
)
def test_media_are_what_their_type_says(item: SampleObject) -> None:
    """Facts are read from these files, so a wrong format would test the wrong reader."""
    assert is_what_it_claims(item.content_type, item.read())


@pytest.mark.parametrize("path", sorted(MEDIA.glob("*.mp4")), ids=lambda path: path.name)
def test_mp4_files_can_be_judged_from_their_start(path: Path) -> None:
    """The index comes before the pictures (faststart), with both H.264 and AAC inside."""
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"avc1" in data
    assert b"mp4a" in data


def test_the_webm_has_vp9_with_alpha() -> None:
    """Matting delivers transparent video, and a sample without alpha would not stand for it."""
    data = (MEDIA / "matting.webm").read_bytes()
    assert b"V_VP9" in data
    assert b"\x53\xc0\x81\x01" in data  # Matroska's AlphaMode, 1


@pytest.mark.parametrize("path", sorted(MEDIA.glob("*.wav")), ids=lambda path: path.name)
def test_wav_sizes_are_true(path: Path) -> None:
    """A wrong size in the header would make a sound sample look truncated."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<I", data, 4)
    assert size + 8 == len(data)


def test_subtitles_are_in_chinese_and_english() -> None:
    """Captions in one script only would not show how several languages are recognized."""
    text = (MEDIA / "captions.srt").read_text("utf-8")
    assert len(re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> ", text, re.MULTILINE)) == 14
    assert re.search(r"[一-鿿]", text)
    assert re.search(r"[A-Za-z]{3}", text)


def test_beats_are_lists_of_seconds() -> None:
    """Unsorted beats, or downbeats that are no beats, would be no realistic sample."""
    for name in ("beats.txt", "beats.json"):
        beats = json.loads((MEDIA / name).read_text("utf-8"))
        assert beats.keys() == {"BeatList", "DownBeatList"}
        assert set(beats["DownBeatList"]) <= set(beats["BeatList"])
        assert beats["BeatList"] == sorted(beats["BeatList"])


def test_two_demixed_sounds_carry_the_suffix_twice() -> None:
    """The service appends a second suffix, and files must be found under such names."""
    keys = sorted(item.key for item in ALL["ims-MusicDemix"].objects)
    assert [Path(key).name for key in keys] == [
        "demix_accompaniment.wav.wav",
        "demix_vocals.wav.wav",
    ]
