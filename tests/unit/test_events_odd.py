"""Texts nobody should send, and everybody can."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import (
    Item,
    JobRequest,
    Tick,
    Unusable,
    decode_event,
    decode_tick,
    decode_ticket,
)
from mps_manifest.job_ids import is_job_id
from tests.unit.samples import ID, OTHER, items


def ids(found: list[Item]) -> list[str]:
    return [item.job_id for item in found if isinstance(item, JobRequest)]


def sound(event: bytes) -> list[Item]:
    """Decode; whatever comes out can be worked with."""
    try:
        found = list(decode_event(event).items)
    except InvalidEvent:
        return []
    for item in found:
        if isinstance(item, JobRequest):
            assert is_job_id(item.job_id)
            assert item.api in {None, "mps", "ims"}
        if isinstance(item, Unusable):
            assert item.payload
            assert item.reason
            assert len(item.reason) < 10_000
    return found


@pytest.mark.parametrize(
    "event",
    [
        b"\xef\xbb\xbf" + json.dumps({"jobId": ID}).encode(),
        b"\xef\xbb\xbf" + ID.encode(),
        f"\r\n{ID}\r\n".encode(),
        f"\ufeff{ID}".encode(),
        base64.b64encode(b"\xef\xbb\xbf" + ID.encode()),
        base64.encodebytes(json.dumps({"jobIds": [ID], "note": "x" * 200}).encode()),
        json.dumps({"messageBody": f"\ufeff{ID}"}).encode(),
        json.dumps({"messageBody": "\ufeff" + json.dumps({"jobId": ID})}).encode(),
        json.dumps({"messageBody": ID + "\n\n"}).encode(),
        b'{"jobId": "other", "jobId": "%s"}' % ID.encode(),
        json.dumps({"jobId": ID, "huge": 10**300}).encode(),
        json.dumps({"jobId": ID, "size": 2**64}).encode(),
        ID.encode("utf-16"),
        f"{ID}\r\n".encode("utf-16-le"),
        json.dumps({"jobId": ID}).encode("utf-16-be"),
        base64.b64encode(ID.encode("utf-16")),
        b'{"jobId": "%s", "userData": "\\ud800"}' % ID.encode(),
        b'{"jobId": "%s", "userData": "\xff \t"}' % ID.encode(),
        b'{"jobId": "%s", "size": NaN}' % ID.encode(),
        b'{"jobId": "%s", "deep": %s0%s}' % (ID.encode(), b"[" * 900, b"]" * 900),
    ],
)
def test_odd_but_readable_texts_are_read(event: bytes) -> None:
    """A byte order mark, DOS lines, wrapped Base64, doubled keys and huge numbers do no harm."""
    assert ids(sound(event)) == [ID]


@pytest.mark.parametrize(
    "event",
    [
        b"\x00",
        b"\x00" * 1000,
        b"\xff\xfe\x00",
        b"\x80abc",
        b'"\\ud800"',
        b'{"jobId"',
        b"NaN",
        b"-",
        b"=" * 40,
        b"<xml/>",
    ],
)
def test_unreadable_bytes_are_one_unusable_piece(event: bytes) -> None:
    """The payload is what came, byte for byte."""
    [piece] = sound(event)
    assert isinstance(piece, Unusable)
    kept = piece.payload.encode() if isinstance(piece.payload, str) else piece.payload
    assert kept == event


@pytest.mark.parametrize("filling", ["x", "é", "\x00", '"', "{", "[", "8a87 ", ID[:31] + " "])
def test_ten_megabytes_of_garbage_are_one_unusable_piece(filling: str) -> None:
    """Garbage of any size must be kept, and no accidental job ID be read from it."""
    [piece] = sound((filling * (10_000_000 // len(filling))).encode())
    assert isinstance(piece, Unusable)
    assert len(piece.payload) >= 9_000_000


DEEP = [1, 60, 254, 255, 300, 990, 1000, 1023, 1025, 10_000]
SHAPES = {
    "lists": b"%s",
    "a job ID": b'{"jobId":%s}',
    "job IDs": b'{"jobIds":[%s]}',
    "an api": b'{"jobId":"a","api":%s}',
    "the api of one job": b'{"jobs":[{"jobId":"a","api":%s}]}',
    "when to wait": b'{"jobId":"a","onPending":%s}',
    "a token": b'{"jobId":"a","taskToken":%s}',
    "a notification": b'{"state":"x","jobId":%s}',
    "a message": b'{"TopicName":"t","Message":%s}',
    "a cloud event": b'{"specversion":"1","data":%s}',
    "an IMS event": b'{"EventType":"AIProduceComplete","MessageBody":{"JobId":%s}}',
    "a record": b'{"events":[{"eventName":"ObjectCreated","oss":{"object":%s}}]}',
    "a batch": b'[{"messageBody":"x","y":%s}]',
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("brackets", [b"[]", b"{}"])
@pytest.mark.parametrize("depth", DEEP)
def test_depth_does_not_break_the_decoder(shape: str, brackets: bytes, depth: int) -> None:
    """A bomb of brackets is rejected like any other text."""
    opening, closing = brackets[:1], brackets[1:]
    if brackets == b"{}":
        opening += b'"k":'
    bomb = opening * depth + b"0" + closing * depth
    assert not ids(sound(SHAPES[shape] % bomb))


def test_lists_of_texts_of_lists_end_somewhere() -> None:
    """A reader that unwraps without a limit could be kept busy by one small event."""
    text = ID
    for _ in range(12):
        text = json.dumps([text])
    assert len(sound(text.encode())) == 1


def test_five_thousand_ids_come_one_by_one() -> None:
    """Items are read as they are asked for."""
    body = {"jobIds": [f"{number:032x}" for number in range(5000)]}
    stream = decode_event(json.dumps(body).encode()).items
    first = next(stream)
    assert isinstance(first, JobRequest)
    assert len(list(stream)) == 4999


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([ID, OTHER, "a-b", "ims", "park", "return", "Success", "oss:ObjectCreated"])
    | st.sampled_from(["Transcode", "AIProduceComplete", "FileUploadComplete", "1588160154126"])
    | st.sampled_from(["<Notification><Message>", "</Message></Notification>", "<!DOCTYPE a>"]),
    lambda children: (
        st.lists(children, max_size=5)
        | st.dictionaries(
            st.sampled_from(
                [
                    "jobId",
                    "JobId",
                    "jobIds",
                    "jobs",
                    "api",
                    "onPending",
                    "taskToken",
                    "state",
                    "Type",
                    "data",
                    "specversion",
                    "messageBody",
                    "messageId",
                    "TopicName",
                    "Message",
                    "body",
                    "attrs",
                    "events",
                    "eventName",
                    "oss",
                    "object",
                    "bucket",
                    "key",
                    "name",
                    "EventType",
                    "MessageBody",
                    "MediaWorkflowExecution",
                    "ActivityList",
                    "triggerTime",
                    "triggerName",
                    "payload",
                    "requestContext",
                    "http",
                    "method",
                    "functionArn",
                    "source",
                    "requestPayload",
                    "isBase64Encoded",
                    "objectMeta",
                    "userMeta",
                    "headers",
                    "X-Mns-Version",
                    "RequestId",
                    "Result",
                    "PublishTime",
                    "eventTime",
                    "time",
                    "attempts",
                    "value",
                    "Count",
                    "httpMethod",
                    "statusCode",
                    "path",
                    "topic",
                    "partition",
                    "props",
                    "TimeZone",
                    "Schedule",
                    "eventType",
                    "EventTime",
                    "message_id",
                    "message_body",
                    "Activity",
                ]
            ),
            children,
            max_size=7,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=400)
@given(JSON)
def test_any_json_decodes_to_items_or_an_invalid_event(value: Any) -> None:
    """Any other exception would make the trigger deliver the event again and again."""
    sound(json.dumps(value).encode("utf-8", "replace"))


@settings(max_examples=200)
@given(JSON)
def test_any_json_inside_a_message_never_raises(value: Any) -> None:
    """What was delivered is answered or kept; an error would bring the whole batch back."""
    text = json.dumps(value)
    for found in items([{"messageBody": text}, {"TopicName": "t", "Message": text}]):
        assert not isinstance(found, Unusable) or found.payload


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_decode_to_items_or_an_invalid_event(event: bytes) -> None:
    """Bytes that crash a decoder would be delivered again and again."""
    sound(event)
    assert Tick() in decode_tick(event)
    for item in decode_ticket(event, "ticket"):
        assert not isinstance(item, Unusable) or item.payload


DAMAGE = st.sampled_from(
    [
        b"\0",
        b"\xff",
        b"\\ud800",
        b"\xed\xa0\x80",
        b"NaN",
        b"1e999",
        b"9" * 400,
        b"[" * 2000,
        b'{"a":' * 300,
        b"]",
        b"}",
        b'"',
        b"\\",
        b",",
        b"<a>",
        b"&b;",
        b"\t",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ]
)


@settings(max_examples=200)
@given(JSON, st.lists(st.tuples(st.floats(0, 1), DAMAGE), min_size=1, max_size=4))
def test_damaged_json_decodes_to_items_or_an_invalid_event(value: Any, damage: Any) -> None:
    """One broken byte is enough to reach code that sound events never do."""
    event = json.dumps(value).encode()
    for place, bad in damage:
        at = int(place * len(event))
        event = event[:at] + bad + event[at:]
    sound(event)
    sound(b'[{"messageBody":"x"},' + event + b"]")
    list(decode_ticket(event, "ticket"))
    list(decode_tick(event))


@given(JSON, st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"]))
def test_any_encoding_of_people_says_the_same(value: Any, encoding: str) -> None:
    """Editors and shells choose it, not the people."""
    text = json.dumps({"jobIds": [ID], "note": value})
    assert ids(sound(text.encode(encoding))) == [ID]


@given(st.lists(st.from_regex(r"[0-9a-f]{32}", fullmatch=True), min_size=1, unique=True))
def test_what_a_caller_lists_is_what_is_asked(job_ids: list[str]) -> None:
    """Lines, JSON and Base64 say the same."""
    lines = "\n".join(job_ids)
    for event in (lines, json.dumps(job_ids), json.dumps({"jobIds": job_ids})):
        assert ids(items(event)) == job_ids
        assert ids(items(base64.b64encode(event.encode()))) == job_ids


def test_the_sweep_ticks_whatever_wakes_it() -> None:
    """The backlog must be worked off even if the sweep is called with a foreign event."""
    timer = {"triggerTime": "t", "triggerName": "n", "payload": ID}
    assert ids(list(decode_tick(json.dumps(timer).encode()))) == [ID]
    assert list(decode_tick(b"")) == [Tick()]
    assert list(decode_tick(json.dumps({"jobId": OTHER}).encode())) == [Tick()]
