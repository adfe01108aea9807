"""The files of a job: what was listed, which objects that names, and what was found there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from mps_manifest.answers.model import Job, ListedFile
from mps_manifest.contents.model import Content, Media
from mps_manifest.errors import Changed, NotFound, OutOfTime, ServiceError, Unauthorized
from mps_manifest.mediatypes import FileType
from mps_manifest.paths import InvalidPath, Location, judge
from mps_manifest.ports import ObjectFacts
from mps_manifest.values import dataclass, replace

Status = Literal["available", "missing", "denied", "ambiguous", "error"]

OUT_OF_TIME, DIGEST_UNFINISHED = "out-of-time", "digest-unfinished"

_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True)
class FileError:
    """Why a file is not available; `retryable` says that a later look may find it."""

    type: str
    title: str
    detail: str = ""
    retryable: bool = False


@dataclass(frozen=True)
class Inside:
    """What a look inside a file told; `flaw` is why there is less than there should be."""

    type: FileType | None = None
    media: Media | None = None
    findings: tuple[Content, ...] = ()
    flaw: FileError | None = None
    digest: str | None = None
    webvtt: str | None = None


NOT_LOOKED_INSIDE = Inside()


@dataclass(frozen=True)
class Resource:
    """One file.

    `values` are what was listed, more than one where an answer names one object in several ways;
    without `location` that is no path.
    """

    values: tuple[Any, ...]
    origin: str
    roles: tuple[str, ...]
    location: Location | None = None
    status: Status = "error"
    error: FileError | None = None
    facts: ObjectFacts | None = None
    inside: Inside = NOT_LOOKED_INSIDE
    name: str = ""

    @property
    def unseen(self) -> bool:
        """Tell whether the object still has to be looked at."""
        return self.location is not None and self.error is None and self.facts is None

    def refused(self, status: Status, error: FileError) -> Resource:
        """Say why this file is not available."""
        return replace(self, status=status, error=error)

    def found(self, facts: ObjectFacts) -> Resource:
        """Say what was found."""
        return replace(self, status="available", facts=facts)

    def failed(self, fault: ServiceError) -> Resource:
        """Say what the store answered instead."""
        if isinstance(fault, NotFound):
            error = FileError("missing", "The object does not exist", fault.reason, retryable=True)
            return self.refused("missing", error)
        if isinstance(fault, Unauthorized):
            error = FileError("access-denied", "OSS does not let the function see it", fault.reason)
            return self.refused("denied", error)
        if isinstance(fault, OutOfTime):
            title = "There was no time to look inside the object"
            return self.refused("error", FileError(OUT_OF_TIME, title, "", retryable=True))
        if isinstance(fault, Changed):
            title = "The object changed while it was read"
            error = FileError("changed", title, fault.reason, retryable=True)
            return self.refused("error", error)
        title = "The object could not be looked at"
        error = FileError("unreachable", title, fault.reason, retryable=fault.retryable)
        return self.refused("error", error)


def listed(job: Job, allowed: frozenset[str]) -> list[Resource]:
    """Judge every listed path, before anything is fetched; equal objects become one resource."""
    resources: dict[object, Resource] = {}
    for file in job.files:
        resource = _judged(file, job.home, allowed)
        identity = resource.location and (resource.location.bucket, resource.location.key)
        first = resources.setdefault(identity or file.pointer, resource)
        if first is not resource:
            roles = tuple(dict.fromkeys(first.roles + resource.roles))
            values = first.values + resource.values
            resources[identity or file.pointer] = replace(first, roles=roles, values=values)
    return list(resources.values())


def _judged(file: ListedFile, home: Location | None, allowed: frozenset[str]) -> Resource:
    resource = Resource((file.value,), file.pointer, file.roles)
    try:
        location = judge(file.value, home)
    except InvalidPath as fault:
        error = FileError("invalid-path", "What is listed names no object", str(fault))
        return resource.refused("error", error)
    return at(resource, location, allowed)


def at(resource: Resource, location: Location, allowed: frozenset[str]) -> Resource:
    """Say which object a resource is, unless it is in a bucket that must not be touched."""
    resource = replace(resource, location=location)
    if location.bucket in allowed:
        return resource
    detail = f"add {location.bucket} to ALLOWED_BUCKETS if the function may read it"
    error = FileError("bucket-not-allowed", "The bucket is not an allowed one", detail)
    return resource.refused("denied", error)


def named(resources: Iterable[Resource]) -> list[Resource]:
    """Give every resource a unique slug made of its file name."""
    taken: set[str] = set()
    result = []
    for resource in resources:
        slug = wanted = _slug(resource)
        count = 1
        while slug in taken:
            count += 1
            slug = f"{wanted}-{count}"
        taken.add(slug)
        result.append(replace(resource, name=slug))
    return result


def _slug(resource: Resource) -> str:
    if resource.location is None:
        return "invalid-path"
    file_name = resource.location.key.rsplit("/", 1)[-1].lower()
    slug = _NOT_IN_A_SLUG.sub("-", file_name).strip("-._")
    return slug if re.search("[a-z0-9]", slug.split(".")[0]) else f"file-{slug}".strip("-._")
