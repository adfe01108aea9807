"""Texts nobody should send, and everybody can."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import (
    Item,
    JobRequest,
    Tick,
    Unusable,
    decode_event,
    decode_tick,
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


@pytest.mark.slow
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


@pytest.mark.slow
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
