"""Twice the hostile event costs at most about twice the time, in every decoder."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import decode_event, decode_lines, decode_tick, decode_ticket, holds_lines
from mps_manifest.events.json_elements import json_elements
from mps_manifest.events.mns_xml import read_mns_xml
from mps_manifest.events.times import parse_time
from tests.cost.measuring import cpu_time
from tests.unit.samples import ID, job_ids

pytestmark = pytest.mark.slow

_NOISE = 0.02
"""Seconds of CPU below which a measured time says nothing."""
_MOST = 3.0
"""Twice, and what caches and the collector of garbage add to it."""
_TRIES = 4
"""A busy machine slows down some measurements, but not all of them."""
_SMALLEST, _LARGEST = 32_000, 2_048_000


class Case(NamedTuple):
    """A hostile input of about `n` bytes, and the reader that it is meant for."""

    make: Callable[[int], bytes]
    read: Callable[[bytes], object]


def event(body: bytes) -> None:
    """Decode an event to its last item."""
    try:
        deque(decode_event(body).items, maxlen=0)
    except InvalidEvent:
        return


def ticket(body: bytes) -> None:
    """Decode a ticket to its last item."""
    deque(decode_ticket(body, "ticket"), maxlen=0)


def tick(body: bytes) -> None:
    """Decode the event of a sweep."""
    deque(decode_tick(body), maxlen=0)


def lines(body: bytes) -> None:
    """Decode a long ticket, in the pieces that the network gives."""
    pieces: Iterable[bytes] = (body[at : at + 8192] for at in range(0, len(body), 8192))
    deque(decode_lines(pieces, "ticket"), maxlen=0)


def in_message(text: str) -> bytes:
    """Put a text into a message."""
    return json.dumps([{"messageBody": text}]).encode()


def fill(unit: str, n: int, start: str = "", end: str = "") -> bytes:
    """Repeat a unit until there are about n bytes."""
    return (start + unit * (n // len(unit)) + end).encode()


def jobs_in_spellings(n: int) -> bytes:
    """Name as many jobs, in as many spellings of one key, as there is room for other keys."""
    count = n // 80
    named = {spelling(number): each for number, each in enumerate(job_ids(count))}
    return json.dumps(
        {"jobs": [named | {f"k{number}": number for number in range(count)}]}
    ).encode()


def spelling(number: int) -> str:
    """Return `jobid` with underlines behind its letters, other ones for each of 59,049 numbers."""
    return "".join(f"{char}{'_' * (number // 9**at % 9)}" for at, char in enumerate("jobid"))


def nested_texts(n: int) -> bytes:
    """Wrap a text into JSON texts, again and again."""
    text = "x" * (n // 40)
    while len(text) < n:
        text = json.dumps(text)
    return text.encode()


def nested_base64(n: int) -> bytes:
    """Wrap a text into Base64 and JSON texts by turns."""
    text = b"x" * (n // 40)
    while len(text) < n:
        text = base64.b64encode(json.dumps(text.decode()).encode())
    return text


def nested_envelopes(n: int) -> bytes:
    """Wrap a body into envelopes that are decoded with each other."""
    body: object = {"a" * 10: "x" * 10, "list": ["y" * 10] * (n // 16)}
    for _ in range(7):
        body = {"specversion": "1.0", "data": body}
    return json.dumps(body).encode()


def list_texts(n: int) -> bytes:
    """Wrap lists into texts into lists."""
    text = json.dumps(["x"] * (n // 160))
    while len(text) < n:
        text = json.dumps([text])
    return text.encode()


def objects(n: int, **fields: object) -> bytes:
    """Make a list of equal objects."""
    unit = json.dumps(fields)
    return f"[{','.join([unit] * (n // (len(unit) + 1)))}]".encode()


def spellings(n: int) -> bytes:
    """Make a notification with many spellings of the same key."""
    keys = (
        f'"{"-" * (number % 7)}jobId{"_" * (number // 7 % 50)}{"-" * (number // 350)}":"{ID}"'
        for number in range(n // 60)
    )
    return ('{"state":"x",' + ",".join(keys) + "}").encode()


def oss_events(n: int) -> bytes:
    """Make an OSS event of many records."""
    record = {"eventName": "ObjectCreated:PutObject", "oss": {"bucket": {"name": "b"}}}
    one = {**record, "oss": {"bucket": {"name": "b"}, "object": {"key": "jobs/%2F" * 3}}}
    unit = f"{json.dumps(one)},{json.dumps(record)},5"
    return f'{{"events":[{",".join([unit] * (n // len(unit)))}]}}'.encode()


def ims(n: int) -> bytes:
    """Make an IMS event with many job IDs at all depths."""
    inner = [{"a": {"b": [{"JobId": each}, {"jobid": 5}]}} for each in job_ids(n // 90)]
    return json.dumps({"EventType": "New", "MessageBody": {"x": inner}}).encode()


def deep_event(n: int) -> bytes:
    """Make an event of an unknown type that names no job until its end."""
    data = [{"a": {"b": "c"}}] * (n // 20)
    return json.dumps(
        {"EventType": "x", "EventTime": "t", "Data": data, "z": {"JobId": ID}}
    ).encode()


CASES: dict[str, Case] = {
    "lists": Case(lambda n: fill("[", n), event),
    "lists of lists on lines": Case(lambda n: fill('[["a"]]\n', n), event),
    "jobs in many spellings": Case(jobs_in_spellings, event),
    "closed lists": Case(lambda n: b"[" * (n // 2) + b"]" * (n // 2), event),
    "objects": Case(lambda n: fill('{"a":', n), event),
    "wide and deep": Case(lambda n: fill(("[" * 60 + "]" * 60 + ","), n, "[", "5]"), event),
    "numbers": Case(lambda n: fill("5,", min(n, 900_000), "[", "5]"), event),
    "too many numbers": Case(lambda n: fill("5,", n, "[", "5]"), event),
    "a huge number": Case(lambda n: fill("9", n, "[", "]"), event),
    "huge numbers": Case(lambda n: fill("9" * 1000 + ",", n, '{"jobIds":[', "9]}"), event),
    "not a number": Case(lambda n: fill("NaN,", min(n, 800_000), "[", "5]"), event),
    "escapes": Case(lambda n: fill("\\n", n, '{"jobId":"', '"}'), event),
    "broken escapes": Case(lambda n: fill("\\ud800", n, '{"jobId":"', '"}'), event),
    "bad bytes": Case(lambda n: b'{"jobId":"' + b"\xff" * n + b'"}', event),
    "no end of a string": Case(lambda n: fill("\\\\", n, '["'), event),
    "quotation marks": Case(lambda n: fill('\\"', n, '["', ",,,"), event),
    "many strings": Case(lambda n: fill('"",', n, "[", '""]'), event),
    "NUL bytes": Case(lambda n: b"\0" * n, event),
    "UTF-16": Case(lambda n: fill(ID + "\n", n // 2).decode().encode("utf-16"), event),
    "blanks": Case(lambda n: fill(" \t\n", n, "", "x"), event),
    "blanks behind a word": Case(lambda n: fill(" ", n, "x\n", "x"), event),
    "wide blanks": Case(lambda n: fill("\u3000", n // 3, "x\n", "x"), event),
    "a batch of nothing": Case(lambda n: fill(",", n, '[{"messageBody":"x"},', "]]"), event),
    "a batch of nonsense": Case(lambda n: fill("{},", n, '[{"messageBody":"x"},', "]]"), event),
    "a batch of empty texts": Case(
        lambda n: fill('"[]",', n, '[{"messageBody":"x"},', "]]"), event
    ),
    "a key of an object": Case(
        lambda n: json.dumps(
            {
                "eventName": "ObjectCreated:PutObject",
                "oss": {"bucket": {"name": "b"}, "object": {"key": "%E8" * (n // 3)}},
            }
        ).encode(),
        event,
    ),
    "blanks in Base64": Case(lambda n: fill(" ", n, "QUJD", "!"), event),
    "Base64 with an error": Case(lambda n: fill("QUJD", n, "", "="), event),
    "Base64 of zeros": Case(lambda n: base64.b64encode(b"\0" * n), event),
    "texts in texts": Case(nested_texts, event),
    "Base64 in texts in Base64": Case(nested_base64, event),
    "envelopes in envelopes": Case(nested_envelopes, event),
    "lists in texts in lists": Case(list_texts, event),
    "empty objects": Case(objects, event),
    "messages": Case(lambda n: objects(n, messageBody="word"), event),
    "messages with a list": Case(lambda n: objects(n, messageBody="[5,5,5]"), event),
    "direct bodies": Case(lambda n: objects(n, jobId=5, api={}), event),
    "one task": Case(
        lambda n: json.dumps({"taskToken": "t", "jobIds": job_ids(n // 36)}).encode(), event
    ),
    "one job many times": Case(
        lambda n: json.dumps({"taskToken": "t", "jobIds": [ID] * (n // 36)}).encode(), event
    ),
    "one key in many spellings": Case(spellings, event),
    "many keys": Case(
        lambda n: json.dumps({f"k{number}": 1 for number in range(n // 14)}).encode(), event
    ),
    "OSS records": Case(oss_events, event),
    "an IMS event": Case(ims, event),
    "an event of an unknown type": Case(deep_event, event),
    "activities": Case(
        lambda n: (
            b'{"MediaWorkflowExecution":{"ActivityList":'
            + objects(n, Type="x", JobId="a b")
            + b"}}"
        ),
        event,
    ),
    "a long origin": Case(
        lambda n: json.dumps(
            {"TopicName": "https://x?" * (n // 10), "MessageId": "\u202e" * 99, "Message": "x"}
        ).encode(),
        event,
    ),
    "XML": Case(lambda n: fill("<a>x</a>", n, "<Notification>", "</Notification>"), event),
    "XML in XML": Case(lambda n: fill("<a>", n), event),
    "XML attributes": Case(lambda n: fill(" a='b'", n, "<Notification", ">"), event),
    "XML comment": Case(lambda n: fill("-", n, "<!--"), event),
    "XML without an end": Case(lambda n: fill("<", n), event),
    "XML entities": Case(
        lambda n: fill("&amp;", n, "<Notification><Message>", "</Message></Notification>"),
        read_mns_xml,
    ),
    "lines of IDs": Case(lambda n: fill(ID + "\n", n), event),
    "lines of IDs in quotes": Case(lambda n: fill(f'"{ID}",\n', n), event),
    "one line of IDs": Case(lambda n: fill(f"{ID},", n, "", "x"), event),
    "a line of marks": Case(lambda n: fill("',\" ", n, "\n", ID), event),
    "lines of marks": Case(lambda n: fill("',\"\n", n), event),
    "a table": Case(lambda n: fill(f'"x, y",{ID}\n', n, "Name,JobId\n"), lines),
    "a table of words": Case(lambda n: fill("x,y\n", n, f"Name,JobId\nx,{ID}\n"), lines),
    "a broad table": Case(lambda n: fill("x,", n, "JobId,"), event),
    "an aligned table": Case(lambda n: fill(f"{ID} x\n", n, "JobId x\n----- -\n"), lines),
    "rules": Case(lambda n: fill("- ", n), event),
    "comments": Case(lambda n: fill("#\n", n, ID + "\n"), lines),
    "keys": Case(lambda n: fill("job ", n, "", f"id: {ID}"), event),
    "comments in JSON": Case(lambda n: fill("//\n", n, "[", "5]"), event),
    "comments without an end": Case(lambda n: fill("/*", n, "[", "5]"), event),
    "comments before JSON": Case(lambda n: fill("//\n/**/", n, "", "[5"), event),
    "comments between JSON lines": Case(lambda n: fill('{"jobId":5}\n#\n', n), event),
    "commas and blanks": Case(lambda n: fill(", ", n, "[5", "]"), event),
    "a comma and blanks": Case(lambda n: fill(" ", n, "[5,", "6}"), event),
    "JSON lines": Case(lambda n: fill('{"jobId":5}\n', n), event),
    "broken JSON lines behind": Case(lambda n: fill('{"a":\n', n, "{\n{}\n{}\n"), event),
    "JSON in a row": Case(lambda n: fill("{\n}", min(n, 600_000), "", "x"), event),
    "comments before a table": Case(lambda n: fill("#\n", n, "", f"JobId,x\n{ID},x"), event),
    "broken JSON lines": Case(lambda n: fill('{"a":\n', n, "{}\n"), event),
    "lines of words": Case(lambda n: fill("x\n", n, ID + "\n"), lines),
    "blank lines": Case(lambda n: fill("\n", n, ID, ID), lines),
    "lines of blanks": Case(lambda n: fill(" \r\n", n, ID + "\n"), lines),
    "one endless line": Case(lambda n: fill("x", n, ID + "\n"), lines),
    "one endless line of IDs": Case(lambda n: fill(f"{ID},", n), lines),
    "one endless line with a word": Case(lambda n: fill(f"{ID},", n, "x,"), lines),
    "long lines of IDs": Case(lambda n: fill(f"{ID}," * 2000 + "\n", n), lines),
    "an endless line of digits": Case(lambda n: fill("0", n), lines),
    "blanks before digits": Case(lambda n: fill(" ", n, "\n", "0"), lines),
    "half UTF-16": Case(lambda n: b"\xff\xfe" + b"\xd8" * n, lines),
    "a ticket of numbers": Case(lambda n: fill("5,", min(n, 900_000), "[", "5]"), ticket),
    "a ticket's head": Case(lambda n: fill(" ", n), holds_lines),
    "a timer": Case(
        lambda n: json.dumps({"triggerTime": "t", "triggerName": "n", "payload": "[" * n}).encode(),
        tick,
    ),
    "an HTTP request": Case(
        lambda n: json.dumps(
            {
                "requestContext": {"http": {"method": "POST"}},
                "headers": {f"h{number}": "" for number in range(n // 20)},
                "body": "=" * (n // 2),
                "isBase64Encoded": True,
            }
        ).encode(),
        event,
    ),
    "elements": Case(
        lambda n: fill('"\\\\",[],', n, "[", "5]"), lambda text: deque(json_elements(text), 0)
    ),
    "a time": Case(lambda n: fill("2020-", n), lambda text: parse_time(text.decode())),
}


def seconds(case: Case, size: int, best_of: int = 1) -> float:
    """Return the least CPU time of so many readings."""
    return cpu_time(case.read, case.make(size), best_of)


@pytest.mark.parametrize("name", CASES)
def test_twice_the_input_takes_at_most_about_twice_the_time(name: str) -> None:
    """One message could otherwise keep an instance busy until it is killed, again and again.

    Each size is read once; again, and oftener, where that looks as if it took more.
    """
    case, size = CASES[name], _SMALLEST
    while (before := seconds(case, size)) < _NOISE and size < _LARGEST:
        size *= 4
    assert before < 5
    ratios: list[float] = []
    while len(ratios) < _TRIES and (not ratios or ratios[-1] > _MOST):
        readings = 1 + len(ratios)
        before = seconds(case, size, readings)
        ratios.append(seconds(case, 2 * size, readings) / max(before, _NOISE))
    assert min(ratios) <= _MOST
