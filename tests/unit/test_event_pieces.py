"""Everything of an event is worked off in threads, in time, and what is unusable is kept once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mps_manifest.errors import InvalidEvent, TemporarilyUnavailable
from mps_manifest.events import (
    Item,
    JobRequest,
    Pause,
    Unusable,
    decode_event,
    decode_ticket,
)
from tests.fakes import HOME, Call
from tests.traced_memory import least_peak
from tests.unit.samples import ID, OTHER, encoded, items, job_ids, mps_answer
from tests.unit.world import REJECTED, World

MANY = 15_000
RUNNING = mps_answer(State="Queuing", Result=None)


def slow(world: World, seconds: float, *operations: str) -> None:
    """Make calls of the store take time; with one thread, that is the invocation's time."""

    def wait(call: Call) -> None:
        if call.operation in operations:
            world.clock.pass_by(seconds)

    world.store.fault = wait


def records(*keys: str) -> dict[str, Any]:
    """Make an OSS event of created objects."""
    return {
        "events": [
            {
                "eventName": "ObjectCreated:PutObject",
                "oss": {"bucket": {"name": HOME}, "object": {"key": key}},
            }
            for key in keys
        ]
    }


# --- one piece, one entry --------------------------------------------------------------------

LISTS: dict[str, list[Any]] = {
    "objects": [{}] * MANY,
    "numbers": [5] * MANY,
    "words": ["word"] * MANY,
    "lists": [[5]] * MANY,
    "direct bodies": [{"jobId": 5}] * MANY,
    "messages": [{"messageBody": "word"}] * MANY,
    "OSS events": [records("")] * (MANY // 10),
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("as_sent", [str, encoded], ids=["plain", "base64"])
def test_a_message_of_many_faults_is_one_piece(kind: str, as_sent: Any) -> None:
    """An entry for each fault would make 15,000 objects of a message of 60 KB."""
    text = as_sent(json.dumps(LISTS[kind]))
    [piece] = items([{"messageBody": text}])
    assert isinstance(piece, Unusable)
    assert piece.payload == text
    assert piece.reason.endswith(f"; and {len(LISTS[kind]) - 100} more")
    assert piece.reason.count("; ") == 100


@pytest.mark.parametrize("kind", ["objects", "numbers", "words", "lists", "direct bodies"])
def test_an_event_of_many_faults_is_one_piece(kind: str) -> None:
    """A topic delivers the bare message where no attributes are wanted."""
    [piece] = items(LISTS[kind])
    assert isinstance(piece, Unusable)
    assert json.loads(piece.payload) == LISTS[kind]


def test_the_sound_messages_of_a_batch_are_not_kept_with_the_bad_ones() -> None:
    """The entry must be the same in whichever batch the bad message comes again."""
    sound = {"messageBody": ID}
    first, second = items([sound, {"hello": 1}])
    assert isinstance(first, JobRequest)
    assert isinstance(second, Unusable)
    assert json.loads(second.payload) == {"hello": 1}
    [_, several] = items([sound, {"hello": 1}, 5])
    assert isinstance(several, Unusable)
    assert json.loads(several.payload) == [{"hello": 1}, 5]


def test_a_batch_with_one_broken_character_is_read_all_the_same() -> None:
    """A lone surrogate in somebody's user data must not take other messages along."""
    batch = json.dumps(
        [{"messageBody": ID}, {"messageBody": OTHER, "note": "?"}, {"messageBody": "x"}]
    )
    first, second, piece = items(batch.replace("?", "\\ud800"))
    assert isinstance(first, JobRequest)
    assert isinstance(second, JobRequest)
    assert isinstance(piece, Unusable)
    assert piece.payload == "x"


def test_what_was_replaced_in_reading_is_kept_as_it_came() -> None:
    """Whoever looks into the quarantine must see the bytes that were sent."""
    event = b'[{"hello": "\xff"}, 5]'
    [piece] = items(event)
    assert isinstance(piece, Unusable)
    assert piece.payload == event


LARGE_BATCH = b'[{"messageBody":"x"},' + b"%b" + b'{"messageBody":"' + ID.encode() + b'"}]}'
"""Broken at its end, so that it is decoded message by message."""


@pytest.mark.parametrize("element", [b"{},", b"5,", b'{"a":"bcdefgh"},', b'"xxxxxxxxxxxxxxxx",'])
def test_a_batch_of_nonsense_is_kept_in_pieces_of_a_size(element: bytes) -> None:
    """Eight megabytes of empty objects took half a gigabyte."""
    text = LARGE_BATCH % (element * (600_000 // len(element)))
    found = [item for item in decode_event(text).items if not isinstance(item, Pause)]
    [word, *kept] = [item.payload for item in found if isinstance(item, Unusable)]
    assert [item.job_id for item in found if isinstance(item, JobRequest)] == [ID]
    assert word == "x"
    assert 2 <= len(kept) <= 3
    assert max(map(len, kept)) < 600_000
    assert sum(len(json.loads(payload)) for payload in kept) == 600_000 // len(element)


@pytest.mark.parametrize("element", [b"{},", b",", b"[],", b'"",', b'{"jobIds":[]},', b'"[]",'])
def test_a_batch_that_names_no_job_does_not_run_past_its_time(element: bytes) -> None:
    """What is decoded to nothing gave nobody a chance to look at the clock."""
    text = LARGE_BATCH % (element * 5000)
    assert sum(isinstance(item, Pause) for item in decode_event(text).items) >= 5


def test_no_more_of_an_event_is_decoded_when_its_time_is_over() -> None:
    """The platform would kill the instance, and whatever else it works on."""
    world = World()
    read: list[int] = []

    def endless() -> Iterator[Item]:
        while len(read) < 1000:
            world.clock.pass_by(1)
            read.append(1)
            yield Pause()

    with world.core() as core, pytest.raises(TemporarilyUnavailable, match="no time"):
        core.handler.handle(endless())
    assert len(read) < 60


def test_equal_pieces_of_an_event_are_written_once() -> None:
    """Their entries would have the same key anyway."""
    world = World()
    answer = world.give([{"messageBody": "word"}] * 1000)
    assert answer["counts"]["rejected"] == 1000
    assert len([key for key in world.store.written if key.startswith(REJECTED)]) == 1


@pytest.mark.parametrize("body", [[5] * 300_000, {"jobIds": ["a b"] * 200_000}])
def test_a_ticket_of_many_faults_is_one_entry_of_bounded_size(body: Any) -> None:
    """A megabyte of them made gigabytes of entries."""
    world = World()
    world.store.put("jobs/list.json", json.dumps(body).encode())
    assert world.give(records("jobs/list.json"))["counts"]["rejected"] == 1
    [key] = world.store.home_keys(REJECTED)
    assert len(world.store.body(key)) < 600_000
    [entry] = world.rejected()
    assert "more" in entry["reason"]
    assert len(entry["reason"]) <= 16 * 1024


# --- limits of one text ----------------------------------------------------------------------


def too_large(*, as_objects: bool) -> bytes:
    """Make a direct body of 900,000 jobs as one JSON text."""
    ids = job_ids(900_000)
    return json.dumps([{"jobId": each} for each in ids] if as_objects else ids).encode()


@pytest.mark.parametrize("as_objects", [False, True])
def test_a_body_that_is_too_large_is_refused_with_the_remedy(*, as_objects: bool) -> None:
    """Taking in a part of it would lose the others without a word."""
    with pytest.raises(InvalidEvent, match="lines of text"):
        items(too_large(as_objects=as_objects))


def test_garbage_that_is_too_large_is_kept_and_not_raised() -> None:
    """Nobody who could correct it passed it."""
    [piece] = items(b'[{"a":' + b"1" * 9_000_000)
    assert isinstance(piece, Unusable)
    [piece] = items(json.dumps([{"messageBody": "5,[" * 3_000_000}]).encode())
    assert isinstance(piece, Unusable)


def test_a_batch_of_messages_may_be_larger_than_one_message() -> None:
    """Ten thousand messages come at once, with up to 64 KB each."""
    batch = [{"messageBody": f"{each}\n{' ' * 10_000}{{[,"} for each in job_ids(1000)]
    found = items(json.dumps(batch))
    assert sum(isinstance(item, JobRequest) for item in found) == 1000


def test_lines_may_be_as_many_as_a_call_can_carry() -> None:
    """They are what larger lists are sent as, and each is counted without being kept."""
    world = World(api_qps="1")
    world.api.otherwise = RUNNING
    answer = world.give("\n".join(job_ids(100_000)).encode())
    assert answer["counts"]["pending"] == 100_000
    assert answer["truncated"]
    assert world.store.written == []
    assert len(world.telemetry.text()) < 2_000_000


def test_items_are_not_collected_in_a_list() -> None:
    """Memory must not grow with the number of jobs that an event names."""
    event = "\n".join(job_ids(200_000)).encode()

    def decode() -> None:
        assert sum(1 for _ in decode_event(event).items) == 200_000

    assert least_peak(decode, 1) < 2_000_000


def test_a_list_of_numbers_takes_little_memory_to_refuse() -> None:
    """A ticket of 16 MB of them took 2.5 GB."""
    body = b"[" + b"5," * 4_000_000 + b"5]"

    def decode() -> None:
        [item] = decode_ticket(body, "ticket")
        assert isinstance(item, Unusable)

    assert least_peak(decode, 1) < 40_000_000


# --- in time ---------------------------------------------------------------------------------


def test_pieces_that_there_is_no_time_for_bring_the_event_back() -> None:
    """Quarantining them one after the other outlasted the platform's timeout."""
    world = World(concurrency="1")
    slow(world, 0.5, "write")
    with pytest.raises(TemporarilyUnavailable):
        world.give([{"messageBody": f"word {number}"} for number in range(300)])
    assert world.clock.monotonic() < 60
    assert 10 < len(world.rejected()) < 120


def test_tickets_that_there_is_no_time_for_wait_in_the_backlog() -> None:
    """300 records on a slow store ran past the timeout, and none was kept."""
    world = World(concurrency="1")
    world.api.otherwise = RUNNING
    keys = [f"jobs/{number}.txt" for number in range(100)]
    for key, job_id in zip(keys, job_ids(100), strict=True):
        world.store.put(key, job_id.encode())
    slow(world, 0.5, "read")
    answer = world.give(records(*keys))
    assert world.clock.monotonic() < 60
    assert answer["counts"]["pending"] == 100
    tickets = [entry for entry in world.parked() if "bucket" in entry]
    jobs = [entry for entry in world.parked() if "bucket" not in entry]
    assert len(tickets) > 10
    assert len(jobs) > 10
    assert len(tickets) + len(jobs) == 100


def test_tickets_are_read_at_the_same_time() -> None:
    """One after the other, each would wait for the answers to all before it."""
    world = World(concurrency="8")
    seen: set[str] = set()
    world.api.otherwise = RUNNING
    keys = [f"jobs/{number}.txt" for number in range(40)]
    for key, job_id in zip(keys, job_ids(40), strict=True):
        world.store.put(key, job_id.encode())

    def note(call: Call) -> None:
        if call.key.startswith("jobs/"):
            seen.add(threading.current_thread().name)

    world.store.fault = note
    assert world.give(records(*keys))["counts"]["pending"] == 40
    assert all("job" in name for name in seen)


def test_a_ticket_named_twice_is_read_once() -> None:
    """Uploading an object again makes several records of it."""
    world = World()
    world.api.otherwise = RUNNING
    world.store.put("jobs/a.txt", ID.encode())
    world.give(records("jobs/a.txt", "jobs/a.txt"))
    assert [call.key for call in world.store.calls].count("jobs/a.txt") == 1
