"""What a dry run stands on: a store that records, and the difference of two documents."""

from __future__ import annotations

from itertools import islice

import orjson
import pytest

from mps_manifest.errors import AlreadyExists, NotFound, Refused
from mps_manifest.ports import ObjectStore
from operate.replay.json_diff import differences
from operate.replay.recording_store import RecordingStore
from tests.operate.conftest import BUCKET, Operator


@pytest.fixture
def store(operator: Operator) -> RecordingStore:
    """Have a store over a bucket with three objects."""
    for name in "abc":
        operator.cloud.put_object(BUCKET, f"manifests/{name}.json", name.encode())
    made: list[RecordingStore] = []

    def over(store: ObjectStore) -> RecordingStore:
        made.append(RecordingStore(store, BUCKET))
        return made[-1]

    _ = operator.connect(over=over).core  # which builds it
    [found] = made
    return found


def test_what_was_written_is_read_again_and_the_bucket_is_as_it_was(
    operator: Operator, store: RecordingStore
) -> None:
    """By every way of reading; forbidding to overwrite holds for what is there, and for ours."""
    before = {key: operator.cloud.get_object(BUCKET, key) for key in list(operator.keys(""))}
    key = "manifests/new.json"
    written = store.write(key, b"12345", overwrite=False, metadata={"status": "partial"})
    assert store.head(BUCKET, key).etag == written.etag
    assert store.head(BUCKET, key).metadata == {"status": "partial"}
    assert (store.read(BUCKET, key, 2).body, store.read(BUCKET, key, 2).bytes) == (b"12", 5)
    assert b"".join(store.stream(BUCKET, key).chunks) == b"12345"
    assert store.read_range(BUCKET, key, 1, 2, written.etag) == b"23"
    for taken in (key, "manifests/a.json"):
        with pytest.raises(AlreadyExists):
            store.write(taken, b"x", overwrite=False)
    store.write("manifests/a.json", b"other", overwrite=True)
    assert store.read(BUCKET, "manifests/a.json", 10).body == b"other"
    after = {key: operator.cloud.get_object(BUCKET, key) for key in list(operator.keys(""))}
    assert after == before


def test_lists_have_what_was_written_and_lack_what_was_deleted(store: RecordingStore) -> None:
    """In order, from any place on; what was deleted can be written again."""
    store.delete("manifests/b.json")
    store.write("manifests/bb.json", b"x", overwrite=False)
    store.write("other/a.json", b"x", overwrite=False)
    names = [f"manifests/{name}.json" for name in ("a", "bb", "c")]
    assert list(store.keys(BUCKET, "manifests/")) == names
    assert list(store.keys(BUCKET, "manifests/", names[0])) == names[1:]
    assert store.page(BUCKET, "manifests/", names[1]) == (tuple(names[2:]), False)
    with pytest.raises(NotFound):
        store.head(BUCKET, "manifests/b.json")
    store.write("manifests/b.json", b"x", overwrite=False)
    assert list(islice(store.keys(BUCKET, "manifests/"), 2))[1] == "manifests/b.json"


def test_there_are_no_versions(store: RecordingStore) -> None:
    """Even where the bucket has them: else writing would refuse nothing, and undo much."""
    assert store.versioned() is False
    for attempt in (lambda: store.versions("a"), lambda: store.withdraw("a", "1")):
        with pytest.raises(Refused):
            attempt()


def test_each_difference_has_its_place() -> None:
    """Of objects and lists, at any depth; a number is no truth value, nor a text."""
    old = {"a": [1, {"b": 1}], "c": "x", "d/e": None, "same": {"f": [1]}}
    new = {"a": [1, {"b": True}, 3], "g": {}, "d/e": "1", "same": {"f": [1]}}
    told = [each.document() for each in differences(old, new)]
    assert told == [
        {"op": "replace", "path": "/a/1/b", "old": 1, "new": True},
        {"op": "add", "path": "/a/2", "new": 3},
        {"op": "remove", "path": "/c", "old": "x"},
        {"op": "replace", "path": "/d~1e", "old": None, "new": "1"},
        {"op": "add", "path": "/g", "new": {}},
    ]


def test_a_hostile_difference_is_bounded() -> None:
    """Neither depth nor number of what a stranger's answer has matters."""

    def deep(end: int) -> object:
        value: object = end
        for _ in range(50_000):
            value = [value]
        return value

    assert len(differences(deep(1), deep(2))) == 1
    shallow = ("[" * 100, "]" * 100)
    same = [orjson.loads("0".join(shallow)) for _ in range(2)]
    assert differences(*same) == []
    assert len(differences([0] * 100_000, [1] * 100_000)) == 100
