"""Every kind of trigger: how a job ID reaches the function, with a real event of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle

from local.client import CloudClient
from local.sample_jobs import SampleJob
from local.triggers import (
    OssRecord,
    async_destination,
    async_destination_eventbridge,
    cloudflow,
    eventbridge,
    http_post,
    ims_event,
    iproduction_notification,
    mns_queue_event,
    mns_queue_stream,
    mns_topic_json,
    mns_topic_stream,
    mns_topic_xml,
    oss_eventbridge,
    oss_native,
    oss_notification_in_mns,
    timer,
    workflow_report,
)

TICKET_PREFIX = "jobs/"


@dataclass(frozen=True)
class TriggerKind:
    """A kind of trigger; with `ticket`, the job's ticket is uploaded before `event` is built."""

    name: str
    event: Callable[[SampleJob, OssRecord], bytes]
    ticket: bool = False
    api: str = ""
    """The API whose jobs it can carry; empty means both."""


def _direct(job: SampleJob) -> str:
    return json.dumps({"jobs": [{"jobId": job.job_id, "api": job.api}]})


def _message(job: SampleJob) -> str:
    if job.api == "ims":
        return ims_event(job.job_id)
    state = json.loads(job.answer).get("State", "Success")
    return iproduction_notification(job.job_id, job.algorithm, state)


TRIGGER_KINDS: tuple[TriggerKind, ...] = (
    TriggerKind("OSS upload", lambda _job, ticket: oss_native([ticket]), ticket=True),
    TriggerKind("OSS via EventBridge", lambda _job, ticket: oss_eventbridge(ticket), ticket=True),
    TriggerKind(
        "OSS via EventBridge, raw",
        lambda _job, ticket: oss_eventbridge(ticket, "RawData"),
        ticket=True,
    ),
    TriggerKind(
        "OSS notification in MNS",
        lambda _job, ticket: mns_topic_json(oss_notification_in_mns([ticket])),
        ticket=True,
    ),
    TriggerKind("MNS topic, JSON", lambda job, _: mns_topic_json(_message(job))),
    TriggerKind("MNS topic, stream", lambda job, _: mns_topic_stream(_message(job))),
    TriggerKind(
        "MNS topic, attributes", lambda job, _: mns_topic_stream(_message(job), {"k": "v"})
    ),
    TriggerKind("MNS queue, batch", lambda job, _: mns_queue_stream([_message(job)])),
    TriggerKind("MNS queue, raw", lambda job, _: mns_queue_stream([_message(job)], "RawData")),
    TriggerKind("MNS queue, Base64", lambda job, _: mns_queue_stream([_message(job)], base64=True)),
    TriggerKind(
        "MNS queue, JSON texts",
        lambda job, _: mns_queue_stream([_message(job)], elements_as_text=True),
    ),
    TriggerKind(
        "MNS topic to queue, XML", lambda job, _: mns_queue_stream([mns_topic_xml(_message(job))])
    ),
    TriggerKind("MNS queue, one event", lambda job, _: mns_queue_event(_message(job))),
    TriggerKind(
        "workflow report",
        lambda job, _: mns_topic_json(workflow_report([job.job_id], kind="IProduction")),
        api="mps",
    ),
    TriggerKind(
        "EventBridge rule",
        lambda job, _: eventbridge(json.loads(_direct(job)), "my.app", "my:Job:Done"),
    ),
    TriggerKind("timer with payload", lambda job, _: timer(_direct(job))),
    TriggerKind("CloudFlow step", lambda job, _: cloudflow(_direct(job))),
    TriggerKind("direct call", lambda job, _: _direct(job).encode()),
    TriggerKind("HTTP", lambda job, _: http_post(_direct(job))),
    TriggerKind("async destination", lambda job, _: async_destination(_direct(job))),
    TriggerKind(
        "async dest. EventBridge",
        lambda job, _: async_destination_eventbridge(_direct(job)),
    ),
)


def assign_trigger_kinds(jobs: Iterable[SampleJob]) -> Iterator[tuple[SampleJob, TriggerKind]]:
    """Yield each job with a trigger kind; all kinds are used before one is used again."""
    kinds = cycle(TRIGGER_KINDS)
    for job in jobs:
        yield job, next(kind for kind in kinds if kind.api in {"", job.api})


def put_ticket(cloud: CloudClient, bucket: str, job: SampleJob) -> OssRecord:
    """Upload the job's ticket, and return the record of OSS's event."""
    key, body = f"{TICKET_PREFIX}{job.name}.json", _direct(job).encode()
    etag = cloud.put_object(bucket, key, body, "application/json")
    return OssRecord(bucket, key, len(body), etag.strip('"'), content_type="application/json")


def build_event(cloud: CloudClient, bucket: str, job: SampleJob, kind: TriggerKind) -> bytes:
    """Build the event of this kind for a job."""
    ticket = put_ticket(cloud, bucket, job) if kind.ticket else OssRecord(bucket, "")
    return kind.event(job, ticket)
