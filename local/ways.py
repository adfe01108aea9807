"""Every way a job ID can arrive at the function: one real event of each trigger kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle

from local.catalogue import SampleJob
from local.client import CloudClient
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
    oss_eventbridge,
    oss_native,
    oss_notification_in_mns,
    timer,
    workflow_report,
)

TICKET_PREFIX = "jobs/"


@dataclass(frozen=True)
class Way:
    """One trigger kind; a ticket of the job is in the bucket before `event` is built."""

    name: str
    event: Callable[[SampleJob, OssRecord], bytes]
    ticket: bool = False
    api: str = ""
    """Which API's jobs can come this way; any where empty."""


def _direct(job: SampleJob) -> str:
    return json.dumps({"jobs": [{"jobId": job.job_id, "api": job.api}]})


def _message(job: SampleJob) -> str:
    if job.api == "ims":
        return ims_event(job.job_id)
    state = json.loads(job.answer).get("State", "Success")
    return iproduction_notification(job.job_id, job.algorithm, state)


WAYS: tuple[Way, ...] = (
    Way("OSS upload", lambda _job, ticket: oss_native([ticket]), ticket=True),
    Way("OSS via EventBridge", lambda _job, ticket: oss_eventbridge(ticket), ticket=True),
    Way(
        "OSS via EventBridge, raw",
        lambda _job, ticket: oss_eventbridge(ticket, "RawData"),
        ticket=True,
    ),
    Way(
        "OSS notification in MNS",
        lambda _job, ticket: mns_topic_json(oss_notification_in_mns([ticket])),
        ticket=True,
    ),
    Way("MNS topic, JSON", lambda job, _: mns_topic_json(_message(job))),
    Way("MNS topic, stream", lambda job, _: mns_topic_stream(_message(job))),
    Way("MNS topic, attributes", lambda job, _: mns_topic_stream(_message(job), {"k": "v"})),
    Way("MNS queue, batch", lambda job, _: mns_queue_stream([_message(job)])),
    Way("MNS queue, raw", lambda job, _: mns_queue_stream([_message(job)], "RawData")),
    Way("MNS queue, Base64", lambda job, _: mns_queue_stream([_message(job)], base64=True)),
    Way(
        "MNS queue, JSON texts",
        lambda job, _: mns_queue_stream([_message(job)], elements_as_text=True),
    ),
    Way("MNS queue, one event", lambda job, _: mns_queue_event(_message(job))),
    Way("workflow report", lambda job, _: mns_topic_json(workflow_report([job.job_id])), api="mps"),
    Way(
        "EventBridge rule",
        lambda job, _: eventbridge(json.loads(_direct(job)), "my.app", "my:Job:Done"),
    ),
    Way("timer with payload", lambda job, _: timer(_direct(job))),
    Way("CloudFlow step", lambda job, _: cloudflow(_direct(job))),
    Way("direct call", lambda job, _: _direct(job).encode()),
    Way("HTTP", lambda job, _: http_post(_direct(job))),
    Way("async destination", lambda job, _: async_destination(_direct(job))),
    Way(
        "async dest. EventBridge",
        lambda job, _: async_destination_eventbridge(_direct(job)),
    ),
)


def assign(jobs: Iterable[SampleJob]) -> Iterator[tuple[SampleJob, Way]]:
    """Give every job a way, so that all ways are used before one is used again."""
    waiting = cycle(WAYS)
    for job in jobs:
        yield job, next(way for way in waiting if way.api in {"", job.api})


def put_ticket(cloud: CloudClient, bucket: str, job: SampleJob) -> OssRecord:
    """Upload the job's ticket, as a user would, and tell of it as OSS does."""
    key, body = f"{TICKET_PREFIX}{job.name}.json", _direct(job).encode()
    etag = cloud.put_object(bucket, key, body, "application/json")
    return OssRecord(bucket, key, len(body), etag.strip('"'), content_type="application/json")


def event_for(cloud: CloudClient, bucket: str, job: SampleJob, way: Way) -> bytes:
    """Build the event that brings a job this way."""
    ticket = put_ticket(cloud, bucket, job) if way.ticket else OssRecord(bucket, "")
    return way.event(job, ticket)
