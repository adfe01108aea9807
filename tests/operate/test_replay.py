"""mpsm replay: what is set aside is done once more, and nothing is lost on the way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pytest

from local.identity import Statement
from local.jobs.plan import JobPlan
from operate.cli import main
from tests.e2e.jobs import clip, job_id, message
from tests.operate.conftest import BUCKET, STATE, Ended, Operator


def put_entry(operator: Operator, payload: bytes, reason: str = "why") -> str:
    """Write a quarantine entry as the function does, and return its hash."""
    name = sha256(payload).hexdigest()
    entry: dict[str, Any] = {"reason": reason, "origin": "a test"}
    try:
        entry["payload"] = payload.decode()
    except UnicodeDecodeError:
        entry |= {"payload": base64.b64encode(payload).decode(), "encoding": "base64"}
    operator.put_state({f"rejected/{name}.json": entry})
    return name


def put_jobs(operator: Operator, numbers: Iterable[int], plan: JobPlan = JobPlan()) -> None:  # noqa: B008 - frozen
    """Put clips into the service, and their files into the bucket."""
    wanted = list(numbers)
    operator.cloud.put_objects(BUCKET, {f"clips/{each}.mp4": b"video" for each in wanted})
    operator.cloud.put_jobs([(clip(each), plan) for each in wanted])


def replay(operator: Operator, *arguments: str) -> Ended:
    """Replay with a part of the quota, so that nobody waits for leases."""
    return operator.run("replay", *arguments, "--qps", "500", "--json")


def entries(operator: Operator) -> list[str]:
    return [key.rpartition("/")[2][:-5] for key in operator.keys(f"{STATE}rejected/")]


def backlog(operator: Operator) -> list[str]:
    return [key.rpartition("/")[2][:-5] for key in operator.keys(f"{STATE}backlog/")]


def manifests(operator: Operator) -> list[str]:
    return [key[10:-5] for key in operator.keys("manifests/")]


def objects(operator: Operator) -> dict[str, bytes]:
    listed = operator.keys("")
    return {key: operator.cloud.get_object(BUCKET, key) for key in listed}


def job_payload(number: int) -> bytes:
    """Return what the function keeps of a job that was rejected."""
    return json.dumps({"api": "mps", "jobId": job_id(number)}, separators=(",", ":")).encode()


def direct(*numbers: int, **more: str) -> bytes:
    return json.dumps({"jobIds": [job_id(each) for each in numbers], **more}).encode()


def test_an_entry_goes_when_its_jobs_have_manifests(operator: Operator) -> None:
    """A job, a message in Base64 of several jobs, and a text that is no UTF-8."""
    put_jobs(operator, range(4))
    put_entry(operator, job_payload(0))
    put_entry(operator, message([job_id(1), job_id(2)]))
    put_entry(operator, b"\xff\xfe" + job_id(3).encode("utf-16-le"))
    ended = replay(operator, "--all")
    assert (ended.status, ended.document["sources"]) == (0, {"done": 3})
    assert ended.document["jobs"] == {"complete": 4}
    assert (entries(operator), len(manifests(operator))) == ([], 4)


def test_beginnings_are_enough_where_they_are_unique(operator: Operator) -> None:
    """`ls` prints no more of a hash. Taken as an ID a beginning became an entry of its own."""
    put_jobs(operator, [1, 0xA << 124])
    name = put_entry(operator, job_payload(1))
    operator.put_manifest(job_id(0xA << 124), "partial")
    before = entries(operator)
    assert replay(operator, "b" * 16).status == 1
    assert entries(operator) == before
    ended = replay(operator, job_id(0xA << 124)[:8], name[:16])
    assert (ended.status, ended.document["jobs"]) == (0, {"complete": 2})
    assert entries(operator) == []


def test_a_throttled_job_whose_payload_says_return_is_parked(operator: Operator) -> None:
    """The documented way lost it: answered `pending`, kept by nobody, and its entry deleted."""
    operator.cloud.configure(api_qps=0)
    put_jobs(operator, [1])
    name = put_entry(operator, direct(1, onPending="return"))
    ended = replay(operator, name)
    assert (ended.status, ended.document["jobs"]) == (0, {"pending": 1})
    assert (entries(operator), backlog(operator)) == ([], [job_id(1)])
    assert "Throttling" in ended.document["replayed"][0]["jobs"][0]["reason"]


def test_an_entry_stays_while_anything_of_it_is_not_safe(operator: Operator) -> None:
    """Unusable still, rejected still, half of it lost, or not there at all."""
    put_jobs(operator, [1])
    unusable = put_entry(operator, b"this is no job")
    rejected = put_entry(operator, job_payload(9))
    mixed = put_entry(operator, json.dumps({"jobIds": [job_id(1), "no/job"]}).encode())
    ended = replay(operator, "--all")
    assert (ended.status, ended.document["sources"]) == (1, {"open": 3})
    assert entries(operator) == sorted([unusable, rejected, mixed])
    assert manifests(operator) == [job_id(1)]
    gone = replay(operator, "0" * 64)
    assert (gone.status, gone.document["sources"]) == (1, {"open": 1})


def test_nothing_goes_where_nothing_can_be_written(operator: Operator) -> None:
    """Neither manifest nor backlog: the entry is all there is of the job."""
    put_jobs(operator, [1])
    name = put_entry(operator, direct(1))
    operator.cloud.deny(BUCKET, "", ["oss:PutObject"])
    ended = replay(operator, name)
    assert (ended.status, ended.document["jobs"]) == (1, {"lost": 1})
    assert (entries(operator), manifests(operator), backlog(operator)) == ([name], [], [])


def test_a_job_that_a_message_named_may_be_rejected_by_itself(operator: Operator) -> None:
    """It gets an entry of its own, so that of the message can go."""
    put_jobs(operator, [1])
    put_entry(operator, message([job_id(1), job_id(9)]))
    ended = replay(operator, "--all")
    assert ended.status == 1  # since there is something left to look at
    assert ended.document["sources"] == {"done": 1}
    assert entries(operator) == [sha256(job_payload(9)).hexdigest()]


def test_tickets_are_read_where_they_lie(operator: Operator) -> None:
    """By their keys, and by the entries that the function made of them, also if they are gone."""
    put_jobs(operator, range(3))
    operator.cloud.put_object(BUCKET, "jobs/a.txt", f"{job_id(0)}\n".encode())
    assert replay(operator, "jobs/a.txt").document["jobs"] == {"complete": 1}
    mended = {"bucket": BUCKET, "key": "jobs/b.txt", "body": "nothing"}
    operator.cloud.put_object(BUCKET, "jobs/b.txt", f"{job_id(1)}\n".encode())
    put_entry(operator, json.dumps(mended).encode())
    gone = {"bucket": BUCKET, "key": "jobs/c.txt", "body": job_id(2)}
    put_entry(operator, json.dumps(gone).encode())
    assert replay(operator, "--all").document["sources"] == {"done": 2}
    assert manifests(operator) == [job_id(each) for each in range(3)]


def test_filters_choose_entries_or_manifests(operator: Operator) -> None:
    """By reason and age the ones, by what their metadata say the others."""
    put_jobs(operator, range(3))
    meant = put_entry(operator, direct(0), "NoSuchJob")
    other = put_entry(operator, direct(1), "another")
    assert replay(operator, "--all", "--older", "1h").document["sources"] == {}
    assert replay(operator, "--all", "--reason", "nosuch").document["sources"] == {"done": 1}
    assert (meant not in entries(operator), entries(operator)) == (True, [other])
    operator.put_manifest(job_id(2), "partial", "VideoClip")
    ended = replay(operator, "--all", "--status", "partial", "--algorithm", "videoclip")
    assert ended.document["verdicts"] == {"better": 1}
    assert replay(operator, "--all", "--status", "partial").document["sources"] == {}


def test_where_the_quota_is_split_the_sweeps_ask(operator: Operator) -> None:
    """All of it belongs to the instances, so jobs are parked as due now."""
    put_jobs(operator, [1])
    put_entry(operator, direct(1))
    operator.monkeypatch.setenv("QUOTA_SHARING", "split")
    ended = operator.run("replay", "--all", "--json")
    assert (ended.status, ended.document["jobs"]) == (0, {"pending": 1})
    assert (entries(operator), backlog(operator)) == ([], [job_id(1)])
    assert not [each for each in operator.cloud.requests() if each.job_id]
    assert operator.connect().core.settings.quota_sharing == "leases"


def test_shares_of_the_quota_are_taken_as_by_a_sweep(operator: Operator) -> None:
    """Through the same limiter: a lease is there before the first query is sent."""
    put_jobs(operator, [1])
    assert operator.run("replay", job_id(1)).status == 0
    sent = [each for each in operator.cloud.requests() if each.status == 200]
    leases = [each.arrival for each in sent if "/leases/" in each.key]
    asked = [each.arrival for each in sent if each.job_id == job_id(1) and each.service != "oss"]
    assert min(leases) < min(asked)


def test_a_dry_run_writes_nothing_under_a_role_that_only_reads(operator: Operator) -> None:
    """It shows what would change, and why what stands would be kept."""
    put_jobs(operator, range(4))
    assert replay(operator, job_id(1), job_id(2)).status == 0
    operator.cloud.delete_object(BUCKET, "clips/2.mp4")
    operator.put_manifest(job_id(3), "partial", body={"name": job_id(3), "status": "partial"})
    name = put_entry(operator, direct(0, 7))
    before = objects(operator)
    reader = operator.cloud.issue_token(
        "reader",
        statements=(
            Statement(actions=("oss:GetObject", "oss:ListObjects")),
            Statement(actions=("mts:QueryIProductionJob",)),
        ),
    )
    operator.become(reader)
    operator.cloud.reset_requests()
    ended = replay(operator, name, *(job_id(each) for each in (1, 2, 3)), "--dry-run")
    assert objects(operator) == before
    actions = {each.action for each in operator.cloud.requests() if each.identity == "reader"}
    assert not [each for each in actions if "Put" in each or "Delete" in each]
    told = {job["jobId"]: job for source in ended.document["replayed"] for job in source["jobs"]}
    assert told[job_id(0)] == {
        "jobId": job_id(0),
        "api": "mps",
        "status": "complete",
        "verdict": "better",
        "isNew": True,
    }
    assert (told[job_id(1)]["verdict"], "changes" in told[job_id(1)]) == ("same", False)
    assert told[job_id(2)]["reason"].startswith("kept: ")
    changed = {change["path"]: change for change in told[job_id(2)]["changes"]}
    assert changed["/status"] == {
        "op": "replace",
        "path": "/status",
        "old": "complete",
        "new": "partial",
    }
    assert (told[job_id(3)]["verdict"], told[job_id(7)]["status"]) == ("better", "rejected")


def test_a_step_is_told_once_and_by_no_dry_run(operator: Operator) -> None:
    """A task token in a payload is that of a step that still waits."""
    put_jobs(operator, [1])
    put_entry(operator, direct(1, taskToken="token"))
    assert replay(operator, "--all", "--dry-run").document["sources"] == {"planned": 1}
    assert operator.cloud.task_reports() == []
    assert replay(operator, "--all").document["sources"] == {"done": 1}
    assert [each.task_token for each in operator.cloud.task_reports()] == ["token"]


def test_what_is_announced_is_left_to_the_next_sweep(operator: Operator) -> None:
    """In a note that is due now, since the topic is out of reach for whoever replays."""
    put_jobs(operator, range(2))
    text = "[parameters]\nAnnounceTopic = manifests\n"
    (operator.folder / "deploy.ini").write_text(text, encoding="utf-8")
    assert replay(operator, job_id(0), job_id(1)).status == 0
    (note,) = operator.keys(f"{STATE}unannounced/")
    due = note.removeprefix(f"{STATE}unannounced/").partition("/")[0]
    assert due <= time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    named = json.loads(operator.cloud.get_object(BUCKET, note))["jobs"]
    assert sorted(named) == [job_id(0), job_id(1)]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_page_says_what_would_become_of_each(operator: Operator, columns: int) -> None:
    """Better, the same, or kept and why."""
    put_jobs(operator, range(3))
    replay(operator, job_id(1), job_id(2))
    operator.cloud.delete_object(BUCKET, "clips/2.mp4")
    names = [job_id(each) for each in range(3)]
    ended = operator.run("replay", *names, "--dry-run", "--qps", "500", columns=columns)
    words = " ".join(ended.out.split())
    assert "better: there is no manifest yet" in words
    assert "same: nothing would be written" in words
    assert "kept because" in words
    assert "/status: " in words
    assert max(map(len, ended.out.split("\n"))) <= columns


@pytest.mark.parametrize(
    "arguments",
    [[], ["--all", "0" * 32], ["0" * 32, "--reason", "x"], ["no/job"], ["--all", "--older", "5"]],
)
def test_what_is_not_clear_is_not_done(operator: Operator, arguments: list[str]) -> None:
    """It is a mistake of usage, with the remedy."""
    ended = operator.run("replay", *arguments)
    assert (ended.status, ended.out, len(ended.err.split("\n")) >= 3) == (2, "", True)
    assert main(["replay", "--help"]) == 0
