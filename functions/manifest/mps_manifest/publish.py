"""Write manifests so that a replay writes nothing and a better one is never replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import orjson

from mps_manifest.errors import AlreadyExists
from mps_manifest.manifest import Manifest, Status, is_worse
from mps_manifest.outcome import ManifestRef
from mps_manifest.ports import ObjectStore
from mps_manifest.settings import Settings

_MAX_MANIFEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Published:
    """The manifest that stands now; `written` says whether this call wrote it."""

    ref: ManifestRef
    status: Status
    written: bool


def manifest_key(settings: Settings, job_id: str) -> str:
    """Name the one manifest of a job."""
    return f"{settings.manifest_prefix}{job_id}.json"


def publish(store: ObjectStore, settings: Settings, manifest: Manifest) -> Published:
    """Write a manifest unless an equal or a better one stands there. May raise ServiceError."""
    key = manifest_key(settings, manifest.job_id)

    def write(*, overwrite: bool) -> Published:
        etag = store.write(key, manifest.body, overwrite=overwrite, metadata=manifest.metadata)
        return Published(ManifestRef(settings.bucket, key, etag), manifest.status, written=True)

    try:
        return write(overwrite=False)
    except AlreadyExists:
        existing = store.read(settings.bucket, key, _MAX_MANIFEST_BYTES)
    standing = ManifestRef(settings.bucket, key, existing.etag)
    if existing.body == manifest.body:
        return Published(standing, manifest.status, written=False)
    if is_worse(manifest.status, existing.body):
        status = cast("Status", orjson.loads(existing.body)["status"])
        return Published(standing, status, written=False)
    return write(overwrite=True)
