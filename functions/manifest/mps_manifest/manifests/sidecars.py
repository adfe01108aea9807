"""Captions once more as WebVTT, since browsers play nothing else."""

from __future__ import annotations

from mps_manifest.errors import AlreadyExists, NotFound
from mps_manifest.files.resources import Resource
from mps_manifest.parsing.foreign_text import encodable
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import ObjectFacts, ObjectStore, StoredObject
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys

MEDIATYPE = "text/vtt"


class Sidecars:
    """The writer of WebVTT sidecars; safe to use from several threads."""

    def __init__(self, store: ObjectStore, keys: Keys, settings: Settings) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket

    def write(self, job_id: str, captions: Resource) -> Resource | None:
        """Write the sidecar of captions, which must have their name, and return it as a resource.

        One that stands there stays untouched; captions that were not read have none. Raises
        ServiceError where a sidecar cannot be written.
        """
        text = captions.inspection.webvtt
        if text is None or captions.status != "available":
            return None
        key, body = self._keys.sidecar(job_id, captions.name), encodable(text).encode()
        etag = self._ensure(key, body)
        return Resource(
            values=(),
            origin=captions.origin,
            roles=("captions",),
            location=Location(self._bucket, key),
            status="available",
            facts=ObjectFacts(len(body), etag, MEDIATYPE, None),  # a replay knows no other time
        )

    def _ensure(self, key: str, body: bytes) -> str:
        """Make sure that this is what stands there; return its ETag."""
        standing = self._standing(key, len(body) + 1)
        if standing is None:
            try:
                return self._store.write(key, body, overwrite=False, content_type=MEDIATYPE).etag
            except AlreadyExists:  # somebody else writes the same just now
                standing = self._standing(key, len(body) + 1)
        if standing and standing.body == body:
            return standing.etag
        return self._store.write(key, body, overwrite=True, content_type=MEDIATYPE).etag

    def _standing(self, key: str, limit: int) -> StoredObject | None:
        try:
            return self._store.read(self._bucket, key, limit)
        except NotFound:
            return None
