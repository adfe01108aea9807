"""mpsm verify: files against their manifests."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.e2e.jobs import job_id
from tests.operate.conftest import BUCKET, Operator
from tests.operate.test_replay import put_jobs, replay


def have_manifests(operator: Operator, total: int) -> None:
    put_jobs(operator, range(total))
    assert replay(operator, *(job_id(each) for each in range(total))).status == 0


def test_files_that_are_as_they_were_are_a_yes(operator: Operator) -> None:
    """By one HEAD each, and one read of each manifest."""
    have_manifests(operator, 3)
    operator.cloud.reset_requests()
    ended = operator.run("verify", "--json")
    assert (ended.status, ended.document["files"]["ok"]) == (0, 3)
    sent = [(each.action, each.key.split("/")[0]) for each in operator.cloud.requests()]
    looked_at = Counter(each for each in sent if each[1] in {"clips", "manifests"})
    assert looked_at == {
        ("ListObjects", "manifests"): 1,
        ("GetObject", "manifests"): 3,
        ("HeadObject", "clips"): 3,
    }


def test_gone_and_changed_files_are_named(operator: Operator) -> None:
    """Gone, another size, the same size with another ETag; and what cannot be told."""
    have_manifests(operator, 5)
    operator.cloud.delete_object(BUCKET, "clips/0.mp4")
    operator.cloud.put_object(BUCKET, "clips/1.mp4", b"longer than it was")
    operator.cloud.put_object(BUCKET, "clips/2.mp4", b"VIDEO")
    operator.cloud.put_object(BUCKET, f"manifests/{job_id(3)}.json", b"[]")
    ended = operator.run("verify", "--json")
    told = {each["jobId"]: (each["state"], each["why"]) for each in ended.document["notAsTheyWere"]}
    assert ended.status == 1
    assert ended.document["files"] == {"ok": 1, "gone": 1, "changed": 2, "unknown": 1}
    assert told[job_id(0)] == ("gone", "")
    assert told[job_id(1)] == ("changed", "it has 18 bytes, not 5")
    assert told[job_id(2)][1].startswith("its ETag is ")
    assert told[job_id(3)] == ("unknown", "it is not a manifest")
    page = operator.run("verify")
    assert page.status == 1
    assert max(map(len, page.out.split("\n"))) <= 80
    assert "mpsm verify --ticket" in page.out


def test_a_ticket_names_the_jobs_to_look_at_again(operator: Operator) -> None:
    """With their APIs; the function reads it, and replaces what has changed."""
    have_manifests(operator, 2)
    operator.cloud.put_object(BUCKET, "clips/1.mp4", b"longer than it was")
    ended = operator.run("verify", "--ticket", "--json")
    (key,) = ended.document["tickets"]
    body = json.loads(operator.cloud.get_object(BUCKET, key))
    assert body == {"jobs": [{"jobId": job_id(1), "api": "mps"}]}
    assert replay(operator, key).document["verdicts"] == {"better": 1}
    assert operator.run("verify").status == 0


def test_only_what_is_meant_is_looked_at(operator: Operator) -> None:
    """Jobs by their IDs, or manifests by their metadata; not both."""
    have_manifests(operator, 2)
    operator.put_manifest(job_id(7), "partial", "Cover", body={"resources": []})
    operator.cloud.delete_object(BUCKET, "clips/0.mp4")
    assert operator.run("verify", job_id(1)).status == 0
    assert operator.run("verify", job_id(0)).status == 1
    assert operator.run("verify", job_id(1)[:31]).status == 1  # it may be any of three
    operator.put_manifest("a" * 32, body={"resources": []})
    operator.cloud.reset_requests()
    found = operator.run("verify", "aaaa", "--json")
    assert (found.status, found.document["files"]["ok"], found.document["jobs"]) == (0, 0, 0)
    read = [each.key for each in operator.cloud.requests() if each.action == "GetObject"]
    assert read == [f"manifests/{'a' * 32}.json"]
    assert operator.run("verify", job_id(8), "--json").document["files"]["unknown"] == 1
    assert operator.run("verify", "--status", "partial").status == 0
    assert operator.run("verify", "--input", f"{BUCKET}/in/1.").status == 0
    assert operator.run("verify", "--algorithm", "VideoClip").status == 1
    assert operator.run("verify", job_id(1), "--status", "partial").status == 2
    assert operator.run("verify", "no/job").status == 2


@pytest.mark.parametrize(
    "command", ["verify --algorithm", "replay --all --dry-run --algorithm", "backfill --algorithm"]
)
def test_an_algorithm_that_nobody_knows_is_not_all_well(operator: Operator, command: str) -> None:
    """A misspelt one finds nothing; one that is documented may have no manifest yet."""
    have_manifests(operator, 1)
    ended = operator.run(*command.split(), "VidoClip")
    assert ended.status == 1
    assert "VideoClip" in ended.err
    operator.put_manifest(job_id(9), "complete", "NewOne", body={"resources": []})
    assert "Known are" not in operator.run(*command.split(), "NewOne").err
    assert operator.run(*command.split(), "Cover").status == 0
