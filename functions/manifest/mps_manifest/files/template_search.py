"""Find the files of a job whose answer lists none, by its output template."""

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
    """Return the files that match the output template of a job; none without a template."""
    if job.output_location is None or not job.output_location.key:
        return []
    unresolved = Resource((job.output_location.key,), ORIGIN, (job.role,))
    template = compile_template(job.output_location.key, job.input_stem)
    if template is None:
        key = job.output_location.key
        detail = f"{key} needs {{source}}, but the answer's Input does not name an object"
        error = FileError("unknown-source", "The output template cannot be resolved", detail)
        return [at(unresolved, job.output_location, allowed).refused("error", error)]
    resource = at(
        unresolved,
        Location(job.output_location.bucket, template.text, job.output_location.region),
        allowed,
    )
    try:
        resolve_location(template.text, job.output_location)
    except InvalidPath as invalid:
        title = "The output template is not a valid object path"
        error = FileError("invalid-path", title, str(invalid))
        return [unresolved.refused("error", error)]
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
        title = "Too many keys share the prefix of the output template"
        error = FileError("too-many-keys", title, detail)
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
    title = f"Files of {found.timestamps} runs match the output template; none was chosen"
    return FileError("ambiguous", title, f"candidates: {shown}{more}")
