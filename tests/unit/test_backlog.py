"""Jobs to look at later."""

import json
import re

import pytest

from mps_manifest.errors import Unreachable
from mps_manifest.events import JobRequest
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.state.backlog import Backlog, BacklogEntry, DueEntry
from tests.fakes import START, FakeClock, FakeStore, raising
from tests.unit.samples import ID, OTHER
from tests.unit.world import World

PREFIX = ".mps-manifest/backlog/"
KEY = re.compile(re.escape(PREFIX) + r"[0-9]{8}T[0-9]{6}Z/" + ID + r"\.json")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def store(world: World) -> FakeStore:
    return world.store


@pytest.fixture
def clock(world: World) -> FakeClock:
    return world.clock


@pytest.fixture
def backlog(world: World) -> Backlog:
    return made(world)


def made(world: World) -> Backlog:
    with world.core() as core:
        return core.backlog


def entry(job_id: str = ID, **changes: object) -> BacklogEntry:
    new = BacklogEntry.of(JobRequest(job_id, None, "park", "origin"), "mps", START)
    return new._replace(**changes)  # type: ignore[arg-type]


def due_now(backlog: Backlog, clock: FakeClock) -> list[DueEntry]:
    clock.pass_by(DEFAULT_POLICY.longest_delay + 10)
    return list(backlog.due())


def test_an_entry_has_the_documented_key_and_content(store: FakeStore, backlog: Backlog) -> None:
    """Operators and later versions read entries, so their form must not change unnoticed."""
    tried = entry(task_token="token").after_try("the job is Queuing", "Queuing", query_calls=1)
    key = backlog.park(tried)
    assert KEY.fullmatch(key)
    fields = json.loads(store.body(key))
    assert {name: fields[name] for name in ("jobId", "api", "attempts", "firstSeen")} == {
        "jobId": ID,
        "api": "mps",
        "attempts": 1,
        "firstSeen": "2023-11-14T22:13:20Z",
    }
    assert fields["reason"] == "the job is Queuing"
    assert fields["origin"] == "origin"
    assert fields["taskToken"] == "token"
    assert "taskToken" not in json.loads(store.body(backlog.park(entry(OTHER))))


def test_what_was_parked_comes_back_as_it_was(backlog: Backlog, clock: FakeClock) -> None:
    """A field that is lost could make a job expire too late or leave its caller waiting."""
    parked = entry(
        api="ims",
        attempts=3,
        step=2,
        state="Analysing",
        reason="副",
        partial_since=START + 5,
        task_token="t",
        untold=("cloudflow",),
        untold_since=START + 9,
        needs_time=True,
    )
    backlog.park(parked)
    [due] = due_now(backlog, clock)
    assert due.job_id == ID
    found = backlog.read(due)
    assert found is not None
    assert found._replace(etag="") == parked
    assert found.etag


def test_nothing_is_due_before_its_time(backlog: Backlog, clock: FakeClock) -> None:
    """Asking too early would waste query calls that other jobs need."""
    backlog.park(entry())
    assert list(backlog.due()) == []
    clock.pass_by(DEFAULT_POLICY.first_delay - 2)
    assert list(backlog.due()) == []
    assert [due.job_id for due in due_now(backlog, clock)] == [ID]


@pytest.mark.parametrize("step", [0, 1, 3, 6, 50, 10**6])
def test_the_delay_grows_with_jitter_up_to_a_limit(
    clock: FakeClock, backlog: Backlog, step: int
) -> None:
    """Jitter keeps jobs from coming back all at once, and the limit keeps results timely."""
    highest = min(DEFAULT_POLICY.longest_delay, DEFAULT_POLICY.first_delay * 2 ** min(step + 1, 10))
    keys = {backlog.park(entry(f"{n:032x}", step=step)) for n in range(50)}
    moments = {key.split("/")[2] for key in keys}
    assert len(moments) > 5
    clock.pass_by(DEFAULT_POLICY.first_delay - 2)
    assert list(backlog.due()) == []
    clock.pass_by(highest - DEFAULT_POLICY.first_delay + 3)
    assert len(list(backlog.due())) == 50


def test_a_job_that_moves_is_looked_at_soon_again() -> None:
    """A job that makes progress is probably done soon, so its delay starts anew."""
    waited = entry(state="Queuing", step=5).after_try("r", "Queuing", query_calls=1)
    moved = waited.after_try("r", "Analysing", query_calls=1)
    assert (waited.step, moved.step) == (6, 0)
    assert (waited.attempts, moved.attempts) == (1, 2)
    assert entry().after_try("no time", "", query_calls=0).attempts == 0
    assert len(entry().after_try("x" * 9999, "", query_calls=1).reason) <= 500


def test_two_entries_of_one_job_do_not_overwrite_each_other(
    monkeypatch: pytest.MonkeyPatch, store: FakeStore, backlog: Backlog
) -> None:
    """Each may carry a token somebody waits for."""
    monkeypatch.setattr("mps_manifest.limits.retry_policy.random.uniform", lambda low, _high: low)
    keys = [backlog.park(entry(task_token=f"t{n}")) for n in range(5)]
    assert len(set(keys)) == 5
    assert {json.loads(store.body(key))["taskToken"] for key in keys} == {f"t{n}" for n in range(5)}
    assert all(KEY.fullmatch(key) for key in keys)


def test_the_list_is_read_no_further_than_what_is_due(
    store: FakeStore, backlog: Backlog, clock: FakeClock
) -> None:
    """Keys sort by due time."""
    for number, moment in enumerate(["20231114T221310Z", "20231114T221320Z", "20991231T000000Z"]):
        store.put(f"{PREFIX}{moment}/{number:032x}.json", b"{}")
    assert [due.job_id for due in backlog.due()] == ["0" * 32, "0" * 31 + "1"]
    assert store.count("list") == 1
    clock.pass_by(1)
    assert len(list(backlog.due())) == 2


STRANGE = [
    "readme.txt",
    "",
    "not-a-time/x.json",
    "20230101T000000Z/",
    "20230101T000000Z/.json",
    "20230101T000000Z/a b.json",
    "20230101T000000Z/../../../manifests/x.json",
    f"20230101T000000Z/deeper/{ID}.json",
    f"20230101T000000Z/{ID}{ID}0.json",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_strangers_key_is_no_job(store: FakeStore, backlog: Backlog, name: str) -> None:
    """Nothing but a job ID ever reaches a request or a key."""
    store.put(PREFIX + name, b"{}")
    store.put(f"{PREFIX}20230102T000000Z/{ID}.json", b"{}")
    assert [due.job_id for due in backlog.due()] == [ID]


BROKEN = [
    b"",
    b"x",
    b"[]",
    b"5",
    b"\xff",
    b"{}",
    b'{"jobId":5,"api":5,"attempts":"x","firstSeen":5,"taskToken":[]}',
    b'{"api":[]}',
    b'{"api":{}}',
    b'{"attempts":-1,"step":true,"state":[],"reason":{},"origin":null}',
    b'{"firstSeen":"9999-99-99T00:00:00Z","partialSince":"x"}',
    b'{"reason":' + b"[" * 1000 + b"]" * 1000 + b"}",
    b'{"api":"mts"}',
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body)[:40])
def test_a_broken_entry_is_still_a_job(store: FakeStore, backlog: Backlog, body: bytes) -> None:
    """Its key names it; an entry nobody can read would stay due for ever."""
    key = f"{PREFIX}20231114T221310Z/{ID}.json"
    store.put(key, body)
    [due] = backlog.due()
    read = backlog.read(due)
    assert read is not None
    assert (read.job_id, read.api, read.first_seen) == (ID, "mps", due.due)
    assert (read.attempts, read.task_token) == (0, None)
    backlog.park(read)


def test_an_entry_that_is_gone_is_none(backlog: Backlog) -> None:
    """Another sweep was faster."""
    assert backlog.read(DueEntry(f"{PREFIX}20231114T221310Z/{ID}.json", ID, START)) is None


def test_removing_twice_is_no_fault(store: FakeStore, backlog: Backlog, clock: FakeClock) -> None:
    """Two sweeps may work off the same entry, and neither must fail for it."""
    backlog.park(entry())
    [due] = due_now(backlog, clock)
    backlog.remove(due, entry())
    backlog.remove(due, entry())
    assert store.objects == {}


def test_a_failing_store_is_told_to_the_caller(store: FakeStore, backlog: Backlog) -> None:
    """The caller must know that nothing was parked or listed, or jobs would be lost."""
    store.fault = raising(Unreachable("x"))
    for attempt in (lambda: backlog.park(entry()), lambda: list(backlog.due())):
        with pytest.raises(Unreachable):
            attempt()
