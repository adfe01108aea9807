"""Events of any content: each job they name is kept or answered, each other piece quarantined."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import Item, JobRequest, Unusable, decode_event
from mps_manifest.job_ids import is_job_id
from tests.fuzz.envelopes import AROUND, ENCODINGS, EVENTS, Envelopes, in_envelopes
from tests.fuzz.judge import (
    assert_replay_writes_nothing,
    handled,
    judge,
    judge_return,
    kept,
    new_world,
    results,
)
from tests.fuzz.odd import EVENT_VALUES, fuzz, mutated
from tests.unit.world import REJECTED


def pending_in(answer: dict[str, Any] | None) -> set[str]:
    """Return the unfinished jobs that a caller was told of."""
    return (
        {job["jobId"] for job in answer["jobs"] if job["status"] == "pending"} if answer else set()
    )


@given(EVENTS, ENCODINGS)
@fuzz(100)
def test_each_job_of_an_event_is_kept_or_answered(
    event: tuple[list[str], str], encoding: str
) -> None:
    """However it is wrapped, by whatever trigger, and whatever else there is in the envelopes."""
    ids, text = event
    world = new_world()
    answer = handled(world, text.encode(encoding))
    answered = pending_in(answer)
    assert set(ids) <= kept(world) | answered
    world.until_due()
    judge_return(world.tick())
    judge(world)
    assert set(ids) <= kept(world) | answered


@given(EVENTS)
@fuzz(40)
def test_the_same_event_gives_the_same_bytes(event: tuple[list[str], str]) -> None:
    """At any time; and a replay writes neither a manifest nor a quarantine entry again."""
    first, other = new_world(), new_world()
    other.clock.pass_by(3600)
    for world in (first, other):
        handled(world, event[1].encode())
    assert results(first) == results(other)
    assert_replay_writes_nothing(first, event[1].encode())


def items_of(event: bytes) -> Iterator[Item]:
    """Decode an event up to where it is refused."""
    try:
        yield from decode_event(event).items
    except InvalidEvent:
        return


def worked_off(event: bytes) -> None:
    """Whatever the decoder makes of an event is kept, answered or quarantined."""
    world = new_world()
    answer = handled(world, event, intact=False)
    answered = pending_in(answer)
    for item in items_of(event):
        if isinstance(item, JobRequest):
            assert is_job_id(item.job_id)
            assert item.api in {None, "mps", "ims"}
            # a caller whose body is refused knows which jobs it named
            assert item.job_id in kept(world) | answered or answer is None
        elif isinstance(item, Unusable):
            assert quarantine_key(item.payload) in world.store.home_keys(REJECTED)
    judge_return(world.function.sweep(event, world.context), intact=False)
    judge(world, intact=False)


def quarantine_key(payload: str | bytes) -> str:
    raw = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    return f"{REJECTED}{sha256(raw).hexdigest()}.json"


@given(mutated(EVENTS.map(lambda event: event[1].encode())))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b'[{"messageBody":' + b"[" * 5000)
@example(b"<Notification><Message>" + b"<a>" * 5000)
@fuzz(100)
def test_broken_events_are_worked_off(event: bytes) -> None:
    """One broken byte is enough to reach code that sound events never do."""
    worked_off(event)


@given(EVENT_VALUES, AROUND)
@fuzz(100)
def test_any_json_is_worked_off(value: Any, around: Envelopes) -> None:
    """Any other exception would make the trigger deliver the event again and again."""
    worked_off(in_envelopes(json.dumps(value), around).encode())


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@fuzz(40)
def test_any_bytes_are_worked_off(event: bytes) -> None:
    """Bytes that crash a decoder would be delivered again and again."""
    worked_off(event)
