"""How soon after its end a job has its manifest, on a virtual clock with a tick a minute."""

from __future__ import annotations

import random

import pytest

from tests.fakes import START
from tests.unit.samples import ID, OTHER, files_answer, job_ids, mps_answer
from tests.unit.soon_after import Seen, TimedJob, percentile, watch
from tests.unit.world import BACKLOG, MANIFESTS, World

DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing", Result=None)
TYPICAL = (10, 30, 60, 120, 300, 600)
"""Seconds that jobs of six algorithms take, more or less a fifth."""
FEW = 5
"""Jobs of an algorithm that have ended before one of it is submitted that counts as known."""


def mixture(count: int, *, every: float, files: bool = True, seed: int = 1) -> list[TimedJob]:
    """Submit jobs of six algorithms, in any order, with so many seconds between them on average."""
    chance, submitted, jobs = random.Random(seed), 5.0, []
    for _ in range(count):
        which = chance.randrange(len(TYPICAL))
        seconds = TYPICAL[which] * chance.uniform(0.8, 1.2)
        jobs.append(TimedJob(f"Algorithm{which}", submitted, seconds, files))
        submitted += chance.expovariate(1 / every)
    return jobs


def known(seen: list[Seen]) -> list[Seen]:
    """Return the jobs of whose algorithm a few had been seen to end when they were submitted."""
    return [
        one
        for one in seen
        if sum(
            other.job.algorithm == one.job.algorithm
            and other.job.end + other.late < one.job.submitted
            for other in seen
        )
        >= FEW
    ]


@pytest.fixture(autouse=True)
def _same_jitter() -> None:
    random.seed(1)


def test_jobs_of_10_to_600_seconds_have_their_manifests_soon_after_their_end() -> None:
    """The goal: within a fifth of their duration, and 90 s, with six queries (95 of 100 jobs)."""
    seen = known(watch(mixture(300, every=7)))
    assert len(seen) > 200
    assert percentile((one.part for one in seen), 0.95) <= 0.2
    assert percentile((one.late for one in seen), 0.95) <= 90
    assert percentile((one.queries for one in seen), 0.95) <= 6
    assert sum(one.queries for one in seen) / len(seen) <= 4


def test_jobs_without_files_are_nearly_as_soon() -> None:
    """Their end is known by two looks only, so it is guessed, and looked for a little longer."""
    seen = known(watch(mixture(300, every=7, files=False)))
    longer = [one for one in seen if one.job.seconds > 20]
    assert percentile((one.part for one in longer), 0.95) <= 0.25
    assert percentile((one.part for one in seen), 0.95) <= 0.4
    assert percentile((one.late for one in seen), 0.95) <= 90
    assert percentile((one.queries for one in seen), 0.95) <= 6


def test_a_job_of_which_nothing_is_known_is_not_later_than_it_took() -> None:
    """Its distances double; a tick that nobody waits through adds a minute at most."""
    alone = [TimedJob("New", 7.0, seconds) for seconds in (90.0, 250.0, 600.0)]
    for job in alone:
        [seen] = watch([job])
        assert seen.late <= job.seconds + 1
        assert seen.queries <= 10


def test_durations_that_are_all_over_the_place_cost_what_they_must() -> None:
    """Between 10 and 600 s evenly: six looks are a factor of two apart, whatever is known."""
    chance = random.Random(4)
    jobs = [TimedJob("Any", 5.0 + 5 * n, chance.uniform(10, 600)) for n in range(120)]
    seen = known(watch(jobs))
    assert 0.3 <= percentile((one.part for one in seen), 0.5) <= 0.5
    assert 0.8 <= percentile((one.part for one in seen), 0.95) <= 1.1
    assert sum(one.queries for one in seen) / len(seen) <= 6


# --- a sweep that waits ----------------------------------------------------------------------


def test_a_sweep_waits_for_what_is_due_before_the_next_tick() -> None:
    """A delay that is shorter than from tick to tick would mean nothing otherwise."""
    world = World(timeout=300.0)
    world.store.put("c/a.srt")
    world.api.say(ID, RUNNING, RUNNING, RUNNING, DONE)
    world.deliver(ID)
    assert world.sweep()["counts"]["complete"] == 1
    assert 15 < world.clock.monotonic() < 30
    assert world.parked() == []


@pytest.mark.parametrize("timeout", [300.0, 60.0, 6.0])
def test_it_waits_no_longer_than_that_nor_than_its_time(timeout: float) -> None:
    """A tick that finds the sweep at work waits itself; and work must end before the deadline."""
    world = World(timeout=timeout)
    world.api.otherwise = RUNNING
    world.deliver(*job_ids(20))
    world.clock.pass_by(20)
    world.sweep()
    assert world.clock.monotonic() - 20 <= min(58.5, timeout * 2 / 3)
    assert len(world.parked()) == 20


def test_it_does_not_wait_for_bulk_nor_for_what_is_due_later() -> None:
    """Somebody pays for each second."""
    world = World(timeout=300.0)
    world.store.put(f"{BACKLOG}20231114T221340Z/{ID}.json", b'{"class": "bulk"}')
    world.store.put(f"{BACKLOG}20231114T221525Z/{OTHER}.json", b"{}")
    assert world.sweep()["status"] == "empty"
    assert world.clock.monotonic() == 0
    assert world.store.count("list") == 1


def test_a_timer_of_the_function_for_events_does_not_wait() -> None:
    """Its instance is needed for events."""
    world = World(timeout=300.0)
    world.api.otherwise = RUNNING
    world.deliver(ID)
    assert world.tick()["status"] == "empty"
    assert world.clock.monotonic() == 0


def test_what_is_parked_while_a_sweep_waits_is_seen() -> None:
    """By a look every five seconds at most, each of which is one list."""
    world = World(timeout=300.0)
    world.api.otherwise = RUNNING
    world.store.put(f"{BACKLOG}20231114T221417Z/{OTHER}.json", b"{}")  # in 57 s
    sleep = world.clock.sleep

    def sleep_and_park(seconds: float) -> None:
        sleep(seconds)
        if not any(ID in key for key in world.store.home_keys(BACKLOG)):
            world.store.put(f"{BACKLOG}20231114T221333Z/{ID}.json", b"{}")  # in 13 s

    world.clock.sleep = sleep_and_park  # type: ignore[method-assign]
    world.sweep()
    assert world.api.calls[0] == ("mps", ID)
    assert world.store.count("list") <= 60 / 5 + 3 * len(world.api.calls) + 2


# --- a job that somebody else has finished ---------------------------------------------------


def finished_by_its_notification(**fields: str) -> World:
    """Park a job while it runs, and finish it by an event; forget the calls until then."""
    world = World()
    world.store.put("c/a.srt")
    world.api.say(ID, RUNNING, DONE)
    world.give({"jobId": ID, "onPending": "park", **fields})
    assert len(world.parked()) == 1
    assert world.deliver(ID)["status"] == "complete"
    world.until_due()
    world.store.calls.clear()
    world.api.calls.clear()
    return world


def test_a_job_that_its_notification_has_finished_is_not_asked_about_again() -> None:
    """Its entry costs one look at its manifest, beside reading and deleting the entry itself."""
    world = finished_by_its_notification()
    body = world.store.body(f"{MANIFESTS}{ID}.json")
    answer = world.tick()
    assert answer["counts"]["complete"] == 1
    assert answer["jobs"][0]["manifest"]["key"] == f"{MANIFESTS}{ID}.json"
    assert world.api.calls == []
    about_it = [c.operation for c in world.store.calls if c.key.startswith((MANIFESTS, "c/"))]
    assert about_it == ["head"]
    assert world.parked() == []
    assert world.store.body(f"{MANIFESTS}{ID}.json") == body


def test_it_took_no_time_to_find_a_job_finished() -> None:
    """Its line in the log says how long this sweep worked on it, not how old the machine is."""
    world = finished_by_its_notification()
    world.telemetry.lines.clear()
    assert world.clock.monotonic() > 1
    world.tick()
    [line] = [fields for _, message, fields in world.telemetry.lines if message == "job"]
    assert (line["status"], line["ms"]) == ("complete", 0)


def test_a_step_that_waits_is_told_all_the_same() -> None:
    """The event that finished the job knew nothing of its token."""
    world = finished_by_its_notification(taskToken="t")
    world.tick()
    assert [report[:2] for report in world.callbacks.reports] == [("t", "succeeded")]
    assert world.parked() == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"status": "complete"},
        {"status": "complete", "api": "ims"},
        {"status": "partial", "api": "mps"},
        {"status": "expired", "api": "mps"},
        {},
    ],
)
def test_a_manifest_that_is_not_the_last_word_is_none(metadata: dict[str, str]) -> None:
    """Another API may have a job of that ID; and what may get better is asked about."""
    world = finished_by_its_notification()
    world.store.put(f"{MANIFESTS}{ID}.json", b"{}", {"job-id": ID, **metadata})
    world.tick()
    assert world.api.calls == [("mps", ID)]
    assert world.parked() == []


def test_a_job_that_was_parked_unasked_is_asked_about_whatever_stands() -> None:
    """Whoever replays a job wants to know what would be said now."""
    world = finished_by_its_notification()
    [key] = world.store.home_keys(BACKLOG)
    world.store.put(key, b'{"api": "mps"}')
    world.tick()
    assert world.api.calls == [("mps", ID)]
    assert world.clock.now() > START
