"""mpsm backfill: many jobs, in chunks, with a record of how far it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operate.access.in_parallel import in_parallel
from operate.errors import STOPPED
from tests.e2e.jobs import job_id
from tests.operate.conftest import BUCKET, STATE, Ended, Operator
from tests.operate.test_replay import backlog, manifests, put_jobs


def backfill(operator: Operator, *arguments: str) -> Ended:
    """Backfill with a part of the quota, so that nobody waits for leases."""
    operator.cloud.configure(api_qps=None)
    return operator.run("backfill", *arguments, "--qps", "500", "--json")


def file_of(operator: Operator, numbers: range) -> Path:
    file = operator.folder / "jobs.txt"
    file.write_text("\n".join(job_id(each) for each in numbers), encoding="utf-8")
    return file


def ledgers(operator: Operator) -> list[str]:
    return list(operator.keys(f"{STATE}backfills/"))


def test_outcomes_are_told_at_the_end(operator: Operator) -> None:
    """All complete is a yes; one that is not is named, with the reason, and a no."""
    put_jobs(operator, range(3))
    ended = backfill(operator, str(file_of(operator, range(3))))
    assert (ended.status, ended.document["counts"]) == (0, {"complete": 3})
    operator.cloud.delete_object(BUCKET, "clips/3.mp4")
    ended = backfill(operator, str(file_of(operator, range(4))))
    (left,) = ended.document["open"]
    assert (ended.status, left["jobId"], left["status"]) == (1, job_id(3), "rejected")
    assert ledgers(operator) == []


def test_it_goes_on_after_ctrl_c(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the record in the bucket: what was done is not asked about again, and is counted."""
    put_jobs(operator, range(250))
    file = file_of(operator, range(250))
    calls = []

    def interrupted(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return in_parallel(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("operate.replay.backfiller.in_parallel", interrupted)
        stopped = backfill(operator, str(file))
    assert (stopped.status, stopped.document["counts"]) == (STOPPED, {"complete": 100})
    assert "continues there" in stopped.err
    (ledger,) = ledgers(operator)
    assert json.loads(operator.cloud.get_object(BUCKET, ledger))["position"] == "100"
    operator.cloud.reset_requests()
    ended = backfill(operator, str(file))
    assert (ended.status, ended.document["counts"]) == (0, {"complete": 250})
    asked = [each for each in operator.cloud.requests() if each.action == "QueryIProductionJob"]
    assert (len(asked), ledgers(operator), len(manifests(operator))) == (150, [], 250)


def test_what_stands_is_done_again_by_its_metadata(operator: Operator) -> None:
    """Those that are partial, and those of an input."""
    put_jobs(operator, range(3))
    for number in range(3):
        operator.put_manifest(job_id(number), "partial" if number else "complete", "VideoClip")
    ended = backfill(operator, "--from-status", "partial")
    assert (ended.status, ended.document["counts"]) == (0, {"complete": 2})
    ended = backfill(operator, "--input-prefix", f"oss://{BUCKET}/in/2")
    assert (ended.status, ended.document["counts"]) == (0, {"complete": 1})


def test_a_job_that_cannot_be_kept_stops_it(operator: Operator) -> None:
    """Where it stopped nothing is written down, so that the next one does the chunk again."""
    put_jobs(operator, range(2))
    operator.cloud.deny(BUCKET, "", ["oss:PutObject"])
    ended = backfill(operator, str(file_of(operator, range(2))))
    assert (ended.status, ended.document["counts"]) == (1, {"lost": 2})
    assert ended.document["finished"] is False


def test_where_the_quota_is_split_all_are_parked(operator: Operator) -> None:
    """And none is complete yet."""
    operator.monkeypatch.setenv("QUOTA_SHARING", "split")
    ended = operator.run("backfill", str(file_of(operator, range(2))), "--json")
    assert (ended.status, ended.document["counts"]) == (1, {"pending": 2})
    assert sorted(backlog(operator)) == [job_id(0), job_id(1)]


@pytest.mark.parametrize("text", ["", "not an ID\n", f"{'0' * 32}\nno\n"])
def test_a_file_with_anything_else_is_refused_before_anything_is_done(
    operator: Operator, text: str
) -> None:
    """Whoever has named the wrong file finds out at once."""
    file = operator.folder / "jobs.txt"
    file.write_text(text, encoding="utf-8")
    for arguments in ([str(file)], [], [str(operator.folder / "none.txt")]):
        ended = operator.run("backfill", *arguments)
        assert (ended.status, ended.out) == (2, "")
    assert operator.keys() == []
