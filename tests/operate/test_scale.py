"""A million manifests and a backlog of 100,000 are counted in few calls and little memory."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from bench.numbered_ids import NumberedIds
from bench.numbered_keys import Numbered
from mps_manifest.errors import NotFound
from mps_manifest.ports import KeyPage, ObjectFacts, StoredObject
from operate.access import estimate as estimating
from operate.access.estimate import estimate
from operate.access.read_only import ReadOnlyStore
from operate.access.survey import HEX, survey
from operate.explain.subject import Subject, find_subject
from operate.system_state import SystemState, look
from tests.operate.conftest import Operator
from tests.traced_memory import peak

MANIFESTS, PARKED = "manifests/", ".mps-manifest/backlog/20990101T000000Z/"
ENTRY = b'{"api":"mps","attempts":1,"firstSeen":"2026-01-01T00:00:00Z","reason":"runs"}'


class Counting(ReadOnlyStore):
    """A store in which each manifest and each entry is the same; counts what is asked for."""

    calls: ClassVar[Counter[str]] = Counter()

    def head(self, bucket: str, key: str) -> ObjectFacts:  # noqa: ARG002 - the port's
        self.calls["head"] += 1
        return ObjectFacts(2, "E", None, None, metadata={"status": "complete", "function": "ASR"})

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:  # noqa: ARG002
        if PARKED not in key:
            raise NotFound("nothing else is here")
        self.calls["read"] += 1
        return StoredObject(ENTRY, "E", len(ENTRY), {})


def looked(operator: Operator, manifests: int, parked: int, sample: int) -> tuple[SystemState, int]:
    """Look at so much, and return what was found and how many lists it took."""
    connection = operator.connect(Counting)
    numbered = Numbered({MANIFESTS: manifests, PARKED: parked})
    connection.__dict__["pages"] = numbered
    Counting.calls.clear()
    return look(connection, sample), numbered.calls["list"]


def test_a_million_manifests_are_counted_in_few_calls(operator: Operator) -> None:
    """Calls are what a look costs and takes; how long that is the bench measures."""
    state, lists = looked(operator, 1_000_000, 100_000, 500)
    assert state.backlog.total == 100_000
    assert abs(state.manifests.total - 1_000_000) < 10_000
    assert (state.manifests.estimated, state.manifests.looked_at) == (True, 500)
    assert lists < 300
    assert Counting.calls == {"head": 500, "read": 500}


def test_one_job_of_a_million_is_found_in_few_calls(operator: Operator) -> None:
    """By its ID or by as much of it as is unique; an entry of the backlog may be anywhere in it."""
    connection = operator.connect(Counting)
    numbered = Numbered({MANIFESTS: 1_000_000, PARKED: 100_000})
    connection.__dict__["pages"] = numbered
    Counting.calls.clear()
    job_id = NumberedIds(1_000_000)[777_777].removesuffix(".json")
    for text in (job_id, job_id[:8]):
        numbered.calls.clear()
        assert find_subject(connection, text) == Subject("job", job_id)
        assert numbered.calls["list"] < 130  # one for each thousand entries, and their splits
    assert Counting.calls == {}


def test_memory_does_not_grow_with_the_number_of_keys(operator: Operator) -> None:
    """To hold the keys that there are more would take more than two megabytes."""
    looked(operator, 2_000, 2_000, 10)
    few = peak(lambda: looked(operator, 2_000, 2_000, 10))
    many = peak(lambda: looked(operator, 10_000, 10_000, 10))
    assert many - few < 1e6


def names(count: int, seed: int) -> list[str]:
    """Return as many random IDs, as keys in order."""
    chance = random.Random(seed)
    return sorted(f"{MANIFESTS}{chance.getrandbits(128):032x}.json" for _ in range(count))


class Listed:
    """Pages of a list that is held."""

    def __init__(self, keys: list[str], size: int = 100) -> None:
        self._keys = sorted(keys)
        self._size = size
        self.calls = 0

    def page(self, prefix: str, after: str = "") -> KeyPage:
        """Return a page."""
        self.calls += 1
        start = bisect_right(self._keys, max(after, prefix[:-1] + chr(ord(prefix[-1]) - 1) + "~"))
        found = self._keys[start : start + self._size]
        keys = tuple(key for key in found if key.startswith(prefix))
        return KeyPage(keys, more=len(keys) == self._size)


@pytest.fixture
def fewest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an estimate of fewer keys."""
    monkeypatch.setattr(estimating, "FEWEST", 5_000)


@pytest.mark.usefixtures("fewest")
@pytest.mark.parametrize("seed", range(3))
def test_an_estimate_is_near_and_counts_what_is_no_digit_exactly(seed: int) -> None:
    """IDs of other letters are in no part that could be chosen, so they are listed."""
    random.seed(seed)
    others = [
        f"{MANIFESTS}{start}{n}.json" for start in ("-", "A", "Z", "g", "z") for n in range(150)
    ]
    pages = Listed(names(60_000, seed) + others)
    noted: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        found = estimate(pages.page, MANIFESTS, lambda _: True, noted.extend, threads)
    assert found is not None
    assert abs(found - 60_750) < 60_750 * 0.06
    assert set(others) <= set(noted)
    assert len(noted) == len(set(noted)) < 40_000


@pytest.mark.usefixtures("fewest")
@pytest.mark.parametrize(
    "keys",
    [
        [f"{MANIFESTS}{number:032x}.json" for number in range(20_000)],
        [f"{MANIFESTS}{number * 16**26:032x}.json" for number in range(20_000)],
        [key for key in names(40_000, 1) if key[len(MANIFESTS)] in "01"],
        names(2_000, 1),
    ],
    ids=["numbered", "dense", "two digits only", "few"],
)
def test_there_is_no_estimate_where_it_could_be_wrong(keys: list[str]) -> None:
    """Then all are listed, each once."""
    pages = Listed(keys)
    noted: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        assert estimate(pages.page, MANIFESTS, lambda _: True, noted.extend, threads) is None
        assert noted == []
        survey(pages.page, MANIFESTS, noted.extend, splits=HEX, threads=threads)
    assert sorted(noted) == keys


def test_a_flood_in_one_second_is_listed_in_parts() -> None:
    """The splits of a backlog are seconds; a long one is split, and none is listed twice."""
    second = ".mps-manifest/backlog/20260101T000000Z/"
    flood = [f"{second}{key.removeprefix(MANIFESTS)}" for key in names(5_000, 2)]
    before = [f".mps-manifest/backlog/20250101T00000{n}Z/{n:032x}.json" for n in range(9)]
    behind = [f".mps-manifest/backlog/20270101T0000{n:02}Z/{n:032x}.json" for n in range(50)]
    keys = before + flood + behind
    noted: list[str] = []
    pages = Listed(keys)
    with ThreadPoolExecutor(4) as threads:
        prefix = ".mps-manifest/backlog/"
        survey(pages.page, prefix, noted.extend, splits=(), threads=threads)
    assert sorted(noted) == keys
    assert len(keys) / 100 + 8 < pages.calls < len(keys) / 100 + 2 * 17
