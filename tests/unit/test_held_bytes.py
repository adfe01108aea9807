"""Jobs that hold much take turns, and none of them waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from mps_manifest.errors import TooLong
from mps_manifest.job_limits import LONGEST_ANSWER, SHORT_ANSWER
from mps_manifest.limits.held_bytes import FREE, FreeBytes, HeldBytes
from mps_manifest.limits.work_claim import WorkClaim, working_under
from tests.unit.samples import ID, OTHER, files_answer
from tests.unit.world import World

LONG = 60.0
ROOM = 100


class Job:
    """A job of a pool, in a thread of its own, that holds bytes when it is told to."""

    def __init__(self, held: HeldBytes, threads: ThreadPoolExecutor) -> None:
        self.claim = WorkClaim()
        self._held = held
        self._threads = threads

    def holds(self, size: int, timeout: float = LONG) -> Future[bool]:
        """Have the job hold bytes, and wait until it does or stands in line for that."""
        started = threading.Event()

        def hold() -> bool:
            with working_under(self.claim):
                started.set()
                return self._held.hold(size, timeout)

        future = self._threads.submit(hold)
        assert started.wait(LONG)
        with self._held._changed:
            self._held._changed.wait_for(
                lambda: future.done() or self.claim in self._held._waiting, 0.2
            )
        return future


@pytest.fixture
def new_job() -> Iterator[Callable[[], Job]]:
    held = HeldBytes(ROOM)
    with ThreadPoolExecutor(8) as threads:
        yield lambda: Job(held, threads)


def test_what_fits_is_held_at_once(new_job: Callable[[], Job]) -> None:
    """Jobs of the usual size never wait for each other."""
    assert all(new_job().holds(ROOM // 4).result(LONG) for _ in range(4))


def test_a_job_waits_until_another_has_ended(new_job: Callable[[], Job]) -> None:
    """However it ended: the pool says so for each of its tasks."""
    first, second = new_job(), new_job()
    assert first.holds(60).result(LONG)
    waiting = second.holds(60)
    assert not waiting.done()
    first.claim.end()
    assert waiting.result(LONG)


def test_what_is_larger_than_all_of_the_room_is_held_alone(new_job: Callable[[], Job]) -> None:
    """It is let in when nobody else holds anything, and nobody is then."""
    small, large, late = new_job(), new_job(), new_job()
    assert small.holds(1).result(LONG)
    waiting = large.holds(10 * ROOM)
    assert not waiting.done()
    small.claim.end()
    assert waiting.result(LONG)
    assert not late.holds(1, timeout=0).result(LONG)


def test_a_large_one_is_not_overtaken_for_ever(new_job: Callable[[], Job]) -> None:
    """Small ones that come later would keep the room from ever being empty."""
    first, large, later = new_job(), new_job(), new_job()
    assert first.holds(10).result(LONG)
    large_waits = large.holds(10 * ROOM)
    later_waits = later.holds(10)
    assert not later_waits.done()
    first.claim.end()
    assert large_waits.result(LONG)
    assert not later_waits.done()
    large.claim.end()
    assert later_waits.result(LONG)


def test_two_that_want_more_do_not_wait_for_each_other(new_job: Callable[[], Job]) -> None:
    """Each holds an answer and wants its files: the first one goes first."""
    first, second = new_job(), new_job()
    assert first.holds(50).result(LONG)
    assert second.holds(50).result(LONG)
    second_waits = second.holds(50)
    assert not second_waits.done()
    assert first.holds(50).result(LONG)
    first.claim.end()
    assert second_waits.result(LONG)


def test_who_waits_too_long_gets_nothing_and_is_not_waited_for(
    new_job: Callable[[], Job],
) -> None:
    """Its job is parked, and the next in line has its turn."""
    first, second, third = new_job(), new_job(), new_job()
    assert first.holds(60).result(LONG)
    assert not second.holds(60, timeout=0).result(LONG)
    assert third.holds(40).result(LONG)


def test_a_thread_without_a_task_holds_what_it_wants() -> None:
    """As in a script that calls a part of the core by itself."""
    held = HeldBytes(ROOM)
    assert held.hold(10 * ROOM, 0)
    assert held.hold(10 * ROOM, 0)


def test_free_bytes_are_taken_until_they_are_used_up() -> None:
    """Many small files together are as large as a large one."""
    free = FreeBytes()
    assert free.take(FREE - 1)
    assert not free.take(2)
    assert free.take(1)
    assert not free.take(1)


# --- jobs ------------------------------------------------------------------------------------


def test_a_long_answer_is_asked_for_again_when_it_may_be_held() -> None:
    """Until its length is known only the start of it is read; the rate limit counts both calls."""
    world = World()
    world.store.put("c/a.jpg", b"x")
    world.api.say(ID, files_answer("c/a.jpg", UserData="x" * SHORT_ANSWER))
    world.api.say(OTHER, files_answer("c/a.jpg"))
    assert world.give({"jobIds": [ID, OTHER]})["status"] == "complete"
    assert sorted(job_id for _, job_id in world.api.calls) == sorted([ID, ID, OTHER])
    assert world.telemetry.counts["queryCalls"] == 3


def test_an_answer_that_is_too_long_leaves_its_job_pending() -> None:
    """It may be shorter some day, and no output is guessed."""
    world = World()
    world.api.say(ID, TooLong(LONGEST_ANSWER))
    [job] = world.give({"jobId": ID})["jobs"]
    assert (job["status"], job["reason"]) == (
        "pending",
        f"the API's answer is longer than {LONGEST_ANSWER} bytes",
    )


def test_files_that_are_large_together_are_found_once_and_read_one_by_one() -> None:
    """Waiting for their turn costs no second HEAD, and the manifest is the same."""
    world, keys = World(), [f"c/{number}.srt" for number in range(4)]
    body = b"1\n00:00:01,000 --> 00:00:02,000\nhi\n\n" + b"\n" * (FREE // 3)
    for key in keys:
        world.store.put(key, body)
    world.api.say(ID, files_answer(*keys, FunctionName="CaptionExtraction"))
    assert world.give({"jobId": ID})["status"] == "complete"
    for key in keys:
        assert [c.operation for c in world.store.calls if c.key == key] == ["head", "range"]
    assert [one["cues"] for one in world.manifest(ID)["analysis"]["captions"]] == [1] * 4
