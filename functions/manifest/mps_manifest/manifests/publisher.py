"""Write manifests such that a replay writes nothing and a better one is never replaced."""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.errors import AlreadyExists, Immutable, NotFound
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.manifests.locks import HeldLock, ManifestLocks
from mps_manifest.manifests.ranking import (
    BEST,
    READ_AT_MOST,
    Manifest,
    ManifestStatus,
    known_status,
    rank_of,
    status_of,
)
from mps_manifest.manifests.versions import Versions
from mps_manifest.ports import ObjectStore, StoredObject
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.unannounced import WRITTEN_BY, WriteNotes

PROTECTED = "the bucket's retention or overwrite rules protect the existing manifest"


class ManifestRef(NamedTuple):
    """The object of a manifest."""

    bucket: str
    key: str
    etag: str


class Published(NamedTuple):
    """The manifest that is in the bucket after publishing.

    `written` means that it was written just now, `kept` that it is better than the new one, which
    was not written; `protected` that the bucket's rules kept the new, better manifest from
    replacing it. `mark` is that of the note of what was written (state/unannounced.py); empty where
    nothing was, or nothing is announced.
    """

    ref: ManifestRef
    status: ManifestStatus
    kept: bool = False
    protected: bool = False
    written: bool = False
    mark: str = ""


class Publisher:
    """The writer of manifests to the home bucket. Its methods may raise ServiceError."""

    def __init__(
        self,
        store: ObjectStore,
        keys: Keys,
        settings: Settings,
        *,
        locks: ManifestLocks,
        write_latency: WriteLatency,
        notes: WriteNotes,
    ) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket
        self._locks = locks
        self._write_latency = write_latency
        self._notes = notes

    def publish(self, manifest: Manifest) -> Published:
        """Write a manifest unless an equal or better one exists.

        Raises Busy where another invocation is replacing it.
        """
        new = _Write(self._keys.manifest(manifest.job_id), manifest, self._notes.new_mark())
        published = self._publish(new)
        if not published.mark:
            self._notes.settled(new.mark)
        return published

    def _publish(self, new: _Write) -> Published:
        if self._store.versioned():
            return self._publish_version(new)
        try:  # most manifests are new, and then one request is enough
            return self._write(new, overwrite=False)
        except AlreadyExists:
            standing = self._read(new.key)
        if standing and _stays(standing, new.manifest):
            return self._kept(new, standing)
        with self._locks.held(new.manifest.job_id) as lock:
            return self._replace(new, lock)

    def standing(self, job_id: str) -> StoredObject | None:
        """Read the existing manifest of a job; None where there is none."""
        return self._read(self._keys.manifest(job_id))

    def standing_status(self, job_id: str) -> Published | None:
        """Return the existing manifest of a job; None where there is none.

        The status is that of the metadata, or of the body where the metadata was lost (by copying
        or restoring the object).
        """
        key = self._keys.manifest(job_id)
        try:
            facts = self._store.head(self._bucket, key)
        except NotFound:
            return None
        status = known_status(facts.metadata.get("status"))
        if status is None:
            standing = self._read(key)
            if standing is None:
                return None
            status = status_of(standing)
        return Published(ManifestRef(self._bucket, key, facts.etag), status)

    def last_word(self, job_id: str, api: str) -> Published | None:
        """Return the existing manifest of a job if its metadata say that this API ended the job.

        One such as `complete` or `failed` is the last word on a job that was running before.
        """
        key = self._keys.manifest(job_id)
        try:
            facts = self._store.head(self._bucket, key)
        except NotFound:
            return None
        status = known_status(facts.metadata.get("status"))
        if status not in {"complete", "failed"} or facts.metadata.get("api") != api:
            return None
        return Published(ManifestRef(self._bucket, key, facts.etag), status)

    def ref(self, job_id: str, etag: str) -> ManifestRef:
        """Return the reference to a job's manifest with this ETag."""
        return ManifestRef(self._bucket, self._keys.manifest(job_id), etag)

    def _replace(self, new: _Write, lock: HeldLock) -> Published:
        """Compare again while holding the lock, and write unless the existing one is as good."""
        standing = self._read(new.key)
        if standing is None:
            return self._write(new, overwrite=False)
        if _stays(standing, new.manifest):
            return self._kept(new, standing)
        lock.check()  # whoever was frozen since the read above must not write any more
        try:
            return self._write(new, overwrite=True)
        except (Immutable, AlreadyExists):  # retention, or a rule against overwriting
            return self._kept(new, standing, protected=True)

    def _publish_version(self, new: _Write) -> Published:
        standing = self._read(new.key)
        if standing is None or not _stays(standing, new.manifest):
            return self._write(new, overwrite=True)
        if standing.body == new.manifest.body and rank_of(standing) < BEST:
            standing = Versions(self._store, new.key).settle_newest(new.manifest) or standing
        return self._kept(new, standing)

    def _read(self, key: str) -> StoredObject | None:
        try:
            return self._store.read(self._bucket, key, READ_AT_MOST)
        except NotFound:
            return None

    def _write(self, new: _Write, *, overwrite: bool) -> Published:
        """Write a manifest; the only place that does, and none whose note is not written."""
        manifest, metadata = new.manifest, dict(new.manifest.metadata)
        if new.mark:
            metadata[WRITTEN_BY] = new.mark
            self._notes.before_write(new.mark, manifest.job_id)
        with self._write_latency.measured():
            written = self._store.write(
                new.key, manifest.body, overwrite=overwrite, metadata=metadata
            )
        if written.version_id:
            better = Versions(self._store, new.key).settle(manifest, written.version_id)
            if better:
                return self._kept(new, better)
        ref = ManifestRef(self._bucket, new.key, written.etag)
        return Published(ref, manifest.status, written=True, mark=new.mark)

    def _kept(self, new: _Write, standing: StoredObject, *, protected: bool = False) -> Published:
        """Return what stands; it may be this very write, whose first answer was lost."""
        ref = ManifestRef(self._bucket, new.key, standing.etag)
        better = not protected and standing.body != new.manifest.body
        is_this = bool(new.mark) and standing.metadata.get(WRITTEN_BY) == new.mark
        return Published(
            ref,
            status_of(standing),
            kept=better,
            protected=protected,
            written=is_this,
            mark=new.mark if is_this else "",
        )


class _Write(NamedTuple):
    """A manifest that is to be written, its key, and the mark of this write."""

    key: str
    manifest: Manifest
    mark: str


def _stays(standing: StoredObject, manifest: Manifest) -> bool:
    return standing.body == manifest.body or manifest.rank < rank_of(standing)
