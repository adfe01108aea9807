"""The list of jobs: what it finds, what it reads, and how soon."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from mps_manifest.errors import Unauthorized, Unreachable
from operate.errors import OperatorError
from operate.gallery.index import Filter, Index, Row
from operate.gallery.indexer import Indexer
from operate.gallery.source import Entry, EntryPage
from tests.gallery.sites import MemorySource, job_id, manifest, served
from tests.waiting import wait_until

MISSING = {"severity": "error", "type": "missing", "title": "The object does not exist"}


@contextmanager
def indexed(source: MemorySource, file: Path | None = None) -> Iterator[tuple[Index, Indexer]]:
    with closing(Index(file)) as index:
        indexer = Indexer(source, index)
        indexer.start()
        try:
            yield index, indexer
        finally:
            indexer.stop()


def is_listed(url: str) -> bool:
    return bool(requests.get(f"{url}state", timeout=20).json()["isListed"])


def all_read(index: Index) -> bool:
    counts = index.counts(Filter())
    return 0 < counts.listed == counts.read


def found(index: Index, **wanted: object) -> list[int]:
    rows: list[Row] = index.page(Filter()._replace(**wanted), 0, 100)  # type: ignore[arg-type]
    return sorted(int(row.job_id, 16) for row in rows)


@pytest.fixture
def bucket() -> MemorySource:
    source = MemorySource()
    source.put(manifest(1))
    source.put(manifest(2, functionName="ASR", userData="100%_sure"))
    source.put(manifest(3, status="partial", problems=[MISSING]))
    source.put(manifest(4, input={"bucket": "b", "key": "音乐/歌.mp3"}))
    finished = manifest(5)
    finished["job"]["finishTime"] = "2026-01-15T08:18:25Z"
    source.put(finished)
    return source


def test_search_and_filters_find_what_they_name(bucket: MemorySource) -> None:
    """By job, input and user data, by algorithm, status and day, and all of them together."""
    with indexed(bucket) as (index, _):
        wait_until(lambda: all_read(index), "all are read")
        assert found(index) == [1, 2, 3, 4, 5]
        assert found(index, words=job_id(4)) == [4]
        assert found(index, words="films/3") == [3]
        assert found(index, words="歌") == [4]
        assert found(index, words="EPISODE 5") == [5]
        assert found(index, words="100%_sure") == [2]
        assert found(index, words="1_0") == []  # no wildcard
        assert found(index, algorithm="ASR") == [2]
        assert found(index, status="partial") == [3]
        assert found(index, day="2026-01-15") == [5]
        assert found(index, status="partial", algorithm="ASR") == []
        assert index.page(Filter(problems_first=True), 0, 9)[0].job_id == job_id(3)
        counts = index.counts(Filter(status="complete"))
        assert counts.matching == 4
        assert counts.by_status == {"complete": 4, "partial": 1}
        assert counts.by_algorithm == {"Cover": 4, "ASR": 1}


def test_only_what_is_new_or_has_changed_is_read(bucket: MemorySource, tmp_path: Path) -> None:
    """A bucket of 100,000 manifests must not be read again at each start."""
    file = tmp_path / "cache" / "index.sqlite3"
    with indexed(bucket, file) as (index, _):
        wait_until(lambda: all_read(index), "all are read")
    assert file.stat().st_mode & 0o077 == 0  # it has inputs and user data
    bucket.reads.clear()
    bucket.put(manifest(2, functionName="Cover"), etag="2")
    bucket.put(manifest(6))
    del bucket.objects[bucket.name, f"manifests/{job_id(1)}.json"]
    with indexed(bucket, file) as (index, _):
        wait_until(lambda: found(index) == [2, 3, 4, 5, 6] and all_read(index), "all are read")
        assert found(index, algorithm="ASR") == []
    assert sorted(bucket.reads) == [f"manifests/{job_id(number)}.json" for number in (2, 6)]


def test_a_cache_that_is_none_is_made_anew(bucket: MemorySource, tmp_path: Path) -> None:
    """A file that was cut off in the middle must not keep anybody from the gallery."""
    file = tmp_path / "index.sqlite3"
    file.write_bytes(b"not a database at all, but long enough to be taken for one" * 20)
    with indexed(bucket, file) as (index, _):
        wait_until(lambda: all_read(index), "all are read")
        assert found(index) == [1, 2, 3, 4, 5]


def test_two_galleries_of_a_bucket_take_no_jobs_from_each_other(tmp_path: Path) -> None:
    """Each forgets what its own list does not name, so the file is that of the first one."""
    file = tmp_path / "index.sqlite3"
    listed = [(job_id(1), Entry("manifests/1.json", "1", 1.7e9))]
    with closing(Index(file)) as one, closing(Index(file)) as other:
        for index in (one, other, other):
            index.begin_listing()
            index.note(listed)
        one.end_listing()
        assert (found(one), found(other)) == ([1], [1])
    with closing(Index(file)) as later:
        assert found(later) == [1]


def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """It was taken for a port that is in use."""
    with pytest.raises(OperatorError, match=r"index in .* cannot be used"):
        Index(tmp_path)


def test_a_full_disk_costs_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file would find no room either, again and again."""
    file = tmp_path / "index.sqlite3"

    def full(_: str) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("operate.gallery.index._with_table", full)
    with pytest.raises(OperatorError, match=r"index in .* cannot be used"):
        Index(file)
    assert file.exists()


def test_what_is_no_manifest_is_shown_as_that() -> None:
    """Whoever may write below the prefix may write anything there; the others are shown still."""
    source = MemorySource()
    source.put(manifest(1))
    source.put(b"{not json", name=job_id(2))
    source.put(b"[" * 100_000, name=job_id(3))
    source.put(b'{"status": ["complete"], "job": 5}', name=job_id(4))
    source.put({"status": "complete", "job": [], "resources": [7], "problems": {}}, name=job_id(5))
    source.put(b"1", name=f"{job_id(1)}/captions.vtt")
    source.put(b"1", name="no job id")
    with indexed(source) as (index, _):
        wait_until(lambda: all_read(index), "all are read")
        assert found(index, status="unreadable") == [2, 3, 4]
        assert found(index, status="complete") == [1, 5]


def test_a_store_that_fails_is_told_of_and_asked_again(bucket: MemorySource) -> None:
    """A network that is back must not need a restart."""
    bucket.fault = Unreachable("no answer from OSS (<b>Timeout</b>)")
    with closing(Index()) as index:
        clock = iter(range(0, 10**6, 10))
        indexer = Indexer(bucket, index, clock=lambda: float(next(clock)))
        indexer.start()
        wait_until(lambda: indexer.error, "the index failed")
        bucket.fault = None
        indexer.refresh(5)
        wait_until(lambda: all_read(index), "all are read")
        assert not indexer.error
        indexer.stop()


def test_a_manifest_that_may_not_be_read_hides_no_other(bucket: MemorySource) -> None:
    """One object with rights of its own must not end the reading of all."""
    read = bucket.read

    def refuse(bucket: str, key: str, limit: int) -> bytes:
        if key.endswith(f"{job_id(2)}.json"):
            raise Unauthorized("AccessDenied")
        return read(bucket, key, limit)

    bucket.read = refuse  # type: ignore[method-assign]
    with indexed(bucket) as (index, _):
        wait_until(lambda: all_read(index), "all are read")
        assert found(index, status="unreadable") == [2]


def test_first_page_of_ten_thousand_jobs_waits_for_few_of_them() -> None:
    """By then not a tenth of the manifests has been read; and no more than that ever is."""
    source = MemorySource()
    for number in range(10_000):
        source.put(manifest(number))
    read, left, goes_on = source.read, threading.Semaphore(1_000), threading.Event()

    def read_few(bucket: str, key: str, limit: int) -> bytes:
        if not left.acquire(blocking=False):
            goes_on.wait()
        return read(bucket, key, limit)

    source.read = read_few  # type: ignore[method-assign]
    try:
        with served(source) as url:
            wait_until(lambda: is_listed(url), "all are listed")
            page = requests.get(url, timeout=20).text
            goes_on.set()
    finally:
        goes_on.set()
    assert page.count('<li class="tile">') == 24
    assert page.count(".mp4</b>") == 24  # what only the manifest tells


def test_a_page_that_is_asked_for_while_the_list_is_made_says_so() -> None:
    """An empty page, "there are none yet", was what somebody with a slow store saw at first."""
    source, goes_on = MemorySource(), threading.Event()
    source.put(manifest(1))
    listed = source.page

    def page_late(after: str) -> EntryPage:
        goes_on.wait()
        return listed(after)

    source.page = page_late  # type: ignore[method-assign]
    try:
        with served(source) as url:
            early = requests.get(url, timeout=20).text
            goes_on.set()
            wait_until(lambda: is_listed(url), "all are listed")
            late = requests.get(url, timeout=20).text
    finally:
        goes_on.set()
    assert "The manifests are being listed" in early
    assert "There are no manifests yet" not in early
    assert "data-state" in early
    assert late.count('<li class="tile">') == 1


def test_manifests_that_cannot_be_read_now_are_tiles_that_say_so(bucket: MemorySource) -> None:
    """Listed, and not read: the page is a page still, with what keeps the others from it."""

    def unreachable(*_: object) -> bytes:
        raise Unreachable("no answer from OSS")

    bucket.read = unreachable  # type: ignore[assignment,method-assign]
    with served(bucket) as url:
        wait_until(lambda: is_listed(url), "all are listed")
        answer = requests.get(url, timeout=20)
    assert answer.status_code == 200
    assert answer.text.count("Not read yet") == 5
    assert "The store does not answer: no answer from OSS" in answer.text


def test_a_hundred_thousand_are_listed_filtered_and_paged() -> None:
    """All that a page does on the index takes less than a second of a core."""
    with closing(Index()) as index:
        index.begin_listing()
        for start in range(0, 100_000, 1000):
            numbers = range(start, start + 1000)
            index.note(
                (job_id(n), Entry(f"manifests/{job_id(n)}.json", "1", 1.7e9 + n)) for n in numbers
            )
        index.end_listing()
        began = time.thread_time()
        assert len(index.page(Filter(), 50_000, 24)) == 24
        assert index.page(Filter(words=job_id(77_777)), 0, 24)[0].job_id == job_id(77_777)
        assert index.counts(Filter()).listed == 100_000
        assert len(index.unread(96)) == 96
        assert time.thread_time() - began < 1
