"""Build the manifest: a job and its files as one canonical JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast

import orjson

from mps_manifest.files.media_types import declared_type
from mps_manifest.files.resources import FileError, Resource, with_unique_names
from mps_manifest.formats.findings import Media
from mps_manifest.jobs.job import Job, State
from mps_manifest.manifests.analysis import analysis, present
from mps_manifest.parsing.canonical_json import canonical_document
from mps_manifest.parsing.redaction import without_queries
from mps_manifest.problems import Problem, error, note
from mps_manifest.settings import Api, Settings

SCHEMA = "urn:mps-manifest:schema:manifest-1.0.json"

MAX_MANIFEST_BYTES = 64 * 1024 * 1024

ManifestStatus = Literal["complete", "partial", "failed", "expired"]

_RANK = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}
BEST = 3


class Manifest(NamedTuple):
    """A document, its canonical bytes and its status."""

    job_id: str
    status: ManifestStatus
    body: bytes
    summary: str = ""
    """One line on what keeps the job from `complete`."""
    look_again: bool = False

    @property
    def metadata(self) -> Mapping[str, str]:
        """The user metadata of the manifest's object."""
        return {"job-id": self.job_id, "status": self.status}


def build_manifest(job: Job, resources: Iterable[Resource], region: str) -> Manifest:
    """Build the manifest of a job that succeeded or failed."""
    files = with_unique_names(resources)
    problems = [*job.problems, *_outcome_problems(job, files)]
    for file in files:
        problems += _file_problems(file)
    status = _status(job, problems)
    document = {
        "$schema": SCHEMA,
        "name": job.job_id,
        "status": status,
        "job": _job(job, region),
        "resources": [_resource(file, region) for file in files],
        "analysis": analysis(job, files),
        "problems": [_problem(problem) for problem in problems],
        "answer": job.answer,
    }
    retryable = any(file.error and file.error.retryable for file in files)
    return Manifest(
        job.job_id,
        status,
        canonical_document(document),
        _summary(problems),
        look_again=status == "partial" and retryable,
    )


def build_expired_manifest(job_id: str, api: Api, settings: Settings, reason: str) -> Manifest:
    """Build the manifest of a job that did not finish in time."""
    title = f"The job did not finish within {settings.job_ttl_hours:g} hours of first being seen"
    document = {
        "$schema": SCHEMA,
        "name": job_id,
        "status": "expired",
        "job": {"jobId": job_id, "api": api, "region": settings.region},
        "resources": [],
        "problems": [_problem(error("expired", title, reason))],
    }
    return Manifest(job_id, "expired", canonical_document(document), title)


def known_status(value: object) -> ManifestStatus | None:
    """Return a value as a status; None where it is not one."""
    return cast("ManifestStatus", value) if isinstance(value, str) and value in _RANK else None


def status_of(body: bytes) -> ManifestStatus:
    """Return the status in a manifest's body; the lowest one where the body is broken."""
    return _status_in(body) or "expired"


def rank(body: bytes) -> int:
    """Return the rank of a manifest: higher is better, a broken one has 0."""
    return _RANK.get(_status_in(body) or "", 0)


def is_worse(status: ManifestStatus, existing: bytes) -> bool:
    """Return whether a manifest of this status must not replace an existing one."""
    return _RANK[status] < rank(existing)


def _status_in(body: bytes) -> ManifestStatus | None:
    try:
        return known_status(orjson.loads(body)["status"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _status(job: Job, problems: Iterable[Problem]) -> ManifestStatus:
    if job.state is State.FAILED:
        return "failed"
    return "partial" if any(p.severity == "error" for p in problems) else "complete"


def _summary(problems: Iterable[Problem]) -> str:
    errors = [p for p in problems if p.severity == "error"]
    if not errors:
        return ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{errors[0].type}: {without_queries(errors[0].detail or errors[0].title)}{more}"


def _outcome_problems(job: Job, files: list[Resource]) -> list[Problem]:
    if job.state is State.FAILED:
        outcome = job.facts.get("result", {})
        detail = ": ".join(outcome[key] for key in ("code", "message") if key in outcome)
        return [error("job-failed", "The job failed", detail or job.state_text)]
    if job.requires_files and not files:
        title = "The job succeeded, but its answer lists no files"
        return [error("nothing-listed", title, job.function_name, pointer="/Result")]
    return []


def _file_problems(file: Resource) -> Iterator[Problem]:
    pointer = "" if file.origin == "output-template" else file.origin
    problems = [error(f.type, f.title, f.detail) for f in (file.error,) if f]
    problems += [note(f.type, f.title, f.detail) for f in (file.inspection.content_error,) if f]
    problems += [finding for finding in file.inspection.findings if isinstance(finding, Problem)]
    for problem in problems:
        yield problem._replace(pointer=pointer, resource=file.name)


def _job(job: Job, region: str) -> dict[str, Any]:
    return {"jobId": job.job_id, "api": job.api, "region": region, **job.facts}


def _resource(file: Resource, region: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": file.name,
        "roles": list(file.roles),
        "status": file.status,
        "origin": file.origin,
    }
    if file.location:
        stored = file.facts.content_type if file.facts else None
        kind = file.inspection.type or declared_type(file.location.key, stored)
        fields |= {
            "path": file.location.url(region),
            "bucket": file.location.bucket,
            "key": file.location.key,
            "format": kind.format,
            "mediatype": kind.mediatype,
            "media": _media(file.inspection.media),
            "hash": file.inspection.digest,
        }
    else:  # a descriptor needs a path or data, and this value is not a path
        value = file.values[0]
        fields["data"] = without_queries(value) if isinstance(value, str) else str(value)
    if file.facts:
        fields |= {
            "bytes": file.facts.bytes,
            "etag": file.facts.etag,
            "crc64ecma": file.facts.crc64ecma,
            "lastModified": file.facts.last_modified,
            "versionId": file.facts.version_id,
        }
    fields["error"] = _error(file.error or file.inspection.content_error)
    return present(fields)


def _error(error: FileError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "type": error.type,
        "title": error.title,
        "detail": error.detail or None,
        "retryable": error.retryable,
    }


def _media(media: Media | None) -> dict[str, Any] | None:
    if media is None:
        return None
    facts = {
        "durationInMs": media.duration_ms,
        "widthInPx": media.width_px,
        "heightInPx": media.height_px,
        "frameRate": media.frame_rate,
        "videoCodec": media.video_codec,
        "audioCodec": media.audio_codec,
        "sampleRate": media.sample_rate,
        "channels": media.channels,
    }
    return present(facts) or None


def _problem(problem: Problem) -> dict[str, Any]:
    fields = {
        "severity": problem.severity,
        "type": problem.type,
        "title": problem.title,
        "detail": without_queries(problem.detail),
        "pointer": problem.pointer,
        "resource": problem.resource,
    }
    return {key: value for key, value in fields.items() if value}
