"""Every envelope delivers every kind of body."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest

from mps_manifest.events import Item, JobRequest, Tick, Unusable, decode_event
from tests.unit.samples import ID, OTHER, encoded, items

CLOUD = {"specversion": "1.0", "id": "1", "source": "mns", "type": "mns:Queue:SendMessage"}
QUEUE = {"requestId": "R1", "messageId": "M1"}
TOPIC = {"TopicName": "jobs", "MessageId": "M2", "TopicOwner": "1", "SubscriptionName": "s"}
HTTP = {"version": "v1", "requestContext": {"http": {"method": "POST"}}}
ASYNC = {"timestamp": 1, "requestContext": {"requestId": "r", "functionArn": "acs:fc:x"}}


FOR_URLS = str.maketrans("+/", "-_")


def cloud(body: str) -> dict[str, Any]:
    return {**CLOUD, "data": {**QUEUE, "messageBody": body}}


def xml(body: str) -> str:
    """Write a message as MNS does unless told otherwise."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Notification xmlns="http://mns.aliyuncs.com/doc/v1/">\n<TopicOwner>1</TopicOwner>\n'
        "<TopicName>jobs</TopicName>\n<MessageId>M2</MessageId>\n"
        f"<Message>{escape(body)}</Message>\n<PublishTime>1449556920975</PublishTime>\n"
        "</Notification>"
    )


ENVELOPES: dict[str, Callable[[str], Any]] = {
    "queue, one CloudEvent": cloud,
    "queue, a batch of CloudEvents": lambda body: [cloud(body)],
    "queue, a batch as JSON texts": lambda body: [json.dumps(cloud(body))],
    "queue, RawData": lambda body: [{**QUEUE, "messageBody": body}],
    "queue, RawData as JSON texts": lambda body: [json.dumps({**QUEUE, "messageBody": body})],
    "topic, JSON": lambda body: {**TOPIC, "Message": body},
    "topic, JSON with attributes": lambda body: {**TOPIC, "Message": body, "kind": "v"},
    "topic, XML": xml,
    "topic, XML in a queue": lambda body: cloud(xml(body)),
    "topic, XML as Base64 in a queue": lambda body: cloud(encoded(xml(body))),
    "topic, XML with Base64": lambda body: xml(encoded(body)),
    "queue, a message as SDKs receive it": lambda body: {
        "MessageId": "M1",
        "MessageBody": body,
        "ReceiptHandle": "h",
    },
    "queue, a message as Python prints it": lambda body: {"message_id": "1", "message_body": body},
    "webhook of EventBridge": lambda body: {
        **CLOUD,
        "type": "eventbridge:Events:HTTPEvent",
        "data": {"headers": {}, "path": "/", "body": body, "httpMethod": "POST", "queryString": {}},
    },
    "RocketMQ through EventBridge": lambda body: [
        {
            **CLOUD,
            "type": "mq:Topic:SendMessage",
            "data": {"topic": "t", "systemProperties": {}, "userProperties": {}, "body": body},
        }
    ],
    "RocketMQ, RawData": lambda body: [{"topic": "t", "systemProperties": {}, "body": body}],
    "RabbitMQ through EventBridge": lambda body: [
        {
            **CLOUD,
            "type": "amqp:Queue:SendMessage",
            "data": {"envelope": {"deliveryTag": 98}, "body": body, "props": {}},
        }
    ],
    "Kafka through EventBridge, JSON texts": lambda body: [
        json.dumps(
            {
                **CLOUD,
                "type": "alikafka:Topic:Message",
                "data": {
                    "topic": "t",
                    "partition": 7,
                    "offset": 25,
                    "timestamp": 1655952591589,
                    "headers": {"headers": [], "isReadOnly": False},
                    "key": "k",
                    "value": body,
                },
            }
        )
    ],
    "topic, STREAM with attributes": lambda body: {"body": body, "attrs": {"Extend": "{}"}},
    "topic message inside a queue": lambda body: cloud(json.dumps({**TOPIC, "Message": body})),
    "Base64 topic message in a queue": lambda body: cloud(
        encoded(json.dumps({**TOPIC, "Message": encoded(body)}))
    ),
    "asynchronous destination": lambda body: {**ASYNC, "requestPayload": body},
    "asynchronous destination through EventBridge": lambda body: {
        **CLOUD,
        "data": {**ASYNC, "requestPayload": body},
    },
    "EventBridge, data is text": lambda body: {**CLOUD, "data": body},
    "Base64 in Base64 in a queue": lambda body: cloud(encoded(encoded(body))),
    "Base64 for URLs in a queue": lambda body: cloud(encoded(body).translate(FOR_URLS).rstrip("=")),
}
JOB = {"jobId": ID, "state": "Success", "type": "IProduction"}
WORKFLOW = {
    "RunId": "r",
    "Type": "Report",
    "MediaWorkflowExecution": {
        "ActivityList": [
            {"Type": "Start", "JobId": "80206293a5fe4ad08dc1fe7e7c92bcef"},
            {"Type": "IProduction", "JobId": ID},
            {"Type": "Transcode", "JobId": "462003644bcb41ff8a3bbc6617f560db"},
            {"Type": "NobodyHasHeardOf", "JobId": OTHER},
            {"Type": "Report"},
        ]
    },
}
BODIES: dict[str, tuple[str, list[str], str | None]] = {
    "notification": (json.dumps(JOB), [ID], None),
    "notification, capital keys": (json.dumps({"JobId": ID, "State": "Fail"}), [ID], None),
    "notification, both spellings": (json.dumps({**JOB, "JobId": ID, "State": "x"}), [ID], None),
    "workflow report": (json.dumps(WORKFLOW), [ID, OTHER], None),
    "answer of a submit call": (
        json.dumps({"RequestId": "r", "JobId": ID, "Result": "{}"}),
        [ID],
        None,
    ),
    "IMS event": (
        json.dumps({"EventType": "AIProduceComplete", "MessageBody": {"Job": {"JobId": ID}}}),
        [ID],
        "ims",
    ),
    "direct body": (json.dumps({"jobIds": [ID, OTHER]}), [ID, OTHER], None),
    "direct body with an API": (json.dumps({"jobId": ID, "api": "ims"}), [ID], "ims"),
    "list of IDs": (json.dumps([ID, OTHER]), [ID, OTHER], None),
    "JSON text of an ID": (json.dumps(ID), [ID], None),
    "lines of IDs": (f"{ID}\r\n\r\n {OTHER}\n", [ID, OTHER], None),
    "JSON text of lines": (json.dumps(f"{ID}\n{OTHER}"), [ID, OTHER], None),
    "JSON text of JSON text of a notification": (
        json.dumps(json.dumps(json.dumps(JOB))),
        [ID],
        None,
    ),
}


def requests(found: list[Item]) -> list[tuple[str, str | None, str]]:
    """Return the jobs; anything else fails the test."""
    return [(r.job_id, r.api, r.on_pending) for r in found if isinstance(r, JobRequest)] + [
        (repr(item), None, "") for item in found if not isinstance(item, JobRequest)
    ]


@pytest.mark.parametrize("as_sent", [str, encoded], ids=["plain", "base64"])
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_envelope_delivers_every_body(
    envelope: str, body: str, as_sent: Callable[[str], str]
) -> None:
    """Any trigger may carry any body, and a combination that fails would lose jobs."""
    text, job_ids, api = BODIES[body]
    if as_sent is encoded and "Base64" in envelope:
        text = json.dumps(text)  # once is all that the services encode
        as_sent = str
    found = items(ENVELOPES[envelope](as_sent(text)))
    assert requests(found) == [(job_id, api, "park") for job_id in job_ids]


@pytest.mark.parametrize("body", [name for name in BODIES if "IMS" not in name])
@pytest.mark.parametrize("base64", [False, True])
def test_an_http_request_carries_a_body_given_by_a_caller(body: str, *, base64: bool) -> None:
    """A caller gets the answer, but a forwarded notification has nobody to ask again."""
    text, job_ids, api = BODIES[body]
    event = {**HTTP, "body": encoded(text) if base64 else text, "isBase64Encoded": base64}
    delivered = "notification" in body or "report" in body
    wait = "park" if delivered else "return"
    assert requests(items(event)) == [(job_id, api, wait) for job_id in job_ids]


@pytest.mark.parametrize("given", ["true", "false", "True", True, False, None])
def test_a_request_says_whether_its_body_is_base64(given: object) -> None:
    """Gateways write that as a text, too."""
    text = encoded(ID) if str(given).lower() == "true" else ID
    assert requests(items({**HTTP, "body": text, "isBase64Encoded": given})) == [
        (ID, None, "return")
    ]


@pytest.mark.parametrize("body", [{"jobId": ID}, [ID], [{"jobId": ID}]])
def test_the_body_of_a_request_may_be_decoded_already(body: object) -> None:
    """EventBridge and SDKs decode JSON on the way."""
    assert requests(items({**HTTP, "body": body})) == [(ID, None, "return")]


@pytest.mark.parametrize("body", [None, "", {}])
def test_a_request_without_a_body_asks_for_nothing(body: object) -> None:
    """Health checks come from everywhere."""
    assert items({**HTTP, "body": body}) == []


def test_a_request_of_an_api_gateway_is_one_of_http() -> None:
    """Its caller wants an answer of HTTP, too."""
    event = {
        "path": "/jobs",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "queryParameters": {},
        "pathParameters": {},
        "body": encoded(json.dumps({"jobId": ID})),
        "isBase64Encoded": True,
    }
    decoded = decode_event(json.dumps(event).encode())
    assert decoded.http
    assert requests(list(decoded.items)) == [(ID, None, "return")]


def test_the_answer_of_a_submit_call_is_read_as_sdks_print_it() -> None:
    """With the headers and the status of HTTP around it."""
    answer = {"RequestId": "r", "JobId": ID}
    event = {"headers": {"date": "x"}, "statusCode": 200, "body": answer}
    assert requests(items(event)) == [(ID, None, "return")]


@pytest.mark.parametrize(
    "event",
    [
        {"value": [ID, OTHER], "Count": 2},
        {"value": [{"jobId": ID}, {"jobId": OTHER}], "Count": 2},
        {"jobIds": {"value": [ID, OTHER], "Count": 2}},
        {"jobs": {"value": [{"jobId": ID}, {"jobId": OTHER}], "Count": 2}},
    ],
)
def test_a_list_is_read_as_powershell_writes_it(event: dict[str, Any]) -> None:
    """ConvertTo-Json of Windows PowerShell wraps lists in lists in an object."""
    assert requests(items(event)) == [(ID, None, "return"), (OTHER, None, "return")]


@pytest.mark.parametrize("body", [name for name in BODIES if "IMS" not in name])
def test_a_body_without_an_envelope_is_read_too(body: str) -> None:
    """A call, CloudFlow, and an MNS topic in STREAM form look alike."""
    text, job_ids, api = BODIES[body]
    delivered = "notification" in body or "report" in body
    wait = "park" if delivered else "return"
    assert requests(items(text)) == [(job_id, api, wait) for job_id in job_ids]


def test_one_bad_message_of_a_batch_leaves_the_others_alone() -> None:
    """The unusable piece is the message, not the batch."""
    batch = [cloud(json.dumps(JOB)), cloud("hello"), cloud(OTHER)]
    first, second, third = items(batch)
    assert isinstance(first, JobRequest)
    assert isinstance(third, JobRequest)
    assert (first.job_id, third.job_id) == (ID, OTHER)
    assert isinstance(second, Unusable)
    assert second.payload == "hello"


def test_envelopes_in_envelopes_end_somewhere() -> None:
    """An event that wraps itself again and again is refused, not followed."""
    body: Any = {"jobId": ID, "state": "x"}
    for _ in range(30):
        body = {**TOPIC, "Message": body}
    [item] = items(body)
    assert isinstance(item, Unusable)
    assert "nested" in item.reason


@pytest.mark.parametrize("content", ["", "  \n", "\ufeff", "[]", '""'])
def test_an_envelope_around_nothing_asks_for_nothing(content: str) -> None:
    """An asynchronous call without a payload is no job, and nothing to keep either."""
    assert items({**ASYNC, "requestPayload": content}) == []


@pytest.mark.parametrize("content", [None, 5, True])
def test_an_envelope_around_what_is_no_payload_is_kept(content: object) -> None:
    """Payloads are texts: what else stands there is of a form that nobody has described."""
    [piece] = items({**ASYNC, "requestPayload": content})
    assert isinstance(piece, Unusable)
    assert piece.payload == json.dumps(content)
    assert piece.origin == "async destination"
    assert "no content" in piece.reason


def test_a_schedule_of_eventbridge_is_a_timer() -> None:
    """It names no jobs, and the backlog that is due is worked off."""
    data = {"TimeZone": "GMT+8:00", "Schedule": "0 */10 * * * *"}
    event = {**CLOUD, "type": "eventbridge:Events:ScheduledEvent", "data": data}
    assert items(event) == [Tick()]


@pytest.mark.parametrize(
    ("source", "api"), [("acs.ice", "ims"), ("acs.ims", "ims"), ("acs.mts", None)]
)
def test_an_event_of_ims_by_its_source_is_asked_of_ims(source: str, api: str | None) -> None:
    """The other API does not know the job and would have it rejected."""
    [item] = items({**CLOUD, "source": source, "data": {"JobId": ID, "Status": "Success"}})
    assert isinstance(item, JobRequest)
    assert item.api == api
