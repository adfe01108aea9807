"""Jobs to look at later."""

import json
import re

import pytest

from mps_manifest.errors import Unreachable
from mps_manifest.events import JobRequest
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
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


def later(world: World, seconds: float) -> Backlog:
    """Return the backlog of an invocation that begins so much later."""
    world.clock.pass_by(seconds)
    return made(world)


def all_due(backlog: Backlog) -> list[DueEntry]:
    """List what is due, as a sweep does that finds time for all of it."""
    entries = backlog.due_entries()
    return [*entries.look(), *iter(entries.next_bulk, None)]


def due_now(world: World) -> list[DueEntry]:
    return all_due(later(world, DEFAULT_POLICY.longest_delay + 10))


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


def test_what_was_parked_comes_back_as_it_was(world: World, backlog: Backlog) -> None:
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
        starts=3,
        started_until=START + 99,
    )
    backlog.park(parked)
    [due] = due_now(world)
    assert due.job_id == ID
    found = made(world).read(due)
    assert found is not None
    assert found._replace(etag="") == parked
    assert found.etag


def test_nothing_is_due_before_its_time(world: World, backlog: Backlog) -> None:
    """Asking too early would waste query calls that other jobs need."""
    backlog.park(entry())
    assert all_due(backlog) == []
    assert all_due(later(world, DEFAULT_POLICY.first_delay - 2)) == []
    assert [due.job_id for due in due_now(world)] == [ID]


@pytest.mark.parametrize("step", [0, 1, 3, 6, 50, 10**6])
def test_the_delay_grows_with_jitter_up_to_a_limit(
    world: World, backlog: Backlog, step: int
) -> None:
    """Jitter keeps jobs from coming back all at once, and the limit keeps results timely."""
    highest = min(DEFAULT_POLICY.longest_delay, DEFAULT_POLICY.first_delay * 2 ** min(step + 1, 10))
    keys = {backlog.park(entry(f"{n:032x}", step=step)) for n in range(50)}
    moments = {key.split("/")[2] for key in keys}
    assert len(moments) > 5
    assert all_due(later(world, DEFAULT_POLICY.first_delay - 2)) == []
    assert len(all_due(later(world, highest - DEFAULT_POLICY.first_delay + 3))) == 50


def test_a_job_that_moves_is_looked_at_soon_again() -> None:
    """A job that makes progress is probably done soon, so its delay starts anew."""
    waited = entry(state="Queuing", step=5).after_try("r", "Queuing", query_calls=1)
    moved = waited.after_try("r", "Analysing", query_calls=1)
    assert (waited.step, moved.step) == (6, 0)
    assert (waited.attempts, moved.attempts) == (1, 2)
    assert entry().after_try("no time", "", query_calls=0).attempts == 0
    long = entry().after_try("x" * 9999, "y" * 9999, query_calls=1)
    assert (len(long.reason), len(long.state)) == (500, 100)


def test_a_job_that_ends_was_not_started_in_vain() -> None:
    """Only starts without an end make a job one that kills."""
    tried = entry(starts=3, started_until=START).after_try("the job is Queuing", "", query_calls=1)
    assert (tried.starts, tried.started_until) == (0, None)


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
    assert [due.job_id for due in all_due(backlog)] == ["0" * 32, "0" * 31 + "1"]
    assert store.count("list") == 1
    clock.pass_by(1)
    assert len(all_due(backlog)) == 2


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
    assert [due.job_id for due in all_due(backlog)] == [ID]


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
    [due] = all_due(backlog)
    read = backlog.read(due)
    assert read is not None
    assert (read.job_id, read.api, read.first_seen) == (ID, "mps", due.due)
    assert (read.attempts, read.task_token) == (0, None)
    backlog.park(read)


def test_an_entry_that_is_gone_is_none(backlog: Backlog) -> None:
    """Another sweep was faster."""
    assert backlog.read(DueEntry(f"{PREFIX}20231114T221310Z/{ID}.json", ID, START)) is None


def test_removing_twice_is_no_fault(world: World, backlog: Backlog) -> None:
    """Two sweeps may work off the same entry, and neither must fail for it."""
    backlog.park(entry())
    [due] = due_now(world)
    for _ in range(2):
        made(world).remove(due, entry())
    assert world.store.objects == {}


CUT = b'{"api":"ims","attempts":3,"firstSeen":"2023-11-14T22:00:00Z","jobId":"x","origin":"a \\"b",'


@pytest.mark.parametrize(
    ("body", "api", "token"),
    [
        (CUT, "ims", None),
        (CUT + b'"taskToken":"t\\n"', "ims", "t\n"),
        (CUT + b'"taskToken":"t', "ims", None),
        (b'{"taskToken":"t","api":"mps"}}', "mps", "t"),
        (b'"api":"ftp","taskToken":"\\x"', "mps", None),
        (b'{"taskToken":"t"}' + b" " * 70_000, "mps", "t"),
    ],
)
def test_what_can_be_told_of_a_broken_entry_is_saved(
    world: World, backlog: Backlog, body: bytes, api: str, token: str | None
) -> None:
    """Without its token a step would wait until it times out; the log says what was saved."""
    world.store.put(f"{PREFIX}20231114T221310Z/{ID}.json", body)
    [due] = all_due(backlog)
    read = backlog.read(due)
    assert read is not None
    assert (read.api, read.task_token) == (api, token)
    [repaired] = [
        fields for _, said, fields in world.telemetry.lines if said == "backlog entry repaired"
    ]
    assert repaired["job_id"] == ID
    assert ("taskToken" in str(repaired["saved"])) == (token is not None)


TIMES = {
    "firstSeen": "first_seen",
    "partialSince": "partial_since",
    "untoldSince": "untold_since",
    "runningAt": "running_at",
}


@pytest.mark.parametrize("name", TIMES)
def test_a_time_in_the_future_is_now(world: World, backlog: Backlog, name: str) -> None:
    """Else nothing of that job would ever be given up."""
    body = json.dumps({name: "9999-01-01T00:00:00Z"}).encode()
    world.store.put(f"{PREFIX}20231114T221310Z/{ID}.json", body)
    [due] = all_due(backlog)
    read = backlog.read(due)
    assert read is not None
    without = dict.fromkeys(TIMES.values()) | {"first_seen": due.due}
    found = {field: getattr(read, field) for field in TIMES.values()}
    assert found == without | {TIMES[name]: START}


@pytest.mark.parametrize("count", [-1, True, 1.5, "7", None, [], 10**30])
def test_a_count_that_is_none_is_nought_and_none_is_boundless(
    world: World, backlog: Backlog, count: object
) -> None:
    """An entry may be anybody's work; no sum of it may grow without end."""
    body = json.dumps({"attempts": count, "step": 2**62, "starts": count}).encode()
    world.store.put(f"{PREFIX}20231114T221310Z/{ID}.json", body)
    [due] = all_due(backlog)
    read = backlog.read(due)
    assert read is not None
    assert (read.attempts, read.step, read.starts) == (0, 1_000_000, 0)


def test_a_parked_ticket_is_due_like_a_job(store: FakeStore, backlog: Backlog) -> None:
    """It has the hash of its address in place of a job ID, and nothing else has."""
    for name in ("0" * 64 + ".ticket", "0" * 63 + ".ticket", ID):
        store.put(f"{PREFIX}20231114T221310Z/{name}.json", b"{}")
    assert [(due.job_id[:1], due.is_ticket) for due in all_due(backlog)] == [
        ("0", True),
        ("8", False),
    ]


@pytest.mark.parametrize("versioning", [False, True])
def test_a_start_is_written_into_the_entry_and_taken_out_again(*, versioning: bool) -> None:
    """In its place, so that there is one entry of the job at any time, hidden ones included."""
    world = World()
    world.store.versioning = versioning
    key = made(world).park(entry(task_token="t"))
    due = due_now(world)[0]
    backlog = made(world)
    read = backlog.read(due)
    assert read is not None
    noted = backlog.note_start(due, read, START + 2000)
    again = backlog.read(due)
    assert again == noted
    assert (again.starts, again.started_until, again.task_token) == (1, START + 2000, "t")
    backlog.note_end(due, noted, 0)
    restored = backlog.read(due)
    assert restored == read
    assert world.store.home_keys() == [key]
    backlog.remove(due, restored)
    assert world.store.home_keys() == []


def test_a_failing_store_is_told_to_the_caller(store: FakeStore, backlog: Backlog) -> None:
    """The caller must know that nothing was parked or listed, or jobs would be lost."""
    store.fault = raising(Unreachable("x"))
    for attempt in (lambda: backlog.park(entry()), lambda: all_due(backlog)):
        with pytest.raises(Unreachable):
            attempt()
