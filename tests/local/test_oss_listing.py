import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.client import LocalCloud
from local.oss.listing_query import ListingQuery, after_prefix, list_objects
from local.oss.model import Attributes, Bucket
from local.oss.store import ObjectStore
from tests.local.conftest import BUCKET, Connect

# In the order of their UTF-8 bytes, which is not the order of UTF-16 code units.
ORDERED = ["A", "a", "a b", "a%2F", "a/1", "a/2", "a0", "aa/x", "b", "汉", "\uffee", "\U0001f3ac"]


@pytest.fixture
def store(tmp_path: Path) -> Iterable[ObjectStore]:
    database = sqlite3.connect(":memory:", isolation_level=None)
    yield ObjectStore(database, tmp_path)
    database.close()


def test_keys_are_listed_in_byte_order(cloud: LocalCloud, bucket: Any) -> None:
    """Paging relies on byte order, which differs from that of UTF-16 for some keys."""
    cloud.put_objects(BUCKET, dict.fromkeys(reversed(ORDERED), b"1"))
    assert [found.key for found in oss2.ObjectIterator(bucket)] == ORDERED
    assert [found.key for found in oss2.ObjectIteratorV2(bucket)] == ORDERED
    assert cloud.list_keys(BUCKET) == ORDERED


@pytest.mark.parametrize("prefix", ["", "a", "a/", "汉", "\U0001f3ac", "none"])
def test_keys_are_counted_as_they_are_listed(cloud: LocalCloud, prefix: str) -> None:
    """Whoever waits for many objects counts them, and must not wait for others'."""
    cloud.put_objects(BUCKET, dict.fromkeys(ORDERED, b"1"))
    cloud.delete_object(BUCKET, "a/2")
    cloud.create_bucket("other")
    cloud.put_object("other", "a", b"1")
    assert cloud.count_keys(BUCKET, prefix) == len(cloud.list_keys(BUCKET, prefix))


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize("iterator", [oss2.ObjectIterator, oss2.ObjectIteratorV2])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_add_up_to_the_whole(
    cloud: LocalCloud, bucket: Any, size: int, iterator: Any, delimiter: str
) -> None:
    """No key may be lost or repeated between pages, nor may a page be asked for in vain."""
    cloud.put_objects(BUCKET, dict.fromkeys(ORDERED, b"1"))
    cloud.reset_requests()
    found = list(iterator(bucket, delimiter=delimiter, max_keys=size))
    grouped = [key for key in ORDERED if "/" not in key] + ["a/", "aa/"]
    expected = sorted(grouped) if delimiter else ORDERED
    assert sorted(each.key for each in found) == sorted(expected)
    assert {each.key for each in found if each.is_prefix()} == {
        key for key in expected if key.endswith("/")
    }
    assert len(cloud.requests()) == -(-len(expected) // size)


def test_listing_describes_objects(bucket: Any) -> None:
    """Clients spare a HEAD where a listing says enough, so both must say the same."""
    put = bucket.put_object("dir/key", b"12345")
    listed = bucket.list_objects(prefix="dir/").object_list[0]
    head = bucket.head_object("dir/key")
    assert (listed.size, listed.etag, listed.type) == (5, put.etag, "Normal")
    assert listed.last_modified == head.last_modified
    assert listed.storage_class == "Standard"


def test_marker_and_start_after_are_exclusive(cloud: LocalCloud, bucket: Any) -> None:
    """If the marker itself came again, paging would repeat a key each time."""
    cloud.put_objects(BUCKET, dict.fromkeys("abc", b"1"))
    assert [found.key for found in bucket.list_objects(marker="a").object_list] == ["b", "c"]
    two = bucket.list_objects_v2(start_after="b", prefix="")
    assert [found.key for found in two.object_list] == ["c"]
    assert bucket.list_objects(marker="zzz").object_list == []


@pytest.mark.parametrize("wanted", [0, 1001])
def test_page_size_has_limits(bucket: Any, wanted: int) -> None:
    """A page size that OSS refuses must not work locally."""
    with pytest.raises(oss2.exceptions.InvalidArgument):
        bucket.list_objects(max_keys=wanted)


def test_listing_a_missing_bucket_is_told(connect: Connect) -> None:
    """An empty list would look like a bucket with nothing to do."""
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        connect(bucket="no-such-bucket").list_objects()


def test_listing_reads_a_range_of_the_index(store: ObjectStore) -> None:
    """A listing that scanned would pass every other test and fail at a million keys."""
    steps: list[str] = []
    store.create_bucket(Bucket("b", 0.0))
    for number in range(50):
        where = ("b", f"k/{number:03}")
        store.put(where, store.blobs.take(b""), Attributes())
    store.database.set_trace_callback(steps.append)
    page = list_objects(store.database, ListingQuery("b", "k/", "", "k/020", 3))
    store.database.set_trace_callback(None)
    assert [listed.key for listed in page.objects] == ["k/021", "k/022", "k/023"]
    (query,) = steps
    plan = " ".join(str(row) for row in store.database.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "SEARCH objects USING PRIMARY KEY (bucket=? AND key>? AND key<?)" in plan
    assert "TEMP B-TREE" not in plan


keys = st.text(st.sampled_from("ab/é\U0010ffff\ud7ff"), min_size=1, max_size=5)


@given(
    existing=st.sets(keys, max_size=12),
    prefix=st.one_of(st.just(""), keys),
    delimiter=st.sampled_from(["", "/", "ab"]),
    limit=st.integers(1, 4),
)
def test_paging_agrees_with_the_definition(
    existing: set[str], prefix: str, delimiter: str, limit: int
) -> None:
    """All pages together are the keys with the prefix, each group by the delimiter once."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute(
        """CREATE TABLE objects (bucket, key, modified, etag, kind, size, headers,
           PRIMARY KEY (bucket, key)) WITHOUT ROWID"""
    )
    rows = [("b", key, 0.0, "", "", 0, "{}") for key in existing]
    database.executemany("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    found: list[str] = []
    after, truncated = "", True
    while truncated:
        page = list_objects(database, ListingQuery("b", prefix, delimiter, after, limit))
        found += sorted([listed.key for listed in page.objects] + page.prefixes)
        after, truncated = page.last, page.truncated
        assert page.count == limit or not truncated
    database.close()
    assert found == sorted(
        {group(key, prefix, delimiter) for key in existing if key.startswith(prefix)}
    )


def group(key: str, prefix: str, delimiter: str) -> str:
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return key if end < 0 else key[: end + len(delimiter)]


@given(st.text(min_size=1), st.text())
def test_everything_with_a_prefix_sorts_before_its_end(prefix: str, rest: str) -> None:
    """A wrong upper bound of the index range would hide keys from listings."""
    end = after_prefix(prefix)
    assert end is None or prefix + rest < end
    assert end is None or not end.startswith(prefix)
