"""What is wrong with an unusable piece has a word that may be counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from mps_manifest.causes import Cause
from mps_manifest.errors import InvalidEvent, Refused
from mps_manifest.events import Ticket, decode_event
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.state import tickets
from tests.fakes import HOME, START, raising
from tests.unit.samples import ID
from tests.unit.world import World

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")


def upload(world: World, body: bytes = b"", bucket: str = HOME, key: str = "jobs/list.txt") -> None:
    """Put a ticket and tell the function of it."""
    world.store.put(key, body, bucket=bucket)
    oss = {"bucket": {"name": bucket}, "object": {"key": key}}
    world.give({"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]})


def say(world: World, message: object) -> None:
    """Send a message."""
    text = message if isinstance(message, str) else orjson.dumps(message).decode()
    world.give({"TopicName": "t", "MessageId": "1", "Message": text})


def nest(levels: int) -> str:
    """Return a message in a message, and so on."""
    text = ID
    for _ in range(levels):
        text = orjson.dumps({"TopicName": "t", "Message": text}).decode()
    return text


def let_it_be_unreadable(world: World) -> None:
    world.store.fault = raising(
        Refused("InvalidObjectState"), lambda call: call.operation == "read"
    )
    upload(world, ID.encode())


def let_it_die_over(world: World) -> None:
    ticket = Ticket(HOME, "jobs/list.txt", None, "an upload", "{}")
    with world.core() as core:
        key = core.parked_tickets.park(ticket, "denied")
        for _ in range(DEFAULT_POLICY.ticket_given_up_from):
            entry = core.parked_tickets.read(key)
            core.parked_tickets.note_start(key, entry, START - 1)  # type: ignore[arg-type]
    world.until_due()
    world.sweep()


def let_us_fail(world: World) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tickets, "decode_ticket", lambda *_: 1 / 0)
        upload(world, b"sesame")


TIMER = b'{"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "t", "payload": ""}'
RECORD = {"eventName": "ObjectCreated:PutObject", "oss": {"bucket": {}, "object": {}}}
FOLDER = {
    "eventName": "ObjectCreated:PutObject",
    "oss": {"bucket": {"name": HOME}, "object": {"key": "a/"}},
}
WAYS: dict[Cause, list[Callable[[World], Any]]] = {
    "bucket-not-allowed": [lambda world: upload(world, ID.encode(), "elsewhere")],
    "died": [let_it_die_over],
    "empty": [upload, lambda world: world.give({"TopicName": "t", "Message": 5})],
    "internal-fault": [let_us_fail],
    "invalid-option": [
        lambda world: say(world, {"jobId": "a", "api": "x"}),
        lambda world: say(world, {"jobs": [{"jobId": "a", "api": "x"}]}),
        lambda world: say(world, {"jobId": "a", "onPending": "x"}),
        lambda world: say(world, {"jobId": "a", "taskToken": ""}),
        lambda world: say(world, {"jobIds": [], "taskToken": "token"}),
    ],
    "invalid-record": [
        lambda world: world.give({"events": [RECORD]}),
        lambda world: world.give({"events": [FOLDER, "sesame"]}),
    ],
    "not-a-job-id": [
        lambda world: say(world, {"jobId": 5}),
        lambda world: say(world, "0" * 32 + "\nsesame"),
        lambda world: world.give({"EventType": "AIProduceComplete", "MessageBody": {}}),
    ],
    "too-large": [lambda world: upload(world, b"[" + b"5," * 900_000 + b"5]")],
    "too-nested": [lambda world: say(world, nest(9))],
    "trigger-event": [lambda world: upload(world, TIMER)],
    "unreadable": [let_it_be_unreadable],
    "unrecognized": [
        lambda world: say(world, "sesame"),
        lambda world: say(world, {"message": "sesame"}),
        lambda world: world.give([{"messageBody": ID}, 5]),
    ],
}


@pytest.mark.parametrize(
    ("cause", "way"), [(cause, way) for cause, ways in WAYS.items() for way in ways]
)
def test_the_log_has_the_cause(cause: Cause, way: Callable[[World], Any]) -> None:
    """By what the function really does with it."""
    world = World()
    way(world)
    found = [fields for _, message, fields in world.telemetry.lines if message == "unusable"]
    assert [fields["cause"] for fields in found] == [cause]


def test_there_is_a_way_to_every_cause() -> None:
    """One that nothing has is a word for nothing."""
    assert set(WAYS) == set(get_args(Cause))


def test_of_several_faults_the_first_counts() -> None:
    """The reason names them all."""
    world = World()
    say(world, {"jobs": ["a b", {"jobId": "a", "api": "x"}]})
    [piece] = world.rejected()
    [fields] = [fields for _, message, fields in world.telemetry.lines if message == "unusable"]
    assert piece["reason"].count("; ") == 1
    assert fields["cause"] == "not-a-job-id"


def test_a_stranger_cannot_choose_the_cause() -> None:
    """A reason quotes what was sent, in the very words of other reasons, too."""
    world = World()
    say(world, {"jobId": "'\" which is not in ALLOWED_BUCKETS, an unexpected times over it"})
    [fields] = [fields for _, message, fields in world.telemetry.lines if message == "unusable"]
    assert fields["cause"] == "not-a-job-id"


def test_a_caller_learns_it_as_well() -> None:
    """What is raised for a direct body is kept with its cause where the event was parked."""
    with pytest.raises(InvalidEvent) as caught:
        list(decode_event(b'{"jobId": 5}').items)
    assert caught.value.cause == "not-a-job-id"


def test_every_cause_is_explained() -> None:
    """Whoever reads one in a chart looks for it on the page."""
    table = OPERATIONS.partition("| cause | ")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\S+)` \|", table, re.MULTILINE) == sorted(get_args(Cause))


def test_the_log_has_not_the_reason() -> None:
    """A reason quotes what a stranger sent."""
    world = World()
    say(world, "sesame")
    [(level, _, fields)] = [line for line in world.telemetry.lines if line[1] == "unusable"]
    assert (level, fields["cause"]) == ("warning", "unrecognized")
    assert "sesame" not in world.telemetry.text()
