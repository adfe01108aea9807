"""Find the files of a job whose answer lists none, by its output template."""

from __future__ import annotations

from itertools import islice
from urllib.parse import unquote

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.files.access import Access
from mps_manifest.files.output_templates import (
    OutputTemplate,
    TemplateMatches,
    compile_template,
    match_template,
)
from mps_manifest.files.resources import FROM_TEMPLATE, FileError, Resource, checked
from mps_manifest.job_limits import MAX_TEMPLATE_KEYS
from mps_manifest.jobs.job import Job
from mps_manifest.parsing.locations import InvalidPath, Location, resolve_location
from mps_manifest.ports import ObjectStore

_NAMED_CANDIDATES = 20


def find_output_files(job: Job, store: ObjectStore, access: Access) -> list[Resource]:
    """Return the files that match the output template of a job; none without a template.

    A template or a source that holds `%`, and under which nothing is found, is tried decoded once.
    """
    if job.output_location is None or not job.output_location.key:
        return []
    found = _find(job, job.output_location, job.input_stem, store, access)
    if not _lacks_some(found) and not _is_encoded_template(found, store):
        return found
    texts = (job.output_location.key, job.input_stem or "")
    if "%" not in "".join(texts):
        return found
    output, stem = (unquote(text) for text in texts)
    location = job.output_location._replace(key=output)
    stem = stem.rsplit("/", 1)[-1]  # the whole path may have been encoded
    decoded = _find(job, location, stem or job.input_stem, store, access)
    errors = {resource.error.type for resource in decoded if resource.error}
    return decoded if errors <= {"ambiguous"} else found


def _lacks_some(found: list[Resource]) -> bool:
    return any(resource.error and resource.error.type == "missing" for resource in found)


def _is_encoded_template(found: list[Resource], store: ObjectStore) -> bool:
    """Return whether a template whose placeholders are encoded, too, is not an object's key."""
    for resource in found:
        key = resource.location if resource.unseen else None
        if key and "%7b" in key.key.lower():
            try:
                store.head(key.bucket, key.key)
            except NotFound:
                return True
            except ServiceError:
                return False
    return False


def _find(
    job: Job, output: Location, input_stem: str | None, store: ObjectStore, access: Access
) -> list[Resource]:
    unresolved = Resource((output.key,), FROM_TEMPLATE, (job.role,))
    template = compile_template(output.key, input_stem)
    try:
        resolve_location(template.text if template else output.key, output)
    except InvalidPath as invalid:
        title = "The output template is not a valid object path"
        error = FileError("invalid-path", title, str(invalid))
        return [unresolved.unavailable("error", error)]
    if template is None:
        detail = f"{output.key} needs {{source}}, but the answer's Input does not name an object"
        error = FileError("unknown-source", "The output template cannot be resolved", detail)
        return [unresolved._replace(location=output).unavailable("error", error)]
    resolved = output._replace(key=template.text)
    resource = checked(unresolved._replace(location=resolved), access)
    if resource.error or template.literal:
        return [resource]
    return _search(resource, template, store, access)


def _search(
    resource: Resource, template: OutputTemplate, store: ObjectStore, access: Access
) -> list[Resource]:
    assert resource.location is not None  # noqa: S101 - a template has a location
    here = resource.location
    if access.is_own(here._replace(key=template.prefix)):
        return [checked(resource._replace(location=here._replace(key=template.prefix)), access)]
    try:
        keys = list(islice(store.keys(here.bucket, template.prefix), MAX_TEMPLATE_KEYS + 1))
    except ServiceError as refusal:
        return [resource.failed(refusal)]
    found = match_template(template, (k for k in keys if not access.is_own(here._replace(key=k))))
    if len(keys) > MAX_TEMPLATE_KEYS or found.given_up:
        title = "The output template matches its keys in too many ways; use each placeholder once"
        detail = f"keys match {template.text!r} in too many ways"
        if len(keys) > MAX_TEMPLATE_KEYS:
            title = "Too many keys share the prefix of the output template"
            detail = f"more than {MAX_TEMPLATE_KEYS} keys start with {template.prefix!r}"
        return [resource.unavailable("error", FileError("too-many-keys", title, detail))]
    if not found.keys:
        detail = f"no key matches {template.text!r}"
        title = "No object matches the output template"
        error = FileError("missing", title, detail, retryable=True)
        return [resource.unavailable("missing", error)]
    if found.ambiguous:
        return [resource.unavailable("ambiguous", _ambiguity(found))]
    return [
        Resource((key,), FROM_TEMPLATE, resource.roles, here._replace(key=key))
        for key in found.keys
    ]


def _ambiguity(found: TemplateMatches) -> FileError:
    shown = ", ".join(found.keys[:_NAMED_CANDIDATES])
    others = len(found.keys) - _NAMED_CANDIDATES
    more = f" and {others} more" if others > 0 else ""
    title = f"Files of {found.timestamps} runs match the output template; none was chosen"
    return FileError("ambiguous", title, f"candidates: {shown}{more}")
