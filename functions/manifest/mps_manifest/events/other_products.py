"""Recognize notifications of other products, which are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mps_manifest.parsing.spelling import by_plain_key, plain_key

# MPS, in any case: notifications (facts/mps.md section 6), then activities of workflows. Two more
# of those are asked for, as a production job may be behind them: Cover and Summary
_TYPES = {
    "transcode",
    "snapshot",
    "analysis",
    "mediainfo",
    "smarttag",
    "start",
    "report",
    "audiogroup",
    "censor",
    "fpshot",
    "generatemasterplaylist",
    "packageconfig",
    "screenshot",
    "subtitlegroup",
    "uploadverify",
    "videogroup",
}
# IMS (its event list) and ApsaraVideo VOD (its event types), in any case
_EVENT_TYPES = {
    name.lower()
    for name in (
        "AddLiveRecordVideoComplete",
        "AIComplete",
        "AIMediaAuditComplete",
        "AIMediaDNAComplete",
        "AIVideoTagComplete",
        "AttachedMediaUploadComplete",
        "BatchProduceMediaComplete",
        "CreateAuditComplete",
        "DeleteMediaComplete",
        "DynamicImageComplete",
        "FileUploadComplete",
        "ImageDeleteComplete",
        "ImageUploadComplete",
        "LiveRecordFileCreated",
        "LiveRecordTaskStatus",
        "LiveRecordVideoComposeStart",
        "LiveSnapshotFileCreated",
        "MediaAIAnalysisComplete",
        "MediaBaseChangeComplete",
        "MediaConvertComplete",
        "MediaConvertOutputComplete",
        "MediaConvertOutputGroupComplete",
        "ProduceMediaComplete",
        "RegisterMediaComplete",
        "RegisterStreamComplete",
        "RestoreMediaComplete",
        "SnapshotComplete",
        "StreamTranscodeComplete",
        "StreamUploadComplete",
        "SubmitMediaRefreshComplete",
        "TranscodeComplete",
        "TranscodeParentComplete",
        "UpdateMediaStorageClassComplete",
        "UploadByURLComplete",
        "UploadStreamByURLComplete",
        "VideoAnalysisComplete",
        "WorkflowTaskComplete",
    )
}
_OWN_EVENTS = "mps-manifest.manifest."
_OUTCOME_KEYS = {"jobid", "state", "status", "runid", "requestid"}
_ASKED_FOR = {"jobids", "jobs", "tasktoken", "onpending", "api"}
_LONGEST = 64


def is_own_announcement(body: Mapping[str, Any]) -> bool:
    """Return whether an object is what this function says of its manifests, come back to it.

    Somebody may announce on the topic of the jobs; then it is no news.
    """
    kind = body.get("type")
    return "specversion" in body and isinstance(kind, str) and kind.startswith(_OWN_EVENTS)


def is_of_other_product(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a notification about a job of another kind.

    Both spellings of `Type` must say so; a direct body that says what it wants is none.
    """
    keys = {plain_key(key) for key in body}
    if "type" not in keys or not keys & _OUTCOME_KEYS or keys & _ASKED_FOR:
        return False
    return has_other_type(body)


def has_other_type(body: Mapping[str, Any]) -> bool:
    """Return whether the `Type` of a notification or an activity is one of another product."""
    types = [value for key, value in body.items() if plain_key(key) == "type"]
    return bool(types) and all(_is_in(_TYPES, value) for value in types)


def is_event_of_other_product(body: Mapping[str, Any]) -> bool:
    """Return whether an object is an event of IMS or VOD that is known, but of no production job.

    Those of VOD are flat: they have no `MessageBody`.
    """
    return _is_in(_EVENT_TYPES, by_plain_key(body).get("eventtype"))


def is_event_without_job(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a flat event of an unknown type that names no job.

    One about production is not: somebody must look which job it is about.
    """
    fields = by_plain_key(body)
    kind = fields.get("eventtype")
    return isinstance(kind, str) and "eventtime" in fields and not is_about_production(kind)


def is_about_production(event_type: str) -> bool:
    """Return whether the type of an event of IMS says that it is about a production job."""
    return event_type[:_LONGEST].strip().lower().startswith("aiproduce")


def _is_in(names: set[str], value: object) -> bool:
    return isinstance(value, str) and value[:_LONGEST].strip().lower() in names
