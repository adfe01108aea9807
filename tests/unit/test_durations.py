"""What is remembered of how long jobs took: little, shared, and harmless where it is lost."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import Any

import pytest

from mps_manifest.errors import Unreachable
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.state import durations
from mps_manifest.state.durations import DurationRecord
from tests.fakes import raising
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import CHANCE, World

KEY = ".mps-manifest/durations.json"
RUNNING = mps_answer(State="Analysing", Result=None)


def record(world: World) -> DurationRecord:
    with world.core() as core:
        return core.durations


def another_instance(world: World) -> World:
    """Make another instance that has the same bucket and time."""
    return World(store=world.store, api=world.api, clock=world.clock)


def stored(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.store.body(KEY))
    return found


# --- how often a job that runs is asked about ------------------------------------------------


def looks(duration: float, known: list[float]) -> list[float]:
    """Return when a job is asked about, from its beginning until it has ended."""
    ages = [0.0]
    while ages[-1] < duration:
        ages.append(ages[-1] + DEFAULT_POLICY.running_delay(ages[-1], sorted(known)))
    return ages


def test_what_is_unknown_is_asked_about_at_growing_distances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From a few seconds on, and never less often than every quarter of an hour."""
    monkeypatch.setattr(CHANCE, lambda _low, _high: 1.0)
    ages = looks(3000, [])
    assert ages[1] == pytest.approx(4.5)
    gaps = [later - age for age, later in pairwise(ages)]
    assert gaps == sorted(gaps)
    assert max(gaps) == 900
    assert len(looks(600, [])) == 10


@pytest.mark.parametrize("typical", [30.0, 120.0, 600.0])
@pytest.mark.parametrize("few", [8, 32])
def test_what_is_known_is_asked_about_when_it_may_have_ended(typical: float, few: int) -> None:
    """With durations spread by a fifth: six queries at most, and late by a fifth at most."""
    chance = random.Random(5)
    spread = [typical * chance.uniform(0.8, 1.2) for _ in range(200)]
    known = [round(seconds) for seconds in spread[:few]]
    seen = [(looks(seconds, [*known]), seconds) for seconds in spread]
    late = sorted((ages[-1] - seconds) / seconds for ages, seconds in seen)
    assert late[190] <= 0.2
    assert sorted(len(ages) for ages, _ in seen)[190] <= 6


def test_a_job_that_takes_longer_than_any_before_is_not_asked_about_for_ever() -> None:
    """The distances grow again."""
    assert len(looks(6000, [10, 11, 12])) < 25


# --- the record ------------------------------------------------------------------------------


def test_what_one_instance_learned_another_one_knows() -> None:
    """By one small record; nothing is read before it is needed, and then for five minutes."""
    world = World()
    record(world).learn("Cover", 12.4)
    record(world).learn("Cover", 10)
    record(world).save()
    assert stored(world)["Cover"]["seconds"] == [12, 10]
    other = another_instance(world)
    world.store.calls.clear()
    assert [list(record(other).of("Cover")) for _ in range(3)] == [[10, 12]] * 3
    assert list(record(other).of("VideoClip")) == []
    assert [call.operation for call in world.store.calls] == ["read"]
    world.clock.pass_by(301)
    record(other).of("Cover")
    assert world.store.count("read") == 2


def test_what_two_have_learned_is_merged() -> None:
    """Whoever writes reads first; nobody holds a lock."""
    world = World()
    other = another_instance(world)
    for place, seconds in ((world, 10), (other, 20), (world, 30)):
        record(place).learn("Cover", seconds)
        record(place).save()
    assert stored(world)["Cover"]["seconds"] == [10, 20, 30]
    written = world.store.count("write")
    record(world).save()
    assert world.store.count("write") == written


def test_the_record_is_small_whatever_is_learned() -> None:
    """The names are a stranger's: there are few of them, and none that is no name."""
    world = World()
    for number in range(200):
        world.clock.pass_by(1)
        record(world).learn(f"{'x' * 56}{number:08d}", 10**9)
    for number in range(100):
        record(world).learn("Cover", number)
    for name in ("", "x" * 65, "a b", "../x", "\ud800"):
        record(world).learn(name, 5)
    record(world).save()
    known = stored(world)
    assert len(known) == durations._MOST_ALGORITHMS
    assert known["Cover"]["seconds"] == [*range(68, 100)]
    assert f"{'x' * 56}{199:08d}" in known
    assert len(world.store.body(KEY)) < durations._MAX_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"Cover": 5}',
        b'{"Cover": {"seconds": [5]}}',
        b'{"Cover": {"seconds": [true, -1, 0, 1e9, "5"], "learned": 1}}',
        b'{"Cover": {"seconds": [5], "learned": "x"}}',
        b'{"a b": {"seconds": [5], "learned": 1}}',
    ],
)
def test_a_record_that_is_broken_is_none_and_is_written_anew(body: bytes) -> None:
    """It only costs knowledge."""
    world = World()
    world.store.put(KEY, body)
    assert list(record(world).of("Cover")) == []
    record(world).learn("Cover", 7)
    record(world).save()
    assert stored(world)["Cover"]["seconds"] == [7]


def test_without_the_record_the_work_goes_on() -> None:
    """It makes jobs come sooner, and must stop none; what was learned is written later."""
    world = World()
    world.store.fault = raising(Unreachable("down"), lambda call: call.key == KEY)
    world.api.say(ID, RUNNING)
    assert world.deliver(ID)["status"] == "pending"
    record(world).learn("Cover", 7)
    record(world).save()
    world.store.fault = lambda _call: None
    record(world).save()
    assert stored(world)["Cover"]["seconds"] == [7]


def test_a_record_that_cannot_be_read_is_not_replaced() -> None:
    """Else what all others have learned would be lost by one timeout."""
    world = World()
    record(world).learn("Cover", 10)
    record(world).save()
    other = another_instance(world)
    record(other).learn("Cover", 20)
    unreadable = raising(Unreachable("u"), lambda call: (call.operation, call.key) == ("read", KEY))
    world.store.fault = unreadable
    record(other).save()
    assert list(record(other).of("Cover")) == [20]
    assert stored(world)["Cover"]["seconds"] == [10]
    world.store.fault = lambda _call: None
    world.clock.pass_by(31)
    assert list(record(other).of("Cover")) == [10, 20]
    record(other).save()
    assert stored(world)["Cover"]["seconds"] == [10, 20]


# --- what is learned, and when it is written -------------------------------------------------


def swept(world: World, *answers: Any, job_id: str = ID, seconds: float = 50.0) -> None:
    """Park a job while it runs, and sweep after so many seconds, and again a little later each."""
    world.api.say(job_id, RUNNING, *answers)
    world.deliver(job_id)
    for number in range(len(answers)):
        world.clock.pass_by(seconds + 10 * number)
        world.tick()


def test_a_sweep_learns_from_the_times_that_ims_tells() -> None:
    """They are exact, whenever the job was named."""
    world = World(job_api="ims")
    done = mps_answer(
        "MusicSegmentDetect",
        CreateTime="2023-11-14T22:00:00Z",
        FinishTime="2023-11-14T22:01:13Z",
        Result="[]",
        Status="Success",
    )
    swept(world, done)
    assert stored(world)["MusicSegmentDetect"]["seconds"] == [73]


def test_a_sweep_learns_when_the_last_file_was_written() -> None:
    """MPS tells no times, but its last file is there just before a job ends."""
    world = World()
    world.store.put("c/a.srt")
    world.clock.jump(1_714_557_600 - world.clock.now() - 70)  # seventy seconds before the file
    swept(world, RUNNING, files_answer("c/a.srt"))
    assert stored(world)["CaptionExtraction"]["seconds"] == [70]


def test_without_either_the_end_lies_between_the_last_two_looks() -> None:
    """After half of the 110 seconds at the earliest: in the middle of that, in proportion."""
    world = World()
    swept(world, RUNNING, mps_answer("MusicSegmentDetect", result='{"Code":"Success"}'))
    assert stored(world)["MusicSegmentDetect"]["seconds"] == [78]


def test_nothing_is_learned_from_what_was_not_seen_running_or_has_failed() -> None:
    """A job that fails at once says nothing about one that does not."""
    world = World()
    swept(world, mps_answer(State="Fail"))
    world.api.say(OTHER, files_answer("c/missing.srt"))
    world.deliver(OTHER)
    world.until_due()
    world.tick()
    assert KEY not in world.store.home_keys()


def test_a_sweep_writes_what_it_learned_once() -> None:
    """Whatever the number of jobs: two requests, and none where there is nothing new."""
    world = World()
    names = [f"{number:032x}" for number in range(40)]
    for name in names:
        world.api.say(name, RUNNING, files_answer("c/a.srt"))
    world.store.put("c/a.srt")
    world.deliver(*names)
    world.clock.pass_by(50)
    world.store.calls.clear()
    world.tick()
    about_it = [call.operation for call in world.store.calls if call.key == KEY]
    assert about_it == ["read", "write"]
    assert len(stored(world)["CaptionExtraction"]["seconds"]) == 32
