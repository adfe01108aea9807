"""Tickets of any content: their jobs are kept, or they lie in the quarantine with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from mps_manifest.errors import Throttled, Unauthorized, Unreachable
from mps_manifest.events import JobRequest, decode_ticket
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from tests.fakes import HOME, raising
from tests.fuzz.envelopes import (
    AROUND,
    ENCODINGS,
    MESSAGES,
    ODD,
    Envelopes,
    Odd,
    in_envelopes,
)
from tests.fuzz.judge import (
    assert_replay_writes_nothing,
    handled,
    judge,
    judge_return,
    kept,
    new_world,
    results,
)
from tests.fuzz.odd import EVENT_VALUES, SIGNED, TEXTS, fuzz, mutated
from tests.unit.samples import ID, OTHER
from tests.unit.world import World

KEYS = st.sampled_from(
    (
        *(
            "jobs/x",
            f"jobs/{ID}.json",
            f"jobs/a/{OTHER}.mp4.done",
            "jobs/a b.txt",
            "jobs/.",
            "jobs/%",
        ),
        *("jobs/%E9%98%BF.txt", "jobs/a%2Fb", f"jobs/a?{SIGNED}", "jobs/\u202e\x1b[31m"),
        *("jobs/" + "x" * 1000, "jobs/\u963f.csv", "jobs/a&b=c"),
    )
)
METADATA = st.one_of(st.none(), st.none(), TEXTS, st.sampled_from([ID, "a-b"]))
PADDING = st.sampled_from(["", "", "\n", " \r\n", "\n" * 70_000])


def written(message: tuple[list[str], str], padding: str, encoding: str) -> tuple[list[str], bytes]:
    """Return the jobs of a message, and its bytes; a byte order mark comes first, if anywhere."""
    mark = "\ufeff" if message[1].startswith("\ufeff") else ""
    return message[0], (mark + padding + message[1].removeprefix(mark)).encode(encoding)


SAID = st.builds(written, MESSAGES, PADDING, ENCODINGS)
FAULTS = st.builds(
    lambda kind, text: kind(text, code=text, status=503),
    st.sampled_from([Unauthorized, Unreachable, Throttled]),
    TEXTS,
)


def event_of(key: str, metadata: str | None, odd: Odd) -> str:
    """Have OSS say that an object was made."""
    meta = {} if metadata is None else {"userMeta": {"x-oss-meta-job-id": metadata}}
    made = {**odd.noise, "key": key, "objectMeta": meta, "eTag": odd.texts[0]}
    place: dict[str, Any] = {"bucket": {"name": HOME}, "object": made}
    record = {**odd.noise, "eventName": "ObjectCreated:PutObject", "oss": place}
    return json.dumps({"events": [{**record, "eventTime": odd.value}]})


def with_ticket(key: str, body: bytes, metadata: Mapping[str, str] | None = None) -> World:
    world = new_world()
    world.store.put(unquote(key) if len(body) % 2 else key, body, metadata)
    return world


@given(SAID, KEYS, METADATA, ODD, AROUND)
@fuzz(100)
def test_each_job_of_a_ticket_is_kept(
    said: tuple[list[str], bytes],
    key: str,
    metadata: str | None,
    odd: Odd,
    around: Envelopes,
) -> None:
    """However people write it, whatever it is called, and however OSS says that it is there."""
    ids, body = said
    world = with_ticket(key, body)
    handled(world, in_envelopes(event_of(key, metadata, odd), around).encode())
    expected = {metadata} if is_job_id(metadata) else set(ids)
    assert expected <= kept(world)
    world.until_due()
    judge_return(world.tick())
    judge(world)
    assert expected <= kept(world)


BROKEN = st.one_of(
    mutated(SAID.map(lambda said: said[1])),
    mutated(MESSAGES.map(lambda message: (message[1] + "\n" + message[1]).encode())),
    EVENT_VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
)


@given(BROKEN, KEYS, METADATA, ODD)
@example(b"[" * 70_000, "jobs/x", None, Odd(["", "", ""], None, {}))
@example(b"\xff\xfe" + b"\xd8" * 70_001, "jobs/x", None, Odd(["", "", ""], None, {}))
@example(b"a" * 70_000 + b"\n" + ID.encode(), "jobs/x", "\ud800", Odd(["", "", ""], None, {}))
@fuzz(150)
def test_broken_tickets_lead_to_some_outcome(
    body: bytes, key: str, metadata: str | None, odd: Odd
) -> None:
    """What cannot be read of one is told; what can be read is done."""
    world = with_ticket(key, body, {"job-id": metadata} if metadata else None)
    handled(world, event_of(key, None, odd).encode(), intact=False)
    if is_job_id(metadata):
        assert metadata in kept(world)
        return
    items = list(decode_ticket(body, "o")) if len(body) < 60_000 else []
    jobs = {item.job_id for item in items if isinstance(item, JobRequest)}
    assert jobs <= kept(world)
    stem = key.rsplit("/", 1)[-1].split(".", 1)[0]
    if items and not jobs:
        assert stem in kept(world) if is_bare_job_id(stem) else world.rejected()


@given(SAID, KEYS, FAULTS, ODD)
@fuzz(50)
def test_a_ticket_that_cannot_be_read_now_is_read_later(
    said: tuple[list[str], bytes], key: str, fault: Exception, odd: Odd
) -> None:
    """Its entry says why, whatever the store says."""
    world = with_ticket(key, said[1])
    world.store.fault = raising(fault, lambda call: call.key == key and call.operation == "read")
    handled(world, event_of(key, None, odd).encode())
    world.store.fault = lambda _call: None
    for _ in range(2):
        world.until_due()
        judge_return(world.tick())
        judge(world)
    assert set(said[0]) <= kept(world)


@given(BROKEN, KEYS, ODD)
@fuzz(50)
def test_the_same_ticket_gives_the_same_bytes(body: bytes, key: str, odd: Odd) -> None:
    """At any time; and a replay writes neither a manifest nor a quarantine entry again."""
    event = event_of(key, None, odd).encode()
    first, other = with_ticket(key, body), with_ticket(key, body)
    other.clock.pass_by(3600)
    for world in (first, other):
        handled(world, event, intact=False)
    assert results(first) == results(other)
    assert_replay_writes_nothing(first, event, intact=False)
