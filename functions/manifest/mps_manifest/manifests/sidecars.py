"""Write captions as WebVTT, the only format that browsers play."""

from __future__ import annotations

from collections.abc import Iterable

from mps_manifest.errors import AlreadyExists, NotFound
from mps_manifest.files.resources import Resource
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import ObjectFacts, ObjectStore, StoredObject
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys

MEDIATYPE = "text/vtt"


class Sidecars:
    """The writer of WebVTT sidecars of captions."""

    def __init__(self, store: ObjectStore, keys: Keys, settings: Settings) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket

    def write(self, job_id: str, resources: Iterable[Resource]) -> list[Resource]:
        """Write the sidecars of a job's captions and return them as resources.

        An equal sidecar is not written again. The resources must have their unique names already.
        Raises ServiceError where a sidecar cannot be written.
        """
        sidecars = []
        for resource in resources:
            if resource.inspection.webvtt is not None and resource.status == "available":
                key = self._keys.sidecar(job_id, resource.name)
                body = resource.inspection.webvtt.encode()
                sidecars.append(self._listed(resource, key, body, self._ensure(key, body)))
        return sidecars

    def _ensure(self, key: str, body: bytes) -> str:
        """Write the object unless it exists with this body; return its ETag."""
        standing = self._standing(key, len(body) + 1)
        if standing is None:
            try:
                return self._store.write(key, body, overwrite=False, content_type=MEDIATYPE).etag
            except AlreadyExists:  # another invocation has just written it
                standing = self._standing(key, len(body) + 1)
        if standing and standing.body == body:
            return standing.etag
        return self._store.write(key, body, overwrite=True, content_type=MEDIATYPE).etag

    def _standing(self, key: str, limit: int) -> StoredObject | None:
        try:
            return self._store.read(self._bucket, key, limit)
        except NotFound:
            return None

    def _listed(self, captions: Resource, key: str, body: bytes, etag: str) -> Resource:
        """Return a sidecar as a resource, without `lastModified`, since replays must be equal."""
        return Resource(
            values=(),
            origin=captions.origin,
            roles=("captions",),
            location=Location(self._bucket, key),
            status="available",
            facts=ObjectFacts(len(body), etag, MEDIATYPE, None),
        )
