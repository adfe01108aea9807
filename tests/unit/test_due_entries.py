"""What is due is listed with urgent entries first, at the price of few requests."""

from __future__ import annotations

import random

import pytest

from mps_manifest.events import JobRequest
from mps_manifest.state import due_entries
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.due_entries import DueEntries
from mps_manifest.state.due_seconds import due_second, is_bulk_second
from mps_manifest.state.keys import Keys
from tests.fakes import HOME, START, FakeClock, FakeStore
from tests.unit.samples import settings
from tests.unit.world import World

KEYS = Keys(settings())
NOW = int(START)
"""A whole ten seconds."""


class Place:
    """A backlog with some entries in it, by when they are due before or after now."""

    def __init__(self, page_size: int = 1000) -> None:
        self.clock = FakeClock()
        self.store = FakeStore()
        self.store.page_size = page_size
        self.entries = DueEntries(self.store, HOME, KEYS, self.clock)
        self._number = 0

    def put(self, seconds: int, count: int = 1) -> list[str]:
        """Put entries that are due so many seconds from the start; return their job IDs."""
        job_ids = [f"{self._number + number:032x}" for number in range(count)]
        self._number += count
        for job_id in job_ids:
            self.store.put(KEYS.backlog_entry(NOW + seconds, job_id), b"{}")
        return job_ids

    def urgent(self) -> list[str]:
        return [due.job_id for due in self.entries.look()]

    def bulk(self) -> list[str]:
        return [due.job_id for due in iter(self.entries.next_bulk, None)]

    @property
    def lists(self) -> int:
        return self.store.count("list")


@pytest.mark.parametrize("moment", [0.0, 0.1, 9.0, 9.5, 10.0, 10.01, 1_700_000_005.5])
def test_a_class_shows_in_the_second_and_nothing_is_due_too_early(moment: float) -> None:
    """A sweep tells the classes apart by keys, without reading any entry."""
    urgent, bulk = due_second(moment, bulk=False), due_second(moment, bulk=True)
    assert (is_bulk_second(urgent), is_bulk_second(bulk)) == (False, True)
    assert moment <= urgent < moment + 2
    assert moment <= bulk < moment + 10


def test_an_entry_keeps_its_class_when_it_is_parked_again() -> None:
    """Where the first one is in the way, too; and it says so to whoever reads it."""
    world = World()
    with world.core() as core:
        for bulk in (False, True):
            request = JobRequest("a" * 32, None, "park", "origin", bulk=bulk)
            entry = BacklogEntry.of(request, "mps", START)
            for _ in range(30):
                key = core.backlog.park(entry, delay=3.0)
                due, _ = KEYS.parse_backlog_entry(key) or (0.0, "")
                assert is_bulk_second(due) == bulk
                assert due >= START + 3
    classes = [entry.get("class") for entry in world.parked()]
    assert (classes.count("bulk"), classes.count(None)) == (30, 30)


@pytest.mark.slow
def test_urgent_entries_do_not_wait_for_the_list_of_bulk_ones() -> None:
    """Ten thousand that are due before them cost one page for each second, and no read."""
    place = Place()
    for seconds in (-60, -50):
        place.put(seconds, 5000)
    urgent = place.put(-45, 3) + place.put(-2, 3)
    place.put(-40, 2500)
    place.put(-30, 10)
    assert place.urgent() == urgent
    assert place.lists == 4
    assert len(place.bulk()) == 12_510
    assert place.lists == 4 + 4 + 4 + 2


def test_all_that_is_due_comes_once_whatever_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where more is due than is remembered, and where bulk is taken while a look goes on."""
    monkeypatch.setattr(due_entries, "_MOST_KNOWN", 7)
    chance = random.Random(3)
    for size in range(1, 9):
        place, wanted = Place(size), set[str]()
        for seconds in range(-40, 1):
            wanted |= set(place.put(seconds, chance.choice([0, 0, 1, 2, 9])))
        place.put(3, 5)
        found: list[str] = []
        look = place.entries.look()
        for urgent in look:
            found.append(urgent.job_id)
            bulk = place.entries.next_bulk()
            found += [bulk.job_id] if bulk else []
        found += place.bulk()
        assert sorted(found) == sorted(wanted)


def test_a_second_look_shows_what_has_become_due_since() -> None:
    """A sweep that works for minutes looks again, and lists nothing twice."""
    place = Place()
    first, later = place.put(-3, 2), place.put(4, 2)
    assert place.urgent() == first
    place.put(10, 1)
    place.clock.pass_by(10)
    assert (place.urgent(), len(place.bulk())) == (later, 1)
    assert (place.urgent(), place.bulk(), place.lists) == ([], [], 3)


def test_the_next_urgent_entry_is_seen_in_the_same_list() -> None:
    """Whether to wait for it is known without a request, unless a page of bulk hides it."""
    place = Place()
    place.put(-5, 1)
    place.put(20, 500)
    place.put(23, 1)
    place.store.put(KEYS.parked_ticket(NOW + 21, "b", "k"), b"{}")
    assert len(place.urgent()) == 1
    seen = place.entries.next_urgent
    assert (seen(NOW + 24), seen(NOW + 23), place.lists) == (NOW + 23, None, 1)
    place.put(20, 900)
    assert place.urgent() == []
    assert (seen(NOW + 20), place.lists) == (None, 2)
    assert (seen(NOW + 24), place.lists) == (NOW + 23, 3)
    assert (seen(NOW + 24), place.lists) == (NOW + 23, 3)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_strangers_keys_at_the_end_of_a_page_are_passed_by(size: int) -> None:
    """They name no second to jump behind, and some sort behind all that is due."""
    place = Place(size)
    for name in (
        "0",
        "19700101T000000Z/",
        "19700101T000000Z/a b",
        f"20230101T00000Z/{'a' * 32}.json",
        "a",
        "b/c",
        "readme.txt",
        "z",
    ):
        place.store.put(KEYS.backlog + name, b"")
    wanted = place.put(-30, 3) + place.put(-25, 2)
    assert sorted(place.urgent() + place.bulk()) == wanted
    assert place.lists < 30


def test_bulk_seconds_take_turns() -> None:
    """A small ticket that came a little later does not wait for all of a large one."""
    place = Place()
    large = set(place.put(-60, 3000)) | set(place.put(-50, 3000))
    small = set(place.put(-40, 100))
    place.urgent()
    order = place.bulk()
    assert max(order.index(job_id) for job_id in small) < 3 * len(small) + 3
    assert set(order) == large | small


@pytest.mark.parametrize(("size", "seen"), [(1000, 8), (8, 8), (4, 4)])
def test_entries_of_the_first_look_are_counted_due_or_not(size: int, seen: int) -> None:
    """The list that is read anyway tells how many there are at least, at no request more."""
    place = Place(size)
    place.put(-61, 1)
    place.put(61, 7)
    place.store.put(KEYS.backlog + "readme.txt", b"")
    assert len(place.urgent()) == 1
    assert place.entries.entries_seen == seen
    place.put(31, 5)
    place.clock.pass_by(35)
    assert len(place.urgent()) == 5
    assert place.entries.entries_seen == seen


def test_a_sweep_says_how_many_entries_it_has_seen() -> None:
    """Nought as well: a chart that lacks its zeros shows the last backlog for ever."""
    world = World()
    world.tick()
    assert world.telemetry.peaks["backlogEntries"] == 0
    for number in range(3):
        world.store.put(KEYS.backlog_entry(START + 600, f"{number:032x}"), b"{}")
    world.tick()
    assert world.telemetry.peaks["backlogEntries"] == 3
