"""The manifest: a job and what was found of its files, as one canonical JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, cast

import orjson

from mps_manifest.answers.model import Job, Segment, State
from mps_manifest.contents.model import Beats, Captions, Media
from mps_manifest.mediatypes import declared
from mps_manifest.paths import without_queries
from mps_manifest.problems import Problem, error, note
from mps_manifest.resources import FileError, Resource, named
from mps_manifest.settings import Api, Settings
from mps_manifest.values import dataclass, replace

SCHEMA = "urn:mps-manifest:schema:manifest-1.0.json"

MAX_MANIFEST_BYTES = 64 * 1024 * 1024

Status = Literal["complete", "partial", "failed", "expired"]

_RANK = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}
BEST = 3


@dataclass(frozen=True)
class Manifest:
    """A document, its canonical bytes and its status."""

    job_id: str
    status: Status
    body: bytes
    summary: str = ""
    """What keeps it from complete, in a line."""
    look_again: bool = False

    @property
    def metadata(self) -> Mapping[str, str]:
        """The user metadata its object has."""
        return {"job-id": self.job_id, "status": self.status}


def build(job: Job, resources: Iterable[Resource], region: str) -> Manifest:
    """Build the manifest of a job that succeeded or failed."""
    files = named(resources)
    told = [*job.problems, *_outcome_problems(job, files)]
    for file in files:
        told += _file_problems(file)
    status = _status(job, told)
    document = {
        "$schema": SCHEMA,
        "name": job.job_id,
        "status": status,
        "job": _job(job, region),
        "resources": [_resource(file, region) for file in files],
        "analysis": _analysis(job, files),
        "problems": [_problem(problem) for problem in told],
        "answer": job.answer,
    }
    retryable = any(file.error and file.error.retryable for file in files)
    return Manifest(
        job.job_id,
        status,
        canonical(document),
        _summary(told),
        look_again=status == "partial" and retryable,
    )


def build_expired(job_id: str, api: Api, settings: Settings, reason: str) -> Manifest:
    """Build the manifest of a job that was not finished in time."""
    title = f"The job was not finished within {settings.job_ttl_hours:g} hours after it was seen"
    document = {
        "$schema": SCHEMA,
        "name": job_id,
        "status": "expired",
        "job": {"jobId": job_id, "api": api, "region": settings.region},
        "resources": [],
        "problems": [_problem(error("expired", title, reason))],
    }
    return Manifest(job_id, "expired", canonical(document), title)


def canonical(document: Mapping[str, Any]) -> bytes:
    """Write a document so that equal ones have equal bytes: UTF-8, sorted, newline at the end."""
    present = {key: value for key, value in document.items() if value not in (None, {})}
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(present, option=options)


def _known_status(body: bytes) -> str | None:
    try:
        status = orjson.loads(body)["status"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return status if isinstance(status, str) and status in _RANK else None


def status_of(body: bytes) -> Status:
    """Read the status of a manifest; one that somebody broke counts as the least there is."""
    return cast("Status", _known_status(body) or "expired")


def rank(body: bytes) -> int:
    """Tell how good a manifest is: of two the higher is the better, a broken one is 0."""
    return _RANK.get(_known_status(body) or "", 0)


def is_worse(status: Status, existing: bytes) -> bool:
    """Tell whether a manifest must not replace an existing one; one that is broken counts least."""
    return _RANK[status] < rank(existing)


def _status(job: Job, problems: Iterable[Problem]) -> Status:
    if job.state is State.FAILED:
        return "failed"
    return "partial" if any(p.severity == "error" for p in problems) else "complete"


def _summary(problems: Iterable[Problem]) -> str:
    faults = [p for p in problems if p.severity == "error"]
    if not faults:
        return ""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0].type}: {without_queries(faults[0].detail or faults[0].title)}{more}"


def _outcome_problems(job: Job, files: list[Resource]) -> list[Problem]:
    if job.state is State.FAILED:
        outcome = job.facts.get("result", {})
        detail = ": ".join(outcome[key] for key in ("code", "message") if key in outcome)
        return [error("job-failed", "The job failed", detail or job.state_text)]
    if job.must_list and not files:
        title = "The job succeeded, and its answer lists no file"
        return [error("nothing-listed", title, job.function_name, pointer="/Result")]
    return []


def _file_problems(file: Resource) -> Iterator[Problem]:
    pointer = "" if file.origin == "output-template" else file.origin
    told = [error(f.type, f.title, f.detail) for f in (file.error,) if f]
    told += [note(f.type, f.title, f.detail) for f in (file.inside.flaw,) if f]
    told += [finding for finding in file.inside.findings if isinstance(finding, Problem)]
    for problem in told:
        yield replace(problem, pointer=pointer, resource=file.name)


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
        kind = file.inside.type or declared(file.location.key, stored)
        fields |= {
            "path": file.location.url(region),
            "bucket": file.location.bucket,
            "key": file.location.key,
            "format": kind.format,
            "mediatype": kind.mediatype,
            "media": _media(file.inside.media),
            "hash": file.inside.digest,
        }
    else:  # a descriptor needs a path or data; what is listed is no path
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
    fields["error"] = _error(file.error or file.inside.flaw)
    return _present(fields)


def _error(fault: FileError | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {
        "type": fault.type,
        "title": fault.title,
        "detail": fault.detail or None,
        "retryable": fault.retryable,
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
    return _present(facts) or None


def _analysis(job: Job, files: list[Resource]) -> dict[str, Any]:
    names = {str(value): file.name for file in files for value in file.values}
    covers = [
        _present(
            {
                "resource": names.get(str(cover.file)),
                "score": cover.score,
                "atMs": cover.at_ms,
            }
        )
        for cover in job.covers
    ]
    segments = [
        _present({"kind": s.kind, "startMs": s.start_ms, "endMs": s.end_ms, "title": s.title})
        for s in _segments(job, files)
    ]
    captions, beats = _captions(files), _beats(files)
    quality = [dict(channel.values) for channel in job.audio_quality]
    found = {
        "covers": covers,
        "segments": segments,
        "captions": captions,
        "beats": beats,
        "audioQuality": quality,
    }
    return {key: value for key, value in found.items() if value}


def _segments(job: Job, files: list[Resource]) -> Iterable[Segment]:
    """Give the answer's segments; a file tells the same again, and counts where the answer is mute.

    Not to be added up: IMS writes choruses both into the answer and into a file.
    """
    inside = [found for file in files for found in file.inside.findings]
    return job.segments or [found for found in inside if isinstance(found, Segment)]


def _captions(files: list[Resource]) -> list[dict[str, Any]]:
    return [
        _present(
            {
                "resource": file.name,
                "language": found.language,
                "cues": found.cues,
                "firstMs": found.first_ms,
                "lastMs": found.last_ms,
            }
        )
        for file in files
        for found in file.inside.findings
        if isinstance(found, Captions)
    ]


def _beats(files: list[Resource]) -> dict[str, Any] | None:
    for file in files:
        for found in file.inside.findings:
            if isinstance(found, Beats):
                return {
                    "resource": file.name,
                    "beatsMs": list(found.beats_ms),
                    "downbeatsMs": list(found.downbeats_ms),
                }
    return None


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


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known, at every level."""
    return {
        key: _present(value) if isinstance(value, dict) else value
        for key, value in fields.items()
        if value is not None
    }
