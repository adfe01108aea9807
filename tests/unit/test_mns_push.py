"""Messages of MNS topics as XML, and pushed by HTTP."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest

from mps_manifest.errors import InvalidEvent, Unreachable
from mps_manifest.events import Item, JobRequest, Unusable, decode_event
from tests.fakes import Call
from tests.unit.samples import ID, encoded, files_answer, items, mps_answer
from tests.unit.world import World

XML = '<Notification xmlns="http://mns.aliyuncs.com/doc/v1/">{}<Message>{}</Message></Notification>'


def pushed(body: str, header: str = "X-Mns-Version", *, base64: bool = False) -> dict[str, Any]:
    """Make the HTTP request with which MNS pushes a message."""
    return {
        "version": "v1",
        "headers": {"Content-Type": "text/xml", header: "2015-06-06"},
        "requestContext": {"http": {"method": "POST"}},
        "body": encoded(body) if base64 else body,
        "isBase64Encoded": base64,
    }


def named(found: list[Item]) -> list[str]:
    return [item.job_id for item in found if isinstance(item, JobRequest)]


# --- XML -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        XML.format("", ID),
        XML.format("", f"<![CDATA[{ID}]]>"),
        XML.format("", escape(json.dumps({"jobId": ID}))),
        XML.format("", encoded(json.dumps({"jobId": ID}))),
        XML.format("<!-- <!DOCTYPE a> --><TopicName>t</TopicName>", ID),
        '<?xml version="1.0" encoding="gbk"?>' + XML.format("", ID),
        "\ufeff \n" + XML.format("", ID),
        f"<m:Notification xmlns:m='x'><m:Message>{ID}</m:Message></m:Notification>",
        XML.format("", ID).replace("</Message>", "</Message><Message>other</Message>"),
        XML.format("", f"&#56;{ID[1:]}"),
        f"<Message xmlns='x'><MessageId>m</MessageId><MessageBody>{ID}</MessageBody></Message>",
        f"<Message><MessageBody>{encoded(ID)}</MessageBody><DelaySeconds>2</DelaySeconds></Message>",
    ],
)
def test_a_message_in_xml_is_read(text: str) -> None:
    """XML is what MNS sends unless somebody chose another form."""
    assert named(items(text)) == [ID]
    assert named(items([{"messageBody": text}])) == [ID]


HOSTILE = {
    "document type": "<!DOCTYPE Notification>" + XML.format("", ID),
    "document type after a long comment": f"<!--{'x' * 200_000}--><!DOCTYPE a [<!ENTITY b '{ID}'>]>"
    + XML.format("", "&b;"),
    "entity of a file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    + XML.format("", "&b;"),
    "many laughs": "<!DOCTYPE a [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
    + XML.format("", "&a9;"),
    "unknown entity": XML.format("", "&b;"),
    "depth": XML.format("", "<a>" * 50 + ID + "</a>" * 50),
    "great depth": XML.format("", "<a>" * 200_000),
    "no end": XML.format("", ID)[:-3],
    "two roots": XML.format("", ID) * 2,
    "another root": f"<Message>{ID}</Message>",
    "no body": "<Message><MessageId>m</MessageId></Message>",
    "no message": "<Notification><TopicName>t</TopicName></Notification>",
    "not characters of XML": XML.format("", f"{ID}\x01"),
    "HTML": f"<html><body>{ID}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_other_xml_is_kept_and_nothing_of_it_is_resolved(kind: str) -> None:
    """Document types and entities can read files and fill the memory."""
    [piece] = items([{"messageBody": HOSTILE[kind]}])
    assert isinstance(piece, Unusable)
    assert piece.payload == HOSTILE[kind]


def test_the_time_of_a_message_in_xml_counts() -> None:
    """The metric of how long a manifest takes begins there."""
    text = XML.format("<PublishTime>1449556920975</PublishTime>", ID)
    [request] = items(text)
    assert isinstance(request, JobRequest)
    assert request.event_time == 1449556920.975


# --- HTTP ------------------------------------------------------------------------------------

FORMS = {
    "XML": XML.format("", ID),
    "XML, Base64 inside": XML.format("", encoded(ID)),
    "JSON": json.dumps({"TopicName": "t", "Message": ID}),
    "simplified": json.dumps({"jobId": ID}),
    "simplified, Base64": encoded(ID),
}


@pytest.mark.parametrize("base64", [False, True])
@pytest.mark.parametrize("header", ["x-mns-version", "X-Mns-Version", "X-MNS-VERSION"])
@pytest.mark.parametrize("form", FORMS)
def test_a_push_is_a_delivery_and_is_answered_204(form: str, header: str, *, base64: bool) -> None:
    """MNS sends a message again for every other answer, and nobody reads a pending one."""
    world = World()
    world.api.otherwise = mps_answer(State="Queuing", Result=None)
    assert world.give(pushed(FORMS[form], header, base64=base64)) == {
        "statusCode": 204,
        "headers": {},
        "body": "",
    }
    assert [entry["jobId"] for entry in world.parked()] == [ID]


@pytest.mark.parametrize("body", ["", "hello", '{"jobId": 5}', json.dumps({"Type": "Transcode"})])
def test_a_push_that_cannot_be_used_is_answered_204_too(body: str) -> None:
    """It would be the same the next time; what is unusable is in the quarantine."""
    world = World()
    assert world.give(pushed(body))["statusCode"] == 204


def test_a_push_that_can_be_kept_nowhere_is_answered_503() -> None:
    """MNS must send it again."""
    world = World()

    def fail(call: Call) -> None:
        if call.operation == "write":
            raise Unreachable("the store is down")

    world.store.fault = fail
    answer = world.give(pushed(ID))
    assert answer["statusCode"] == 503


def test_other_requests_are_still_answered_with_what_became_of_the_job() -> None:
    """A caller of HTTP wants to know, and can correct a body."""
    world = World()
    world.store.put("c/a.srt")
    world.api.say(ID, files_answer("c/a.srt"))
    answer = world.give(pushed(json.dumps({"jobId": ID}), "X-Other"))
    assert answer["statusCode"] == 200
    with pytest.raises(InvalidEvent):
        list(decode_event(json.dumps(pushed('{"jobId": 5}', "X-Other")).encode()).items)


@pytest.mark.parametrize("headers", [None, [], "x-mns-version", {}, {"x-mns-version2": "1"}])
def test_headers_of_any_form_do_no_harm(headers: object) -> None:
    """Gateways write them in many ways, and strangers in any."""
    event = {**pushed(ID), "headers": headers}
    decoded = decode_event(json.dumps(event).encode())
    assert not decoded.mns_push
    assert named(list(decoded.items)) == [ID]
