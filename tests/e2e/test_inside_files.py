"""What is inside the files, from the real handler: real reads and the real parser."""

from __future__ import annotations

import gzip
import hashlib
import sysconfig
import venv
from pathlib import Path
from typing import Any

import oss2
import pytest

from local import sample_jobs
from local.sample_jobs import SampleJob
from tests.e2e.conftest import BUCKET, Stage, StageMaker
from tests.local.conftest import new_session
from tests.validators import assert_valid

JOBS = {job.name: job for job in sample_jobs.load()}
COVER, COVER_SIZE = "mps-Cover", {"widthInPx": 480, "heightInPx": 270}
VIDEO, CAPTIONS, BEATS = "mps-VideoClip", "mps-CaptionExtraction-split", "mps-AudioBeatDetection"


def collected(stage: Stage, name: str) -> dict[str, Any]:
    """Collect a sample job and give its valid manifest."""
    job: SampleJob = JOBS[name]
    sample_jobs.seed(stage.cloud, BUCKET, [job])
    return again(stage, job)


def again(stage: Stage, job: SampleJob) -> dict[str, Any]:
    stage.answer({"jobs": [{"jobId": job.job_id, "api": job.api}]})
    manifest = stage.manifest(job.job_id)
    assert_valid(manifest)
    return manifest


def bytes_read(stage: Stage) -> int:
    """Count what the function fetched of files, at the server."""
    reads = [r for r in stage.requests() if r.action == "GetObject"]
    return sum(r.bytes_out for r in reads)


@pytest.mark.parametrize("runtime", ["python3.10", "python3.12"])
def test_a_video_has_its_facts(make_stage: StageMaker, runtime: str) -> None:
    """Catalogue and player rely on these facts, whichever runtime the function has."""
    stage = make_stage(runtime=runtime)
    (file,) = collected(stage, VIDEO)["resources"]
    assert file["media"] == {
        "durationInMs": 5000,
        "widthInPx": 480,
        "heightInPx": 270,
        "frameRate": 25.0,
        "videoCodec": "h264",
        "audioCodec": "aac",
        "sampleRate": 16000,
        "channels": 1,
        "bitRate": 70461,
        "codecs": "avc1.64001F,mp4a.40.2",
    }


def test_a_picture_costs_one_read(own_stage: Stage) -> None:
    """No byte of a picture may be fetched twice, or each cover would cost more than needed."""
    files = collected(own_stage, COVER)["resources"]
    assert [file["media"] for file in files] == [COVER_SIZE] * 3
    assert own_stage.actions().count("GetObject") == 3
    assert bytes_read(own_stage) == sum(file["bytes"] for file in files)


def test_captions_have_their_languages_from_the_template(stage: Stage) -> None:
    """Without its language a player could not offer the right caption file."""
    manifest = collected(stage, CAPTIONS)
    found = manifest["analysis"]["captions"]
    assert [each["language"] for each in found] == ["zh", "en"]
    assert [each["resource"] for each in found] == [each["name"] for each in manifest["resources"]]
    assert {(each["cues"], each["firstMs"], each["lastMs"]) for each in found} == {
        (14, 1000, 62040)
    }


def test_beats_are_in_the_analysis(stage: Stage) -> None:
    """Editors cut on these beats and should not have to parse the file themselves."""
    beats = collected(stage, BEATS)["analysis"]["beats"]
    assert beats["beatsMs"] == [480 * number for number in range(1, 33)]
    assert beats["downbeatsMs"] == beats["beatsMs"][::4]


@pytest.mark.parametrize("name", [CAPTIONS, BEATS])
def test_encoded_files_say_the_same_as_plain_ones(make_stage: StageMaker, name: str) -> None:
    """A bucket may hold its texts compressed, as web sites do; the manifest says what is stored."""
    stage = make_stage({"DIGEST": "sha256"})
    plain = collected(stage, name)
    owner = stage.cloud.owner
    auth = oss2.Auth(owner.access_key_id, owner.access_key_secret)
    session = new_session()
    bucket = oss2.Bucket(auth, stage.cloud.oss_endpoint, BUCKET, session=session)
    keys = [file["key"] for file in plain["resources"]]
    stored = {key: gzip.compress(stage.cloud.get_object(BUCKET, key)) for key in keys}
    for key, body in stored.items():
        bucket.put_object(key, body, headers={"Content-Encoding": "gzip"})
    session.session.close()
    stage.cloud.delete_object(BUCKET, f"manifests/{JOBS[name].job_id}.json")
    manifest = again(stage, JOBS[name])
    assert manifest["status"] == "complete"
    assert manifest["analysis"] == plain["analysis"]
    assert [each["type"] for each in manifest["problems"]] == ["content-encoding"] * len(keys)
    for file in manifest["resources"]:
        body = stored[file["key"]]
        assert file["bytes"] == len(body)
        assert file["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_without_media_facts_no_file_is_read(make_stage: StageMaker) -> None:
    """Whoever switches the facts off must not pay for reading any file."""
    stage = make_stage({"MEDIA_FACTS": "false"}, own=True)
    for name in (VIDEO, CAPTIONS, BEATS):
        collected(stage, name)
    assert "GetObject" not in stage.actions()


def test_without_the_layer_the_function_works_and_says_so_once(
    make_stage: StageMaker, tmp_path: Path
) -> None:
    """The layer is optional, so its absence must cost facts only and must not flood the log."""
    stage = make_stage(**slim(tmp_path))
    (file,) = collected(stage, VIDEO)["resources"]
    again(stage, JOBS[VIDEO])
    assert file["status"] == "available"
    assert "media" not in file
    assert "".join(stage.log).count("pymediainfo is not installed") == 1
    assert collected(stage, CAPTIONS)["analysis"]["captions"]
    assert [file["media"] for file in collected(stage, COVER)["resources"]] == [COVER_SIZE] * 3


def slim(folder: Path) -> dict[str, Any]:
    """Make a layer of all packages but the parser; return the options of a host that has it."""
    venv.create(folder / "bare", with_pip=False)
    packages = folder / "layer" / "python"
    packages.mkdir(parents=True)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.lower().startswith("pymediainfo"):
            (packages / entry.name).symlink_to(entry)
    return {"python": folder / "bare/bin/python", "layers": (folder / "layer",)}


def test_a_replay_of_a_digested_job_writes_nothing(make_stage: StageMaker) -> None:
    """A digest that differed between runs would make a new manifest of every replay."""
    stage = make_stage({"DIGEST": "sha256"})
    manifest = collected(stage, VIDEO)
    body = JOBS[VIDEO].objects[0].read()
    assert manifest["resources"][0]["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    before = stage.list_keys()
    assert again(stage, JOBS[VIDEO]) == manifest
    assert stage.list_keys() == before


def test_captions_can_have_a_sidecar_for_browsers(make_stage: StageMaker) -> None:
    """Browsers cannot show SRT, and a replay must not write the converted files again."""
    stage = make_stage({"CAPTIONS_VTT": "true"}, own=True)
    manifest = collected(stage, CAPTIONS)
    sidecars = [file for file in manifest["resources"] if file["format"] == "vtt"]
    assert len(sidecars) == 2
    for sidecar in sidecars:
        body = stage.cloud.get_object(BUCKET, sidecar["key"])
        assert body.startswith(b"WEBVTT\n\n00:00:01.000 --> 00:00:03.480\n")
        assert sidecar["bytes"] == len(body)
        assert sidecar["etag"] == hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    kept = stage.list_keys()
    stage.cloud.reset_requests()
    assert again(stage, JOBS[CAPTIONS]) == manifest
    assert stage.list_keys() == kept
    writes = [each.status for each in stage.requests() if each.action == "PutObject"]
    assert writes == [409]  # that of the manifest
