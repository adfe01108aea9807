"""Every sample job of the local cloud: one of each algorithm of both APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local import sample_jobs
from local.sample_jobs import SampleJob
from tests.e2e.conftest import BUCKET, Stage
from tests.validators import GOLDEN, assert_valid, read

JOBS = {job.name: job for job in sample_jobs.load()}
WRONG = {
    "ims-Cover-not-saved": "partial",
    "mps-CaptionExtraction-missing": "partial",
    "mps-VideoH2V-ambiguous": "partial",
    "mps-VideoDetext-failed": "failed",
}
LABELS = {
    "ims-MusicDemix": ["vocals", "accompaniment"],
    "mps-CaptionExtraction-split": ["zh", "en"],
    "mps-CaptionExtraction-missing": ["zh", "en"],
    "mps-CaptionExtraction": ["mul"],
    "ims-CaptionExtraction": ["mul"],
    "mps-ImageCartoonize": ["result", "original"],
}
MATTES = {"ims-VideoGreenScreenMatting", "mps-VideoGreenScreenMatting-alpha", "mps-ImageMatting"}
SOUND = [name for name, job in JOBS.items() if job.objects and name not in WRONG]


def collected(stage: Stage, job: SampleJob) -> dict[str, Any]:
    """Ask for a job until it has ended, and read its valid manifest."""
    for _ in range(3):
        body = {"jobs": [{"jobId": job.job_id, "api": job.api}]}
        if stage.answer(body)["status"] != "pending":
            break
    manifest = stage.manifest(job.job_id)
    assert_valid(manifest)
    return manifest


def lacking(old: Any, new: Any, at: str = "") -> list[str]:
    """Return where a manifest lacks what an older one has; a list may have more at its end."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = [lacking(value, new.get(key), f"{at}/{key}") for key, value in old.items()]
        return [place for places in found for place in places if not place.endswith("Modified")]
    if isinstance(old, list) and isinstance(new, list) and len(old) <= len(new):
        pairs = zip(old, new, strict=False)
        found = [lacking(*pair, f"{at}/{index}") for index, pair in enumerate(pairs)]
        return [place for places in found for place in places]
    return [] if old == new else [at]


@pytest.mark.parametrize("name", JOBS)
def test_sample_job_ends_as_it_should(stage: Stage, name: str) -> None:
    """A sample whose outcome changes shows that its algorithm is no longer read correctly.

    What release 0.9.0 wrote of it is there as well: within version 1 fields are only added.
    """
    sample_jobs.seed(stage.cloud, BUCKET, [JOBS[name]])
    manifest = collected(stage, JOBS[name])
    assert manifest["status"] == WRONG.get(name, "complete")
    if name in SOUND:
        sizes = {item.key: len(item.read()) for item in JOBS[name].objects}
        assert {file["key"]: file["bytes"] for file in manifest["resources"]} == sizes
    labels = [file["label"] for file in manifest["resources"] if "label" in file]
    assert labels == LABELS.get(name, [])
    assert any("matte" in file["roles"] for file in manifest["resources"]) == (name in MATTES)
    [golden] = [path for path in GOLDEN if path.stem == name]
    assert lacking(read(golden), manifest) == []


@pytest.mark.parametrize("name", SOUND)
def test_sample_job_with_one_file_missing_is_partial(stage: Stage, name: str) -> None:
    """A lost file must show as missing, with every algorithm, and not shorten the list."""
    job = JOBS[name]
    sample_jobs.seed(stage.cloud, BUCKET, [job])
    stage.cloud.delete_object(BUCKET, job.objects[-1].key)
    manifest = collected(stage, job)
    assert manifest["status"] == "partial"
    missing = [file for file in manifest["resources"] if file["status"] == "missing"]
    assert len(missing) == 1
    assert len(manifest["resources"]) == len(job.objects)
    assert [
        problem["type"] for problem in manifest["problems"] if problem["severity"] == "error"
    ] == ["missing"]


@pytest.mark.parametrize("name", ["mps-Cover", "ims-Cover"])
def test_covers_name_their_resources(stage: Stage, name: str) -> None:
    """The moment of a cover is useless without the picture that it belongs to."""
    sample_jobs.seed(stage.cloud, BUCKET, [JOBS[name]])
    manifest = collected(stage, JOBS[name])
    names = [file["name"] for file in manifest["resources"]]
    assert [cover["resource"] for cover in manifest["analysis"]["covers"]] == names
    assert json.dumps(manifest["analysis"]["covers"]).count("atMs") == len(names)
