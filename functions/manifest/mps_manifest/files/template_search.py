"""Find the files of an algorithm that names none: by the job's output template."""

from __future__ import annotations

from itertools import islice

from mps_manifest.errors import ServiceError
from mps_manifest.files.output_templates import (
    OutputTemplate,
    TemplateMatches,
    compile_template,
    match_template,
)
from mps_manifest.files.resources import FileError, Resource, at
from mps_manifest.jobs.job import Job
from mps_manifest.parsing.locations import InvalidPath, Location, resolve_location
from mps_manifest.ports import ObjectStore

ORIGIN = "output-template"
MAX_LISTED = 20_000
_NAMED_CANDIDATES = 20


def find_output_files(job: Job, store: ObjectStore, allowed: frozenset[str]) -> list[Resource]:
    """Resolve the output template of a job; nothing where the answer has none."""
    if job.output_location is None or not job.output_location.key:
        return []
    wanted = Resource((job.output_location.key,), ORIGIN, (job.role,))
    template = compile_template(job.output_location.key, job.input_stem)
    if template is None:
        detail = (
            f"{job.output_location.key} needs {{source}}, and the answer's Input names no object"
        )
        error = FileError("unknown-source", "The output template cannot be resolved", detail)
        return [at(wanted, job.output_location, allowed).refused("error", error)]
    resource = at(
        wanted,
        Location(job.output_location.bucket, template.text, job.output_location.region),
        allowed,
    )
    try:
        resolve_location(template.text, job.output_location)
    except InvalidPath as invalid:
        error = FileError("invalid-path", "The output template is no path", str(invalid))
        return [wanted.refused("error", error)]
    if resource.error or template.literal:
        return [resource]
    return _search(resource, template, store)


def _search(resource: Resource, template: OutputTemplate, store: ObjectStore) -> list[Resource]:
    assert resource.location is not None  # noqa: S101 - a template has a location
    bucket, region = resource.location.bucket, resource.location.region
    try:
        keys = list(islice(store.keys(bucket, template.prefix), MAX_LISTED + 1))
    except ServiceError as refusal:
        return [resource.failed(refusal)]
    found = match_template(template, keys)
    if len(keys) > MAX_LISTED:
        detail = f"more than {MAX_LISTED} keys start with {template.prefix!r}"
        error = FileError("too-many-keys", "The output template matches too widely", detail)
        return [resource.refused("error", error)]
    if not found.keys:
        detail = f"no key matches {template.text!r}"
        title = "No object matches the output template"
        error = FileError("missing", title, detail, retryable=True)
        return [resource.refused("missing", error)]
    if found.ambiguous:
        return [resource.refused("ambiguous", _ambiguity(found))]
    return [
        Resource((key,), ORIGIN, resource.roles, Location(bucket, key, region))
        for key in found.keys
    ]


def _ambiguity(found: TemplateMatches) -> FileError:
    shown = ", ".join(found.keys[:_NAMED_CANDIDATES])
    others = len(found.keys) - _NAMED_CANDIDATES
    more = f" and {others} more" if others > 0 else ""
    title = f"Files of {found.timestamps} runs match the output template; none is guessed"
    return FileError("ambiguous", title, f"candidates: {shown}{more}")
