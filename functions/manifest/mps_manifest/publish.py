"""Write manifests so that a replay writes nothing and a better one is never replaced."""

from __future__ import annotations

from mps_manifest.errors import AlreadyExists, Immutable, NotFound
from mps_manifest.habit import Habit
from mps_manifest.manifest import (
    BEST,
    MAX_MANIFEST_BYTES,
    Manifest,
    Status,
    is_worse,
    rank,
    status_of,
)
from mps_manifest.outcome import ManifestRef
from mps_manifest.pace import Pace
from mps_manifest.ports import ObjectStore, StoredObject
from mps_manifest.recent import Recent
from mps_manifest.replacing import Locks
from mps_manifest.settings import Settings
from mps_manifest.values import dataclass, field
from mps_manifest.versions import Versions

PROTECTED = "the bucket's rules protect the manifest that stands there from being replaced"


@dataclass(frozen=True)
class Published:
    """The manifest that stands now; `written` says whether this call wrote it.

    `protected` says that the bucket did not let this better manifest replace it.
    """

    ref: ManifestRef
    status: Status
    written: bool
    protected: bool = False


def manifest_key(settings: Settings, job_id: str) -> str:
    """Name the one manifest of a job."""
    return f"{settings.manifest_prefix}{job_id}.json"


@dataclass(frozen=True)
class Publisher:
    """Writes manifests to the home bucket. Its methods may raise ServiceError."""

    store: ObjectStore
    settings: Settings
    locks: Locks
    pace: Pace
    seen: Recent = field(default_factory=Recent)
    """Jobs whose manifest was met lately: there a look is cheaper than a refused write."""
    habit: Habit = field(default_factory=Habit)
    """Whether manifests of other jobs are expected, too."""

    def publish(self, manifest: Manifest) -> Published:
        """Write a manifest unless an equal or a better one stands there.

        Raises Busy where somebody else is replacing it just now.
        """
        key = manifest_key(self.settings, manifest.job_id)
        if self.store.versioned():
            return self._publish_version(key, manifest)
        standing = self._expected(key)
        if standing is None:
            try:
                return self._write(key, manifest, overwrite=False)
            except AlreadyExists:
                self.habit.met(there=True)
                standing = self._standing(key)
        if standing and _stays(standing, manifest):
            return self._kept(key, standing)
        with self.locks.held(manifest.job_id):
            return self._replace(key, manifest)

    def _expected(self, key: str) -> StoredObject | None:
        """Look for a manifest where one is expected: else to write it tells, in one request."""
        if not self.seen.is_new(key):
            return self._standing(key)
        if not self.habit.looks_first:
            return None
        standing = self._standing(key)
        self.habit.met(there=standing is not None)
        return standing

    def _replace(self, key: str, manifest: Manifest) -> Published:
        """Look again, now that nobody else replaces it, and write."""
        standing = self._standing(key)
        if standing is None:
            return self._write(key, manifest, overwrite=False)
        if _stays(standing, manifest):
            return self._kept(key, standing)
        try:
            return self._write(key, manifest, overwrite=True)
        except (Immutable, AlreadyExists):  # retention, or a rule that forbids to overwrite
            return self._kept(key, standing, protected=True)

    def _publish_version(self, key: str, manifest: Manifest) -> Published:
        standing = self._standing(key)
        if standing is None or not _stays(standing, manifest):
            return self._write(key, manifest, overwrite=True)
        if standing.body == manifest.body and rank(standing.body) < BEST:
            standing = Versions(self.store, key).settle_newest(manifest) or standing
        return self._kept(key, standing)

    def _standing(self, key: str) -> StoredObject | None:
        try:
            return self.store.read(self.settings.bucket, key, MAX_MANIFEST_BYTES)
        except NotFound:
            return None

    def _write(self, key: str, manifest: Manifest, *, overwrite: bool) -> Published:
        with self.pace.measured():
            written = self.store.write(
                key, manifest.body, overwrite=overwrite, metadata=manifest.metadata
            )
        if written.version_id:
            better = Versions(self.store, key).settle(manifest, written.version_id)
            if better:
                return self._kept(key, better)
        ref = ManifestRef(self.settings.bucket, key, written.etag)
        return Published(ref, manifest.status, written=True)

    def _kept(self, key: str, standing: StoredObject, *, protected: bool = False) -> Published:
        ref = ManifestRef(self.settings.bucket, key, standing.etag)
        status = status_of(standing.body)
        return Published(ref, status, written=False, protected=protected)


def _stays(standing: StoredObject, manifest: Manifest) -> bool:
    return standing.body == manifest.body or is_worse(manifest.status, standing.body)
