"""What is kept of a digest: progress and results, and what becomes of broken ones."""

from collections.abc import Callable
from typing import Any

import pytest

from mps_manifest.adapters import checksums
from mps_manifest.adapters.checksums import RunningChecksums, resumable
from mps_manifest.errors import Mismatch, OutOfTime, Throttled, Unauthorized, Unreachable
from tests.unit.digest_world import (
    AT,
    BODY,
    KEPT,
    KEY,
    TIMEOUT,
    World,
    digest,
    facts_of,
    large,
    world,
)
from tests.unit.fakes import HOME, Call, FakeClock

__all__ = ["large", "world"]  # fixtures


@pytest.mark.usefixtures("large")
def test_finished_large_file_is_not_streamed_again(world: World) -> None:
    """A replay of the job, or its next attempt, costs no download."""
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    world.store.streamed.clear()
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert not world.store.streamed


def test_slow_small_file_keeps_its_digest_too(world: World) -> None:
    """Its record is there anyway."""
    world.interrupted()
    world.store.seconds = 0.3
    world.invocation().digest_of(AT, facts_of(BODY))
    assert [record["hash"] for record in world.records()] == [digest(BODY)]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("change", ["etag", "bytes", "crc64ecma"])
def test_record_of_another_content_counts_for_nothing(world: World, change: str) -> None:
    world.invocation().digest_of(AT, facts_of(BODY))
    world.keep(**{change: "another"}, hash="sha256:" + "0" * 64)
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    "changes",
    [
        {"hash": "sha256:short"},
        {"hash": 5},
        {"state": None},
        {"state": {}},
        {"state": {"at": 10}},
        {"state": [], "at": 10**9},
    ],
    ids=str,
)
def test_broken_record_is_ignored_and_replaced(world: World, changes: dict[str, Any]) -> None:
    world.interrupted()
    world.keep(**{"state": None} | changes)
    world.store.seconds = 2.0
    with pytest.raises(OutOfTime):
        world.invocation().digest_of(AT, facts_of(BODY))
    (record,) = world.records()
    assert RunningChecksums().restore(record["state"]).at == record["at"] > 0
    assert world.store.streamed == [(KEY, 0)]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff"])
def test_record_that_is_no_record_is_ignored(world: World, body: bytes) -> None:
    world.interrupted()
    world.store.put(world.keep(), body)
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert world.records()[0]["hash"] == digest(BODY)


@pytest.mark.usefixtures("large")
def test_record_further_along_is_not_replaced_by_one_behind(world: World) -> None:
    world.interrupted()
    further = world.records()
    behind = World(store_clock := FakeClock())
    behind.store.seconds = 2.0
    behind.store.fault = _appears_later(behind, world.store.objects[HOME, world.keep()].body)
    with pytest.raises(OutOfTime):
        behind.invocation(TIMEOUT / 2).digest_of(AT, facts_of(BODY))
    assert behind.records() == further
    assert store_clock.monotonic() > 0


def _appears_later(world: World, body: bytes) -> Callable[[Call], None]:
    """Let somebody else keep a record after this invocation has looked for one."""
    looks: list[str] = []

    def fault(call: Call) -> None:
        if call.key.startswith(KEPT):
            looks.append(call.operation)
            if len(looks) == 2:
                world.store.put(call.key, body)

    return fault


@pytest.mark.usefixtures("large")
def test_broken_connection_keeps_what_came_and_goes_on(world: World) -> None:
    world.store.breaks_after = 50
    with pytest.raises(Unreachable):
        world.invocation().digest_of(AT, facts_of(BODY))
    world.store.breaks_after = None
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert [start for _, start in world.store.streamed] == [0, 50_000 // 64 * 64]


@pytest.mark.usefixtures("large")
def test_connection_that_ends_early_is_a_broken_one(world: World) -> None:
    """Not a wrong file: HEAD and GET told the same size."""
    world.store.breaks_after, world.store.fault_of_break = 50, None
    with pytest.raises(Unreachable):
        world.invocation().digest_of(AT, facts_of(BODY))
    assert world.records()[0]["at"] == 50_000 // 64 * 64


@pytest.mark.usefixtures("large")
def test_little_that_came_before_a_break_is_not_worth_keeping(world: World) -> None:
    world.store.breaks_after = 1
    with pytest.raises(Unreachable):
        world.invocation().digest_of(AT, facts_of(BODY))
    assert not world.records()


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("fault", [Unauthorized("no"), Unreachable("no"), Throttled("no")])
def test_failure_to_keep_progress_is_no_error_of_its_own(world: World, fault: Exception) -> None:
    def no_writes(call: Call) -> None:
        if call.operation == "write":
            raise fault

    world.store.fault = no_writes
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    world.store.seconds = 2.0
    with pytest.raises(OutOfTime):
        world.invocation().digest_of(AT, facts_of(BODY))


@pytest.mark.usefixtures("large")
def test_protected_record_is_no_error_either(world: World) -> None:
    world.interrupted()
    world.store.immutable = True
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)


@pytest.mark.usefixtures("large")
def test_nothing_is_kept_when_that_could_cost_the_time_to_park(world: World) -> None:
    invocation = world.invocation()
    world.store.seconds = invocation.deadline.write_until - 1.9 * invocation.deadline.call_limit
    with pytest.raises(OutOfTime):
        invocation.digest_of(AT, facts_of(BODY))
    assert not world.records()


@pytest.mark.usefixtures("large")
def test_digest_that_is_done_too_late_to_be_kept_is_given_all_the_same(world: World) -> None:
    body = BODY[:1500]
    world.store.put(KEY, body)
    deadline = world.invocation().deadline
    world.store.seconds = (deadline.write_until - 1.5 * deadline.call_limit) / 2
    assert world.invocation().digest_of(AT, facts_of(body)) == digest(body)
    assert not world.records()


@pytest.mark.usefixtures("large")
def test_progress_that_led_to_a_wrong_sum_is_dropped(world: World) -> None:
    """Else no later attempt could do better."""
    world.interrupted()
    state = RunningChecksums().start()
    state.update(b"x" * 6400)
    world.keep(state=state.save())
    with pytest.raises(Mismatch):
        world.invocation().digest_of(AT, facts_of(BODY))
    assert not world.records()
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)


@pytest.mark.usefixtures("large")
def test_without_a_state_to_save_each_invocation_starts_anew_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "resumable", lambda: False)
    world.interrupted()
    assert not world.records()
    assert "must start anew" in world.telemetry.text()
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert world.store.streamed == [(KEY, 0)]
    assert resumable()
