"""Build the manifest: a job and its files as one canonical JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mps_manifest.files.labels import with_labels
from mps_manifest.files.media_types import declared_type
from mps_manifest.files.resources import FileError, Resource, with_unique_names
from mps_manifest.formats.findings import Media
from mps_manifest.job_limits import (
    MAX_ANSWER_BYTES,
    MAX_DETAIL,
    MAX_FILES,
    MAX_FINDINGS,
    MAX_MANIFEST_BYTES,
    MAX_TEXT,
)
from mps_manifest.jobs.answer import state_of
from mps_manifest.jobs.job import Job, State
from mps_manifest.manifests.analysis import analysis, present
from mps_manifest.manifests.ranking import Manifest, ManifestStatus
from mps_manifest.manifests.search_metadata import metadata_of, metadata_of_named
from mps_manifest.parsing.bounded_copy import bounded_copy
from mps_manifest.parsing.canonical_json import canonical_document
from mps_manifest.parsing.foreign_text import encodable, shown
from mps_manifest.parsing.json_pointer import as_far_as_it_leads
from mps_manifest.parsing.redaction import as_given, without_secrets
from mps_manifest.problems import Problem, error, note
from mps_manifest.settings import Api, Settings

SCHEMA = "urn:mps-manifest:schema:manifest-1.0.json"


class _Limits(NamedTuple):
    """What a manifest has room for."""

    answer_bytes: int
    findings: int
    files: int


# The first that gives a manifest of MAX_MANIFEST_BYTES at most counts
_ROOMS = (
    _Limits(MAX_ANSWER_BYTES, MAX_FINDINGS, MAX_FILES),
    _Limits(MAX_ANSWER_BYTES // 8, MAX_FINDINGS // 4, MAX_FILES),
    _Limits(MAX_ANSWER_BYTES // 64, MAX_FINDINGS // 20, MAX_FILES // 4),
    _Limits(0, MAX_FINDINGS // 100, MAX_FILES // 10),
)


def build_manifest(job: Job, resources: Iterable[Resource], region: str) -> Manifest:
    """Build the manifest of a job that succeeded or failed.

    One that would be larger than MAX_MANIFEST_BYTES has less of everything, and says so.
    """
    files = with_labels(job, with_unique_names(resources))
    problems = [*job.problems, *_outcome_problems(job, files)]
    for file in files:
        problems += _file_problems(file)
    status = _status(job, problems)
    body = b""
    for number, room in enumerate(_ROOMS):
        document = _document(job, files, problems, room, region, is_less=number > 0)
        body = canonical_document({**document, "status": status})
        if len(body) <= MAX_MANIFEST_BYTES:
            break
    retryable = any(file.error and file.error.retryable for file in files)
    return Manifest(
        job.job_id,
        status,
        body,
        _summary(problems),
        look_again=status == "partial" and retryable,
        search_metadata=metadata_of(job),
    )


def _document(
    job: Job,
    files: list[Resource],
    problems: list[Problem],
    room: _Limits,
    region: str,
    *,
    is_less: bool,
) -> dict[str, Any]:
    found, is_all = analysis(job, files, room.findings)
    answer, is_cut = job.answer, False
    if is_less:
        answer, is_cut = bounded_copy(job.answer, room.answer_bytes, str, frozenset())
    too_much = is_cut or not is_all or len(problems) > room.findings or len(files) > room.files
    is_told = not is_less and any(problem.type == "too-much-found" for problem in job.problems)
    more = [_too_much(job, files, room)] if too_much and not is_told else []
    return {
        "$schema": SCHEMA,
        "name": job.job_id,
        "job": _job(job, region),
        "resources": [_resource(file, region, answer) for file in files[: room.files]],
        "analysis": found,
        "problems": [_problem(each, answer) for each in [*more, *problems[: room.findings]]],
        "answer": answer,
    }


def _too_much(job: Job, files: list[Resource], room: _Limits) -> Problem:
    title = "The manifest would be too large; part of its content was left out"
    detail = (
        f"at most {room.findings} findings, {room.files} of {len(files)} files and "
        f"{room.answer_bytes} bytes of the answer are kept"
    )
    kind = error if len(files) > room.files and job.state is not State.FAILED else note
    return kind("too-much-found", title, detail)


class NamedJob(NamedTuple):
    """A job of which no more is known than its ID and API."""

    job_id: str
    api: Api


def build_expired_manifest(job: Job | NamedJob, settings: Settings, reason: str) -> Manifest:
    """Build the manifest of a job that did not finish in time, with what was said of it last."""
    title = f"The job did not finish within {settings.job_ttl_hours:g} hours of first being seen"
    return _unfinished(job, settings.region, error("expired", title, reason), title)


def build_given_up_manifest(job_id: str, api: Api, settings: Settings, starts: int) -> Manifest:
    """Build the manifest of a job that crashed the function each time it was started."""
    title = "The function crashed each time it processed this job; please report it"
    fault = error("internal-fault", title, f"it was started {starts} times and never finished")
    return _unfinished(NamedJob(job_id, api), settings.region, fault, _summary([fault]))


def _unfinished(job: Job | NamedJob, region: str, problem: Problem, summary: str) -> Manifest:
    known = job if isinstance(job, Job) else None
    named = {"jobId": job.job_id, "api": job.api, "region": region}
    document = {
        "$schema": SCHEMA,
        "name": job.job_id,
        "status": "expired",
        "job": _job(known, region) if known else named,
        "resources": [],
        "problems": [_problem(problem)],
        **({"answer": known.answer} if known else {}),
    }
    body = canonical_document(document)
    search_metadata = metadata_of(known) if known else metadata_of_named(job.api)
    return Manifest(job.job_id, "expired", body, summary, search_metadata=search_metadata)


def build_faulty_manifest(
    job_id: str, api: Api, region: str, answer: Mapping[str, Any], error_name: str
) -> Manifest:
    """Build the manifest of a job whose answer we failed to make one of: a defect of ours.

    It holds what is certain, so that the job is neither lost nor asked for again and again.
    """
    state_text, state = state_of(answer)
    title = "The function failed on this job's answer; please report it"
    fault = error("internal-fault", title, error_name)
    kept, _ = bounded_copy(answer, MAX_ANSWER_BYTES // 4, without_secrets, frozenset({"requestid"}))
    name = answer.get("FunctionName")
    status: ManifestStatus = "failed" if state is State.FAILED else "partial"
    document = {
        "$schema": SCHEMA,
        "name": job_id,
        "status": status,
        "job": {
            "jobId": job_id,
            "api": api,
            "region": region,
            **({"functionName": _given(name)} if isinstance(name, str) and name else {}),
            **({"state": _given(state_text)} if state_text else {}),
        },
        "resources": [],
        "problems": [_problem(fault)],
        "answer": kept,
    }
    body = canonical_document(document)
    search_metadata = metadata_of_named(api, _given(name) if isinstance(name, str) else "")
    return Manifest(job_id, status, body, _summary([fault]), search_metadata=search_metadata)


def _given(text: str) -> str:
    return encodable(as_given(text))[:MAX_TEXT]


def _status(job: Job, problems: Iterable[Problem]) -> ManifestStatus:
    if job.state is State.FAILED:
        return "failed"
    return "partial" if any(p.severity == "error" for p in problems) else "complete"


def _summary(problems: Iterable[Problem]) -> str:
    errors = [p for p in problems if p.severity == "error"]
    if not errors:
        return ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    said = shown(errors[0].detail or errors[0].title, MAX_DETAIL)
    return f"{errors[0].type}: {said}{more}"


def _outcome_problems(job: Job, files: list[Resource]) -> list[Problem]:
    if job.state is State.FAILED:
        return [error("job-failed", "The job failed", job.failure or job.state_text)]
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
    fields = {"jobId": job.job_id, "api": job.api, "region": region, **job.facts}
    source = job.input_location
    # a key that was cut, or lost a secret, names another object
    if source and source.key and fields["input"]["key"] == source.key:
        fields["input"] = {**fields["input"], "path": source.url(region)}
    return fields


def _resource(file: Resource, region: str, answer: object) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": file.name,
        "roles": list(file.roles),
        "label": file.label or None,
        "status": file.status,
        "origin": as_far_as_it_leads(file.origin, answer) or file.origin,
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
            "encoding": file.inspection.encoding,
            "media": _media(file.inspection.media),
            "hash": file.inspection.digest,
        }
    else:  # a descriptor needs a path or data, and this value is not a path
        listed = str(file.values[0])[: 2 * MAX_TEXT]
        fields["data"] = {"listed": encodable(without_secrets(listed))[:MAX_TEXT]}
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
        "detail": shown(error.detail, MAX_DETAIL) or None,
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
        "rotation": media.rotation,
        "orientation": media.orientation,
        "displayWidthInPx": media.display_width_px,
        "displayHeightInPx": media.display_height_px,
        "bitRate": media.bit_rate,
        "codecs": media.codecs,
        "frames": media.frames,
        "alpha": media.alpha,
        "colorTransfer": media.color_transfer,
        "audioTracks": media.audio_tracks,
        "subtitleTracks": media.subtitle_tracks,
        "languages": list(media.languages) or None,
    }
    return present(facts) or None


def _problem(problem: Problem, answer: object = None) -> dict[str, Any]:
    fields = {
        "severity": problem.severity,
        "type": problem.type,
        "title": problem.title,
        "detail": shown(problem.detail, MAX_DETAIL),
        "pointer": as_far_as_it_leads(problem.pointer, answer),
        "resource": problem.resource,
    }
    return {key: value for key, value in fields.items() if value}
