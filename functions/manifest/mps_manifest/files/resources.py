"""The files of a job: the listed values, the objects they name, and what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from mps_manifest.errors import Changed, NotFound, OutOfTime, ServiceError, Unauthorized
from mps_manifest.files.access import Access
from mps_manifest.files.media_types import FileType
from mps_manifest.formats.findings import Content, Media
from mps_manifest.jobs.job import Job, ListedFile
from mps_manifest.parsing.locations import (
    InvalidPath,
    Location,
    decoded_location,
    resolve_location,
)
from mps_manifest.ports import ObjectFacts
from mps_manifest.problems import Problem

FileStatus = Literal["available", "missing", "denied", "ambiguous", "error"]

OUT_OF_TIME = "out-of-time"
FROM_TEMPLATE = "output-template"
"""The origin of a file that no answer lists."""

_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9._-]+")
_WORD = re.compile("[a-z0-9]")


class FileError(NamedTuple):
    """Why a file is not available; `retryable` means that a later attempt may succeed."""

    type: str
    title: str
    detail: str = ""
    retryable: bool = False


class Inspection(NamedTuple):
    """The result of inspecting the content of a file.

    `content_error` is why there is less of it than there should be; `encoding` is a text file's
    by its IANA name, where it is known.
    """

    type: FileType | None = None
    media: Media | None = None
    findings: tuple[Content, ...] = ()
    content_error: FileError | None = None
    digest: str | None = None
    webvtt: str | None = None
    encoding: str | None = None


NOT_INSPECTED = Inspection()


class Resource(NamedTuple):
    """One file.

    `values` are the listed values, several where an answer names one object in several ways;
    without a `location` the value is not a valid path. `label` tells it from the job's other files.
    """

    values: tuple[Any, ...]
    origin: str
    roles: tuple[str, ...]
    location: Location | None = None
    status: FileStatus = "error"
    error: FileError | None = None
    facts: ObjectFacts | None = None
    inspection: Inspection = NOT_INSPECTED
    name: str = ""
    label: str = ""

    @property
    def unseen(self) -> bool:
        """Whether the object was not requested yet."""
        return self.location is not None and self.error is None and self.facts is None

    @property
    def is_listed(self) -> bool:
        """Whether the service named this file, so that its content may be quoted."""
        return self.origin != FROM_TEMPLATE

    @property
    def digest_skipped(self) -> bool:
        """Whether a digest was configured but there was no time for it."""
        return any(
            isinstance(finding, Problem) and finding.type == "digest-skipped"
            for finding in self.inspection.findings
        )

    def with_inspection(self, **changes: Any) -> Resource:
        """Return the resource with these parts of its inspection changed."""
        return self._replace(inspection=self.inspection._replace(**changes))

    def with_finding(self, finding: Content) -> Resource:
        """Return the resource with one more finding."""
        return self.with_inspection(findings=(*self.inspection.findings, finding))

    def decoded(self, access: Access) -> Resource | None:
        """Return the resource under its key percent-decoded once; None where that is no key.

        Whether the services answer with encoded keys is not documented (facts/mps.md section 10).
        """
        if self.location is None or "%" not in self.location.key:
            return None
        try:
            location = decoded_location(self.location)
        except InvalidPath:
            return None
        if location == self.location:
            return None
        return checked(self._replace(location=location, status="error", error=None), access)

    def unavailable(self, status: FileStatus, error: FileError) -> Resource:
        """Return the resource as not available, for this reason."""
        return self._replace(status=status, error=error)

    def found(self, facts: ObjectFacts) -> Resource:
        """Return the resource as available."""
        return self._replace(status="available", facts=facts)

    def failed_by_defect(self, fault: Exception) -> Resource:
        """Return the resource as not available, because of a defect of ours."""
        return self.unavailable("error", internal_fault(fault))

    def failed(self, refusal: ServiceError) -> Resource:
        """Return the resource as not available, because of an error of the store."""
        if isinstance(refusal, NotFound):
            error = FileError(
                "missing", "The object does not exist", refusal.reason, retryable=True
            )
            return self.unavailable("missing", error)
        if isinstance(refusal, Unauthorized):
            error = FileError("access-denied", "OSS denied access to the object", refusal.reason)
            return self.unavailable("denied", error)
        if isinstance(refusal, OutOfTime):
            title = "There was no time left to inspect the object"
            return self.unavailable("error", FileError(OUT_OF_TIME, title, "", retryable=True))
        if isinstance(refusal, Changed):
            title = "The object changed while it was being read"
            error = FileError("changed", title, refusal.reason, retryable=True)
            return self.unavailable("error", error)
        title = "The object could not be checked"
        error = FileError("unreachable", title, refusal.reason, retryable=refusal.retryable)
        return self.unavailable("error", error)


def internal_fault(fault: Exception) -> FileError:
    """Return the error of a file on which the function failed; the log has the place."""
    title = "The function failed on this file; please report it"
    return FileError("internal-fault", title, type(fault).__name__)


def listed_resources(job: Job, access: Access) -> list[Resource]:
    """Return the resources of all listed paths, one per object; nothing is fetched here."""
    return one_per_object(_resolved(file, job.output_location, access) for file in job.files)


def one_per_object(resources: Iterable[Resource]) -> list[Resource]:
    """Return resources with those of one object put together: the first, with all their values.

    Keys that differ may turn out to name one object, as an encoded one and a plain one do.
    """
    kept: dict[object, Resource] = {}
    for number, resource in enumerate(resources):
        location = resource.location
        identity = (location.bucket, location.key) if location else number
        first = kept.setdefault(identity, resource)
        if first is not resource:
            roles = tuple(dict.fromkeys(first.roles + resource.roles))
            kept[identity] = first._replace(roles=roles, values=first.values + resource.values)
    return list(kept.values())


def _resolved(file: ListedFile, output_location: Location | None, access: Access) -> Resource:
    values, origin, roles = (file.value,), file.pointer, file.roles
    try:
        location = resolve_location(file.value, output_location)
    except InvalidPath as invalid:
        title = "The listed path is not a valid object path"
        error = FileError("invalid-path", title, str(invalid))
        return Resource(values, origin, roles, status="error", error=error)
    return checked(Resource(values, origin, roles, location), access)


def checked(resource: Resource, access: Access) -> Resource:
    """Return a resource that has a location; as denied if a job must not name that."""
    location = resource.location
    assert location is not None  # noqa: S101 - by the above
    if not access.allows_bucket(location):
        detail = f"add {location.bucket} to ALLOWED_BUCKETS to let the function read it"
        error = FileError("bucket-not-allowed", "The bucket is not in ALLOWED_BUCKETS", detail)
        return resource.unavailable("denied", error)
    if access.is_own(location):
        title = "The path names a manifest or state of this function, not a file of a job"
        return resource.unavailable("denied", FileError("own-object", title, location.key))
    return resource


def with_unique_names(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources with unique names, which are slugs of their file names."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    result = []
    for resource in resources:
        slug = base = _slug(resource)
        while slug in taken:
            counts[base] = counts.get(base, 1) + 1
            slug = f"{base}-{counts[base]}"
        taken.add(slug)
        result.append(resource if resource.name == slug else resource._replace(name=slug))
    return result


def _slug(resource: Resource) -> str:
    if resource.location is None:
        return "invalid-path"
    file_name = resource.location.key.rsplit("/", 1)[-1].lower()
    slug = _NOT_IN_A_SLUG.sub("-", file_name).strip("-._")
    return slug if _WORD.search(slug.split(".")[0]) else f"file-{slug}".strip("-._")
