"""OSS events: which records are tickets."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from mps_manifest.events import Item, Ticket, Unusable
from tests.unit.samples import encoded, items, sample_event


def record(name: str = "ObjectCreated:PutObject", **oss: Any) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(sample_event("oss_native")["events"][0])
    made["eventName"] = name
    made["oss"] |= oss
    return made


def keys(found: list[Item]) -> list[str]:
    assert all(isinstance(item, Ticket) for item in found)
    return [item.key for item in found if isinstance(item, Ticket)]


CREATED = [
    "PutObject",
    "PostObject",
    "CopyObject",
    "AppendObject",
    "PutSymlink",
    "CompleteMultipartUpload",
]


@pytest.mark.parametrize("prefix", ["", "oss:"])
@pytest.mark.parametrize("operation", CREATED)
def test_an_object_that_was_created_is_a_ticket(operation: str, prefix: str) -> None:
    """An upload must count whichever operation made the object."""
    event = {"events": [record(f"{prefix}ObjectCreated:{operation}")]}
    assert keys(items(event)) == ["source/a.png"]


@pytest.mark.parametrize("prefix", ["", "oss:"])
@pytest.mark.parametrize(
    "name",
    [
        "ObjectCreated:InitiateMultipartUpload",
        "ObjectCreated:UploadPart",
        "ObjectCreated:UploadPartCopy",
        "ObjectRemoved:DeleteObject",
        "ObjectRemoved:DeleteObjects",
        "ObjectRemoved:AbortMultipartUpload",
        "ObjectModified:UpdateObjectMeta",
        "ObjectReplication:ObjectCreated",
        "ObjectDownloaded:GetObject",
    ],
)
def test_parts_and_other_happenings_are_ignored(name: str, prefix: str) -> None:
    """The wildcard trigger fires for every part of an upload; only the whole counts."""
    assert items({"events": [record(prefix + name)]}) == []


def test_all_records_of_an_event_are_looked_at() -> None:
    """One event may report several uploads, and each may name other jobs."""
    made = [record(object={"key": f"jobs/{number}"}) for number in range(7)]
    assert keys(items({"events": made})) == [f"jobs/{number}" for number in range(7)]


WAYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "native": lambda r: {"events": [r]},
    "EventBridge, RawData": lambda r: r,
    "EventBridge, CloudEvents": lambda r: {"specversion": "1.0", "source": "acs.oss", "data": r},
    "EventBridge batch": lambda r: [{"specversion": "1.0", "source": "acs.oss", "data": r}],
    "notification in MNS": lambda r: {
        "TopicName": "t",
        "Message": encoded(json.dumps({"events": [r]})),
    },
    "notification in a queue": lambda r: [
        {"messageId": "m", "messageBody": encoded(json.dumps({"events": [r]}))}
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_record_comes_in_many_ways(way: str) -> None:
    """Buckets can be connected in many ways, and each must lead to the same object."""
    made = record(object={"key": "jobs/x y+%E4.txt"}, bucket={"name": "uploads"})
    [ticket] = items(WAYS[way](made))
    assert isinstance(ticket, Ticket)
    assert (ticket.bucket, ticket.key, ticket.job_id) == ("uploads", "jobs/x y+%E4.txt", None)


@pytest.mark.parametrize("prefix", ["", "oss:"])
@pytest.mark.parametrize(
    "name", ["BucketCreated:PutBucket", "BucketRemoved:DeleteBucket", "BucketModified:PutBucketAcl"]
)
@pytest.mark.parametrize("way", ["native", "EventBridge, RawData", "EventBridge, CloudEvents"])
def test_what_happens_to_a_bucket_is_ignored(way: str, name: str, prefix: str) -> None:
    """It is about no object, which is no fault of it."""
    about = {"eventName": prefix + name, "oss": {"bucket": {"name": "b"}}}
    assert items(WAYS[way](about)) == []
    assert keys(items({"events": [about, record()]})) == ["source/a.png"]


def test_a_ticket_carries_the_metadata_the_event_tells() -> None:
    """With the job ID in the event, the object itself need not be read."""
    meta = {"userMeta": {"x-oss-meta-job-id": "abc-1"}}
    [ticket] = items({"events": [record(object={"key": "k", "objectMeta": meta})]})
    assert isinstance(ticket, Ticket)
    assert ticket.job_id == "abc-1"


@pytest.mark.parametrize("meta", [None, 5, [], {"userMeta": None}, {"userMeta": {"x": 1}}, "text"])
def test_odd_metadata_is_no_metadata(meta: object) -> None:
    """Malformed metadata must not cost a ticket whose body may name the jobs."""
    [ticket] = items({"events": [record(object={"key": "k", "objectMeta": meta})]})
    assert isinstance(ticket, Ticket)
    assert ticket.job_id is None


@pytest.mark.parametrize(
    "oss",
    [
        {"object": {}},
        {"object": None},
        {"object": {"key": ""}},
        {"object": {"key": 5}},
        {"bucket": {}},
        {"bucket": None},
        {"bucket": {"name": 5}},
    ],
)
def test_a_record_without_its_address_is_one_unusable_piece(oss: dict[str, Any]) -> None:
    """The other records of the event are not touched by it, and the piece is the record alone."""
    bad = record(**oss)
    first, piece = items({"events": [record(), bad]})
    assert isinstance(first, Ticket)
    assert isinstance(piece, Unusable)
    assert json.loads(piece.payload) == bad


def test_an_event_without_records_asks_for_nothing() -> None:
    """There is nothing to do and nothing to keep."""
    assert items({"events": []}) == []
    [piece] = items({"events": [], "other": 1})
    assert isinstance(piece, Unusable)


def test_what_is_no_record_among_records_is_unusable() -> None:
    """One malformed record must not take the tickets beside it along."""
    ticket, piece = items({"events": [record(), {"eventName": "x"}]})
    assert isinstance(ticket, Ticket)
    assert isinstance(piece, Unusable)
    assert json.loads(piece.payload) == {"eventName": "x"}
