"""Records in the bucket: there, not there, or broken; never an exception about their content."""

from __future__ import annotations

from typing import Any

import pytest

from mps_manifest.errors import AlreadyExists, Unreachable
from mps_manifest.settings import read_settings
from mps_manifest.state.records import Broken, Record, Records
from tests.fakes import HOME, FakeStore, FakeTelemetry, raising

KEY = ".mps-manifest/some/record.json"


def parse(fields: Any) -> int:
    return int(fields["count"])


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def telemetry() -> FakeTelemetry:
    return FakeTelemetry()


@pytest.fixture
def records(store: FakeStore, telemetry: FakeTelemetry) -> Records:
    return Records(store, read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"}), telemetry)


def test_a_record_comes_back_as_it_was_written(records: Records, store: FakeStore) -> None:
    """With its object's ETag and metadata; a field without a value is left out."""
    records.write(KEY, {"count": 5, "note": None}, overwrite=False, metadata={"id": "x"})
    found = records.read(KEY, 1000, parse)
    assert isinstance(found, Record)
    assert (found.value, found.etag) == (5, store.objects[HOME, KEY].etag)
    assert found.metadata == {"id": "x"}
    assert store.body(KEY) == b'{"count":5}'


def test_a_record_that_is_not_there_is_none(records: Records) -> None:
    """That is nothing to be logged."""
    assert records.read(KEY, 1000, parse) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"\xff",
        b"5",
        b"null",
        b"[]",
        b"{}",
        b'{"count":"x"}',
        b'{"count":null}',
        b'{"count":[1]}',
        b'{"count":1e999}',
        b"[" * 100_000,
        b'{"count":5}' + b" " * 2000,
    ],
    ids=lambda body: repr(body)[:20],
)
def test_what_is_no_record_is_broken_and_logged(
    records: Records, store: FakeStore, telemetry: FakeTelemetry, body: bytes
) -> None:
    """Whoever reads it decides what follows; nothing of its content is in the log."""
    store.put(KEY, body)
    found = records.read(KEY, 1000, parse)
    assert isinstance(found, Broken)
    assert (found.key, found.etag) == (KEY, store.objects[HOME, KEY].etag)
    assert found.body == body[:1000]
    [(level, message, fields)] = telemetry.lines
    assert (level, message, fields["key"]) == ("warning", "broken record", KEY)
    assert set(fields) == {"key", "reason"}


def test_a_store_that_fails_is_not_a_broken_record(records: Records, store: FakeStore) -> None:
    """It may be sound, and must not be replaced."""
    store.put(KEY, b'{"count":5}')
    store.fault = raising(Unreachable("down"))
    with pytest.raises(Unreachable):
        records.read(KEY, 1000, parse)


def test_a_record_that_stands_is_not_overwritten_by_accident(records: Records) -> None:
    """Who wants to replace it says so."""
    records.write(KEY, {"count": 1}, overwrite=False)
    with pytest.raises(AlreadyExists):
        records.write(KEY, {"count": 2}, overwrite=False)
    records.write(KEY, {"count": 2}, overwrite=True)
    found = records.read(KEY, 1000, parse)
    assert isinstance(found, Record)
    assert found.value == 2
