"""What names jobs, in every form that the decoders know, and the envelopes it comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.fuzz.odd import SCALARS, TEXTS, VALUES
from tests.unit.samples import ID, OTHER, THIRD, encoded

IDS = st.lists(st.sampled_from([ID, OTHER, THIRD]), min_size=1, unique=True)
NOISE = st.dictionaries(
    st.sampled_from(["note", "userData", "x", "Subscriber"]), VALUES, max_size=2
)


# --- what names jobs, in words of ours -----------------------------------------------------------


OBJECTS: tuple[Callable[[list[str]], dict[str, Any]], ...] = (
    lambda ids: {"jobIds": ids},
    lambda ids: {"jobs": [{"jobId": each, "api": "ims"} for each in ids]},
    lambda ids: {"job_id": ids[0], "jobIds": ids[1:]},
    lambda ids: {"jobIds": ids, "taskToken": "t" * 40},
)
FORMS: tuple[Callable[[list[str], dict[str, Any]], str], ...] = (
    lambda _ids, body: json.dumps(body),
    lambda _ids, body: json.dumps(json.dumps(body)),
    lambda _ids, body: encoded(json.dumps(body)),
    lambda ids, _body: json.dumps(ids),
    lambda ids, _body: "\n".join(ids),
    lambda ids, _body: "\ufeff" + " \r\n".join(ids) + "\r\n\r\n",
    lambda ids, _body: encoded("\n".join(ids)),
)
NOTICES: tuple[Callable[[str], dict[str, Any]], ...] = (
    lambda each: {"jobId": each, "state": "Success", "type": "IProduction"},
    lambda each: {"JobId": each, "State": "Fail", "code": 5, "Message": None},
    lambda each: {"RequestId": "r", "JobId": each, "Result": "{}"},
    lambda each: {"EventType": "AIProduceComplete", "MessageBody": {"Data": [{"JobId": each}]}},
    lambda each: {"EventType": "Unheard", "MessageBody": json.dumps({"jobId": each})},
    lambda each: {
        "MediaWorkflowExecution": {
            "ActivityList": [{"Type": "IProduction", "JobId": each}, {"Type": "Start"}, None, 5]
        }
    },
)

# --- envelopes around it -------------------------------------------------------------------------


class Odd(NamedTuple):
    """What an envelope holds beside its content."""

    texts: list[str]
    value: Any
    noise: dict[str, Any]


ODD = st.builds(Odd, st.lists(TEXTS, min_size=3, max_size=3), SCALARS, NOISE)


def topic(text: str, odd: Odd) -> Any:
    names = {"TopicName": odd.texts[0], "MessageId": odd.texts[1], "PublishTime": odd.value}
    return {**odd.noise, **names, "Message": text}


def xml(text: str, odd: Odd) -> str:
    name = escape("".join(char for char in odd.texts[0] if char.isprintable()))
    return (
        '<?xml version="1.0" encoding="utf-8"?><Notification xmlns="http://mns.aliyuncs.com/doc/">'
        f"<TopicName>{name}</TopicName><Message>{escape(text)}</Message></Notification>"
    )


def queue(text: str, odd: Odd) -> Any:
    return {**odd.noise, "requestId": odd.value, "messageId": odd.texts[0], "messageBody": text}


def stream(text: str, odd: Odd) -> Any:
    return {**odd.noise, "attrs": odd.noise, "body": text}


def cloud_event(text: str, odd: Odd) -> Any:
    names = dict(zip(("type", "subject", "source"), odd.texts, strict=True))
    return {**odd.noise, **names, "specversion": odd.value, "time": odd.value, "data": text}


def cloud_message(text: str, odd: Odd) -> Any:
    return {**cloud_event("", odd), "data": queue(text, odd)}


def async_record(text: str, odd: Odd) -> Any:
    context = {"functionArn": f"acs:fc:{odd.texts[0]}", "condition": odd.value}
    return {"timestamp": odd.value, "requestContext": context, "requestPayload": text, **odd.noise}


def http(text: str, odd: Odd) -> Any:
    context = {"http": {"method": "POST", "path": odd.texts[0]}, "requestId": odd.value}
    return {"headers": odd.noise, "requestContext": context, "body": text}


def http_encoded(text: str, odd: Odd) -> Any:
    return {**http("", odd), "body": encoded(text), "isBase64Encoded": True}


def push(text: str, odd: Odd) -> Any:
    return {**http(text, odd), "headers": {"X-Mns-Version": odd.value}}


def batch(text: str, odd: Odd) -> Any:
    return [queue(odd.texts[0], odd), text, odd.value]


def undecoded(text: str, odd: Odd) -> Any:
    """Have the content in a batch as it is, not as text."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return [queue(text, odd), value] if isinstance(value, dict | str) else value


Envelope = Callable[[str, Odd], Any]
Envelopes = list[tuple[Envelope, Odd]]
ENVELOPES: tuple[Envelope, ...] = (
    *(topic, xml, queue, stream, cloud_event, cloud_message, async_record),
    *(http, http_encoded, push, batch, undecoded),
)


def in_envelopes(text: str, envelopes: Envelopes) -> str:
    for envelope, odd in envelopes:
        made = envelope(text, odd)
        text = made if isinstance(made, str) else json.dumps(made)
    return text


def timer(text: str, odd: Odd) -> str:
    fields = {"triggerTime": odd.value, "triggerName": odd.texts[0], "payload": text}
    return json.dumps({**odd.noise, **fields})


def notices(ids: list[str], make: Callable[[str], dict[str, Any]], noise: dict[str, Any]) -> str:
    return json.dumps([{**noise, **make(each)} for each in ids])


def wrapped(body: tuple[list[str], str], envelopes: Envelopes) -> tuple[list[str], str]:
    return body[0], in_envelopes(body[1], envelopes)


AROUND = st.lists(st.tuples(st.sampled_from(ENVELOPES), ODD), max_size=3)
DIRECT_BODIES = st.builds(
    lambda ids, make, noise, form: (ids, form(ids, {**noise, **make(ids)})),
    IDS,
    st.sampled_from(OBJECTS),
    NOISE,
    st.sampled_from(FORMS),
)
MESSAGES = st.one_of(
    DIRECT_BODIES,
    st.builds(
        lambda ids, make, noise: (ids, notices(ids, make, noise)),
        IDS,
        st.sampled_from(NOTICES),
        NOISE,
    ),
)
TIMERS = st.builds(lambda body, odd: (body[0], timer(body[1], odd)), DIRECT_BODIES, ODD)
EVENTS = st.builds(wrapped, st.one_of(MESSAGES, MESSAGES, TIMERS), AROUND)
"""The jobs that an event names, and its text."""
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
