"""The return value."""

import json
import threading

import pytest

from mps_manifest.errors import InvalidEvent, TemporarilyUnavailable
from mps_manifest.manifests.publisher import ManifestRef
from mps_manifest.workflow.http_response import http_response
from mps_manifest.workflow.outcome import STATUSES, JobStatus, Outcome, Tally
from tests.unit.samples import ID


@pytest.mark.parametrize("status", STATUSES)
def test_jobs_that_agree_give_their_word(status: JobStatus) -> None:
    """Where all jobs ended alike, callers need to look at one word only."""
    tally = Tally()
    for _ in range(3):
        tally.add(Outcome(ID, status))
    assert tally.answer()["status"] == status
    assert tally.answer()["counts"][status] == 3


def test_jobs_that_disagree_are_mixed() -> None:
    """An unusable piece counts as rejected."""
    tally = Tally()
    tally.add(Outcome(ID, "complete"))
    tally.add_rejected_piece()
    assert tally.answer()["status"] == "mixed"
    assert tally.answer()["counts"]["rejected"] == 1
    assert len(tally.answer()["jobs"]) == 1


def test_nothing_is_empty() -> None:
    """An event without jobs must have an answer of the same form as any other."""
    answer = Tally().answer()
    assert answer["status"] == "empty"
    assert set(answer["counts"]) == set(STATUSES)
    assert answer["jobs"] == []
    assert answer["truncated"] is False


def test_absent_parts_of_a_job_are_left_out() -> None:
    """A part that is there must mean something, and a long reason must not fill the answer."""
    tally = Tally()
    tally.add(Outcome(ID, "pending"))
    tally.add(Outcome(ID, "partial", "x" * 5000, ManifestRef("b", "k", "e")))
    bare, full = tally.answer()["jobs"]
    assert bare == {"jobId": ID, "status": "pending"}
    assert full["manifest"] == {"bucket": "b", "key": "k", "etag": "e"}
    assert len(full["reason"]) <= 300


@pytest.mark.parametrize("reason", ["", "x" * 300, "副" * 300, '"\\\n' * 100, "\U0001f600" * 300])
def test_however_many_jobs_the_answer_stays_small(reason: str) -> None:
    """As the runtimes print it, and as they may print it one day."""
    tally = Tally()
    for _ in range(2000):
        tally.add(Outcome("a" * 64, "partial", reason, ManifestRef("b" * 63, "k" * 200, "e" * 32)))
    answer = tally.answer()
    assert answer["truncated"]
    assert answer["counts"]["partial"] == 2000
    for text in (json.dumps(answer), json.dumps(answer, indent=4, sort_keys=True)):
        assert len(text.encode()) <= 48 * 1024
    assert len(answer["jobs"]) >= 10


def test_threads_lose_no_count() -> None:
    """Jobs end in several threads at once, and each of them must be counted."""
    tally = Tally()

    def add() -> None:
        for _ in range(500):
            tally.add(Outcome(ID, "complete"))
            tally.add_rejected_piece()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert tally.counts()["complete"] == tally.counts()["rejected"] == 4000


def test_reasons_for_what_was_lost_are_bounded() -> None:
    """Thousands of lost jobs must not make the error message endless."""
    tally = Tally()
    for number in range(1000):
        tally.add_lost(f"job {number}")
    assert tally.lost == [f"job {number}" for number in range(10)]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(InvalidEvent("what is wrong", "empty"), 400), (TemporarilyUnavailable("what is wrong"), 503)],
)
def test_an_http_caller_learns_what_is_wrong(fault: Exception, status: int) -> None:
    """A client must know whether to correct its request or to try again later."""
    answer = http_response(fault)  # type: ignore[arg-type]
    assert answer["statusCode"] == status
    assert json.loads(answer["body"]) == {
        "errorType": type(fault).__name__,
        "errorMessage": "what is wrong",
    }
