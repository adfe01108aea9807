"""A batch of the queue trigger, and what the queues of failed events take."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Literal

import pytest

from local.triggers import async_destination, mns_queue_stream
from local.triggers.destination import Outcome
from mps_manifest.job_limits import MAX_ERROR, MAX_FAILED_EVENT
from mps_manifest.parsing.json_text import size_within_json
from tests.template.given import ROOT, resolved

QUEUE_BYTES = 64 * 1024
"""What a queue takes: help.aliyun.com, asynchronous invocation, size limits of destinations."""
ASYNC_BYTES = 128 * 1024
"""The largest event of an asynchronous call, by the same manual's page of limits."""
NOTIFICATIONS = sorted(
    path
    for folder in ("samples/events/messages", "samples/mps/notify")
    for path in (ROOT / "tests" / folder).rglob("*.json")
)
WORST_TEXT = '"' * MAX_ERROR
ERROR = json.dumps(
    {
        "errorMessage": WORST_TEXT,
        "errorType": "TemporarilyUnavailable",
        "stackTrace": [
            [f'File "/code/mps_manifest/workflow/module_{n}.py"', f"line {n}", "in handle", "raise"]
            for n in range(8)
        ],
    }
)


def largest() -> str:
    return max((path.read_text(encoding="utf-8") for path in NOTIFICATIONS), key=len)


def batch_size() -> int:
    (trigger,) = (one for one in resolved().triggers() if one.type == "eventbridge")
    size: int = trigger.config["runOptions"]["batchWindow"]["CountBasedWindow"]
    return size


def record(event: bytes) -> bytes:
    """Return what Function Compute sends to the failure queue."""
    return async_destination(event.decode(), Outcome(response_payload=ERROR, function_error="E"))


def test_there_are_notifications_to_measure() -> None:
    """A pattern that matches nothing would let the checks pass without checking."""
    assert len(NOTIFICATIONS) > 20
    assert "MediaWorkflowExecution" in largest()


@pytest.mark.parametrize("base64", [False, True])
@pytest.mark.parametrize("schema", ["CloudEvents", "RawData"])
def test_a_full_batch_of_the_largest_fits_either_queue(
    schema: Literal["CloudEvents", "RawData"], *, base64: bool
) -> None:
    """A failed batch that its queue refuses is dropped, whichever way it was delivered."""
    event = mns_queue_stream([largest()] * batch_size(), schema, base64=base64)
    assert len(event) <= ASYNC_BYTES
    # asynchronously: the record; synchronously: the batch itself is the dead letter
    for message in (record(event), event):
        assert len(message) <= QUEUE_BYTES
        assert len(b64encode(message)) <= QUEUE_BYTES, "a client may send Base64"


def test_of_a_full_batch_of_the_largest_no_copy_is_needed() -> None:
    """Otherwise every batch would cost two requests more."""
    event = mns_queue_stream([largest()] * batch_size())
    assert size_within_json(event) <= MAX_FAILED_EVENT


@pytest.mark.parametrize(
    "letter", [b"a", b'"', b"<", b"\\", b"\n", b"\x01", "ä".encode(), "视".encode()]
)
def test_what_is_not_copied_first_fits_the_queue(letter: bytes) -> None:
    """The limit must hold for every content, not only for that of the samples."""
    event = letter * (MAX_FAILED_EVENT // size_within_json(letter))
    assert size_within_json(event) <= MAX_FAILED_EVENT
    assert len(b64encode(record(event))) <= QUEUE_BYTES
    ascii_only = len(json.dumps(event.decode())) if letter.isascii() else len(event)
    assert ascii_only <= size_within_json(event) + 2


def test_fifty_workflow_reports_would_not_fit() -> None:
    """The batch size is what it is because of this; whoever raises it should see why."""
    event = mns_queue_stream([largest()] * 50)
    assert len(record(event)) > QUEUE_BYTES
    assert len(event) > ASYNC_BYTES
    assert Path(ROOT / "template.yml").read_text(encoding="utf-8").count("CountBasedWindow") == 1
