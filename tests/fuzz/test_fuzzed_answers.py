"""Answers of any content: each job that has ended gets its manifest, or a reason why not yet."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mps_manifest.adapters.production_api import api_error
from mps_manifest.errors import NotFound
from mps_manifest.jobs.answer import state_of
from mps_manifest.jobs.job import State
from tests.fuzz.judge import (
    CREDENTIALS,
    assert_replay_writes_nothing,
    handled,
    kept,
    results,
    world_with,
)
from tests.fuzz.odd import ODD_ANSWERS, SECRETS, VALUES, fuzz, mutated
from tests.unit.samples import ID

TASK = json.dumps({"jobId": ID, "taskToken": "t" * 40})
EVENT = json.dumps({"TopicName": "t", "Message": TASK}).encode()
DIRECT = json.dumps({"jobId": ID}).encode()


def text_of(answer: Any) -> bytes:
    return json.dumps(answer).encode()


def outcome(
    body: bytes, status: int = 200, event: bytes = EVENT, *, intact: bool = True
) -> dict[str, Any]:
    """Have a job asked for whose answer has this body."""
    world = world_with(lambda _url: (status, body), captions_vtt="true")
    world.store.put("c/a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nhi\n")
    answer = handled(world, event, intact=intact)
    assert answer is not None
    assert event != EVENT or ID in kept(world)
    return answer


@given(ODD_ANSWERS)
@fuzz(160)
def test_a_job_that_has_ended_has_a_manifest(answer: dict[str, Any]) -> None:
    """Whatever a service writes into its answer is described, not stumbled over."""
    said = outcome(text_of(answer))
    (job,) = said["jobs"]
    state, named, kind = state_of(answer)[1], answer.get("JobId"), answer.get("FunctionName")
    if isinstance(named, str | int) and str(named).strip().lower() not in ("", ID):
        assert job["status"] == "pending"
    elif state in {State.SUCCEEDED, State.FAILED}:
        ended = {"complete", "partial"} if state is State.SUCCEEDED else {"failed"}
        assert job["status"] in ended
        assert job["manifest"]
    elif state is State.RUNNING or (isinstance(kind, str) and kind):
        assert job["status"] == "pending"  # the service knows a job of this kind
    else:
        assert job["status"] == "rejected"


@given(mutated(ODD_ANSWERS.map(text_of)), st.sampled_from([200, 200, 200, 400, 403, 404, 429, 500]))
@example(b"", 200)
@example(b"[" * 100_000, 200)
@example(
    b'{"JobId":"' + ID.encode() + b'","State":"Success","Result":' + b"[" * 90 + b"]" * 90 + b"}",
    200,
)
@fuzz(160)
def test_broken_answers_lead_to_some_outcome(body: bytes, status: int) -> None:
    """Bytes may be lost or added anywhere between the service and here."""
    said = outcome(body, status, intact=False)
    assert len(said["jobs"]) == 1


@given(st.one_of(VALUES, st.sampled_from(SECRETS)), st.one_of(VALUES, st.sampled_from(SECRETS)))
@fuzz(80)
def test_errors_of_the_api_lead_to_some_outcome(code: Any, message: Any) -> None:
    """An error may quote what was signed, and its parts may be anything."""
    fields = {"Code": code, "Message": message, "RequestId": "r", "HostId": message}
    (job,) = outcome(text_of(fields), 400, DIRECT)["jobs"]
    # only a code that names the job is a verdict on it; test_error_mapping says which ones do
    names_the_job = isinstance(api_error(fields, 400, CREDENTIALS), NotFound)
    assert job["status"] == ("rejected" if names_the_job else "pending")


@given(st.binary(max_size=300), st.integers(200, 599))
@fuzz(40)
def test_what_is_no_json_leads_to_some_outcome(body: bytes, status: int) -> None:
    """A proxy in between may answer in its own words, which are no verdict on the job."""
    said = outcome(body, status)
    assert said["status"] == "pending"


@given(ODD_ANSWERS)
@fuzz(40)
def test_the_same_answer_gives_the_same_bytes(answer: dict[str, Any]) -> None:
    """Whenever it is asked for; and a replay writes nothing, for it finds what it would write."""
    body = text_of(answer)
    first, other = (world_with(lambda _url: (200, body)) for _ in range(2))
    other.clock.pass_by(3600)
    for world in (first, other):
        handled(world, EVENT)
    assert results(first) == results(other)
    assert_replay_writes_nothing(first, EVENT)
