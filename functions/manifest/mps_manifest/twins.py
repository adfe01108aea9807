"""Captions once more as WebVTT, since browsers play nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from mps_manifest.errors import AlreadyExists, NotFound
from mps_manifest.paths import Location
from mps_manifest.ports import ObjectFacts, ObjectStore, StoredObject
from mps_manifest.resources import Resource
from mps_manifest.settings import Settings

MEDIATYPE = "text/vtt"


def write_twins(
    store: ObjectStore, settings: Settings, job_id: str, resources: Iterable[Resource]
) -> list[Resource]:
    """Write the twins of a job's captions and list them; one that stands there stays untouched.

    Resources must have their names. Raises ServiceError where a twin cannot be written.
    """
    twins = []
    for resource in resources:
        if resource.inside.webvtt is not None and resource.status == "available":
            name = f"{settings.manifest_prefix}{job_id}/{resource.name}.vtt"
            body = resource.inside.webvtt.encode()
            etag = _kept(store, settings, name, body)
            twins.append(_listed(resource, settings, name, body, etag))
    return twins


def _kept(store: ObjectStore, settings: Settings, key: str, body: bytes) -> str:
    """Make sure that this is what stands there; gives its ETag."""
    standing = _standing(store, settings, key, len(body) + 1)
    if standing is None:
        try:
            return store.write(key, body, overwrite=False, content_type=MEDIATYPE).etag
        except AlreadyExists:  # somebody else writes the same just now
            standing = _standing(store, settings, key, len(body) + 1)
    if standing and standing.body == body:
        return standing.etag
    return store.write(key, body, overwrite=True, content_type=MEDIATYPE).etag


def _standing(store: ObjectStore, settings: Settings, key: str, limit: int) -> StoredObject | None:
    try:
        return store.read(settings.bucket, key, limit)
    except NotFound:
        return None


def _listed(of: Resource, settings: Settings, key: str, body: bytes, etag: str) -> Resource:
    """List a twin. Without its time of writing, which a replay could not tell again."""
    return Resource(
        values=(),
        origin=of.origin,
        roles=("captions",),
        location=Location(settings.bucket, key),
        status="available",
        facts=ObjectFacts(len(body), etag, MEDIATYPE, None),
    )
