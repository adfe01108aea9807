"""Records of ours that somebody broke: no job of theirs is lost, and none is done twice."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.errors import Unreachable
from tests.fakes import HOME, raising
from tests.fakes.store import Held
from tests.fuzz.judge import judge_return, kept, leaked, new_world
from tests.fuzz.odd import EVENT_VALUES, broken, fuzz
from tests.unit.samples import ID, OTHER, THIRD
from tests.unit.world import BACKLOG, World

TASK = {"jobIds": [ID, OTHER], "taskToken": "t" * 40}
STATE = ".mps-manifest/"
TICKET = hashlib.sha256(f"{HOME}/jobs/{THIRD}".encode()).hexdigest()
"""What the entry of the parked ticket is called."""


def world_with_records() -> World:
    """Make a world with a parked job, a parked ticket, a task that waits, and others' starts."""
    world = new_world()
    world.give({"TopicName": "t", "Message": json.dumps(TASK)})
    world.store.put(f"jobs/{THIRD}", THIRD.encode())
    record = {"bucket": {"name": HOME}, "object": {"key": f"jobs/{THIRD}"}}
    world.store.fault = raising(Unreachable("no"), lambda call: call.key == f"jobs/{THIRD}")
    world.give({"events": [{"eventName": "ObjectCreated:PutObject", "oss": record}]})
    world.store.fault = lambda _call: None
    started = {"until": world.clock.now() - 1, "jobs": [OTHER]}
    world.store.put(f"{STATE}started/{'0' * 16}.json", json.dumps(started).encode())
    return world


def name_of(key: str) -> str:
    """Return what an object is called, without folder and ending."""
    return key.rpartition("/")[2].partition(".")[0]


def named_by(entry: bytes) -> str:
    """Return the name of the ticket that an entry is of: a broken one may be of another."""
    try:
        return name_of(json.loads(entry)["key"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return TICKET


def tickets_named(world: World) -> set[str]:
    """Return the names by which backlog, quarantine and manifests still know of a ticket.

    Of an entry that cannot be read the quarantine has what it was called.
    """
    found = kept(world) | {name_of(key) for key in world.store.home_keys(BACKLOG)}
    for entry in world.rejected():
        found.add(name_of(entry["origin"].partition(" ")[0]))
        found.add(named_by(entry["payload"].encode()))
    return found


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 2**32), EVENT_VALUES), min_size=8),
    st.booleans(),
)
@fuzz(60)
def test_no_broken_record_loses_a_job(damage: list[object], redelivered: bool) -> None:  # noqa: FBT001 - Hypothesis decides
    """The key of an entry names its job; whatever else it says may be anything."""
    world, ticket = world_with_records(), b""
    for key, harm in zip(world.store.home_keys(STATE), damage, strict=False):
        body = world.store.body(key)
        if isinstance(harm, int):
            body = broken(body, harm)
        elif harm is not None:
            body = json.dumps(harm).encode()
        world.store.objects[HOME, key] = Held(body)
        ticket = body if TICKET in key else ticket
    for _ in range(3):
        world.until_due()
        if redelivered:
            world.give({"TopicName": "t", "Message": json.dumps(TASK)})
        judge_return(world.tick(), intact=False)
    assert world.telemetry.unexpected_errors == []
    assert not leaked(json.dumps(world.telemetry.text()), intact=False)
    assert {ID, OTHER} <= kept(world)
    assert tickets_named(world) & {THIRD, TICKET, named_by(ticket)}
