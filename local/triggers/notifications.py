"""Notifications that MPS and IMS send when a job ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.triggers.origin import HERE, Origin, encode_text, identifier

SUCCESS = "Success"


def iproduction_notification(
    job_id: str, function_name: str, state: str = SUCCESS, user_data: str | None = None
) -> str:
    """Build the notification of a smart-production job, which has no result; `Fail` is inferred."""
    succeeded = state == SUCCESS
    notification: dict[str, Any] = {
        "Code": SUCCESS if succeeded else "InternalError",
        "Details": [],
        "FunctionName": function_name,
        "JobId": job_id,
        "Message": "success" if succeeded else "The job failed.",
        "State": state,
        "Type": "IProduction",
    }
    if user_data is not None:
        notification["UserData"] = user_data
    return encode_text(notification)


def mps_job_notification(
    job_id: str, kind: str = "Transcode", state: str = SUCCESS, error: tuple[str, str] | None = None
) -> str:
    """Build the notification of any other MPS job; keys have both spellings.

    `error` is the code and the message of a failed job.
    """
    request_id = _uuid("request", job_id)
    notification = {
        "jobId": job_id,
        "requestId": request_id,
        "Type": kind,
        "state": state,
        "type": kind,
        "State": state,
        "JobId": job_id,
        "RequestId": request_id,
    }
    if error is not None:
        notification["code"], notification["msg"] = error
    return encode_text(notification)


def mps_job_legacy(job_id: str, kind: str = "Transcode", state: str = SUCCESS) -> str:
    """Build the notification of an MPS job in the form of 2015."""
    return encode_text({"jobId": job_id, "state": state, "type": kind})


def smart_production_callback(
    job_id: str, files: Sequence[str] = ("production/result.mp4",)
) -> str:
    """Build the older callback, without state and type; the result is a JSON string."""
    result = {
        "Message": "The job is completed successfully",
        "Data": {"result": [{"file": file} for file in files]},
        "Code": SUCCESS,
    }
    return encode_text(
        {"jobId": job_id, "requestId": _uuid("callback", job_id), "result": encode_text(result)}
    )


def workflow_report(
    job_ids: Sequence[str],
    *,
    run_id: str = "8f8aba5a62ab4127ae2add18da20b0f2",
    state: str = SUCCESS,
    kind: str = "Transcode",
) -> str:
    """Build the report of a media workflow: one activity per job between Start and Report."""
    kinds = ["Start", *(kind for _ in job_ids), "Report"]
    jobs = [None, *job_ids, None]
    activities = [
        _activity(run_id, number, kind, job_id)
        for number, (kind, job_id) in enumerate(zip(kinds, jobs, strict=True), start=1)
    ]
    execution = {
        "Name": "ConcurrentSuccess",
        "RunId": run_id,
        "Input": {
            "InputFile": {
                "Bucket": "media-uploads",
                "Location": "oss-cn-shanghai",
                "Object": "workflow/01.wmv",
            },
            "UserData": "test",
        },
        "State": state,
        "MediaId": identifier("media", run_id).lower(),
        "ActivityList": activities,
        "CreationTime": "2026-01-15T08: 29: 30Z",
    }
    last = activities[-1]["Name"]
    report = {"RunId": run_id, "Name": last, "Type": "Report", "State": state}
    return encode_text({**report, "MediaWorkflowExecution": execution})


def _activity(run_id: str, number: int, kind: str, job_id: str | None) -> dict[str, str]:
    """Build an activity; its times contain blanks, as in the manual."""
    job = {"JobId": job_id} if job_id else {}
    return {
        "RunId": run_id,
        "Name": f"Act-{number}",
        "Type": kind,
        **job,
        "State": SUCCESS,
        "StartTime": "2026-01-15T08: 29: 31Z",
        "EndTime": "2026-01-15T08: 29: 47Z",
    }


def ims_event(job_id: str, state: str = SUCCESS, origin: Origin = HERE) -> str:
    """Build the event of an IMS job: the envelope is documented, the body is inferred."""
    return encode_text(
        {
            "EventType": "AIProduceComplete",
            "UserId": int(origin.account_id),
            "EventTime": origin.seconds,
            "MessageBody": {"JobId": job_id, "Status": state},
        }
    )


def _uuid(*parts: str) -> str:
    """Return an upper-case UUID that is the same for the same parts."""
    text = identifier(*parts)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
