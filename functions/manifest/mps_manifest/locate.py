"""Find the files of an algorithm that names none: by the job's output template."""

from __future__ import annotations

from itertools import islice

from mps_manifest.answers.model import Job
from mps_manifest.errors import ServiceError
from mps_manifest.paths import InvalidPath, Location, judge
from mps_manifest.ports import ObjectStore
from mps_manifest.resources import FileError, Resource, at
from mps_manifest.templates import Matches, Template, compile_template, match

ORIGIN = "output-template"
MAX_LISTED = 20_000
_NAMED_CANDIDATES = 20


def locate(job: Job, store: ObjectStore, allowed: frozenset[str]) -> list[Resource]:
    """Resolve the output template of a job; nothing where the answer has none."""
    if job.home is None or not job.home.key:
        return []
    wanted = Resource((job.home.key,), ORIGIN, (job.role,))
    template = compile_template(job.home.key, job.source)
    if template is None:
        detail = f"{job.home.key} needs {{source}}, and the answer's Input names no object"
        error = FileError("unknown-source", "The output template cannot be resolved", detail)
        return [at(wanted, job.home, allowed).refused("error", error)]
    resource = at(wanted, Location(job.home.bucket, template.text, job.home.region), allowed)
    try:
        judge(template.text, job.home)
    except InvalidPath as fault:
        error = FileError("invalid-path", "The output template is no path", str(fault))
        return [wanted.refused("error", error)]
    if resource.error or template.literal:
        return [resource]
    return _search(resource, template, store)


def _search(resource: Resource, template: Template, store: ObjectStore) -> list[Resource]:
    assert resource.location is not None  # noqa: S101 - a template has a location
    bucket, region = resource.location.bucket, resource.location.region
    try:
        keys = list(islice(store.keys(bucket, template.prefix), MAX_LISTED + 1))
    except ServiceError as fault:
        return [resource.failed(fault)]
    found = match(template, keys)
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


def _ambiguity(found: Matches) -> FileError:
    shown = ", ".join(found.keys[:_NAMED_CANDIDATES])
    others = len(found.keys) - _NAMED_CANDIDATES
    more = f" and {others} more" if others > 0 else ""
    title = f"Files of {found.timestamps} runs match the output template; none is guessed"
    return FileError("ambiguous", title, f"candidates: {shown}{more}")
