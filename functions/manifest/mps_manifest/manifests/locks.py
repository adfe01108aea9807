"""Lock single manifests, so that only one invocation at a time replaces a manifest.

OSS has no conditional overwrite, but it has forbid-overwrite. A lock is therefore an object with
the next generation as its name, and only one invocation can create it. An abandoned lock counts
until its lease ends; then the next generation takes over.

On a versioned bucket forbid-overwrite has no effect. There versions.py keeps the best version: a
writer that finds a better one below its own withdraws its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, NamedTuple

from mps_manifest.errors import AlreadyExists, Busy, ServiceError
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.ports import Clock
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

LOCK_SECONDS = 120.0
_MARGIN = 30.0
"""Seconds before the end of a lease from which on nothing is written under it."""
_SKEW = 60.0
"""Seconds that clocks may be apart."""
_MAX_LOCK_BYTES = 1024
_MAX_STALE = 1000


class _Lock(NamedTuple):
    until: float
    owner: str


class HeldLock:
    """A lock that was taken, for whoever is about to write under it."""

    def __init__(self, locks: ManifestLocks, key: str, owner: str, started: float) -> None:
        self._locks = locks
        self._key = key
        self._owner = owner
        self._started = started

    def check(self) -> None:
        """Raise Busy where the lock may be somebody else's by now. May raise ServiceError."""
        if not self._locks.is_still_held(self._key, self._owner, self._started):
            raise Busy


class ManifestLocks:
    """The locks of single manifests, below the state prefix."""

    def __init__(
        self, records: Records, keys: Keys, settings: Settings, policy: RetryPolicy, clock: Clock
    ) -> None:
        self._records = records
        self._store = records.store
        self._keys = keys
        self._bucket = settings.bucket
        self._policy = policy
        self._clock = clock

    @contextmanager
    def held(self, job_id: str) -> Iterator[HeldLock]:
        """Hold the lock of a manifest. Raises Busy where another invocation keeps holding it."""
        with self._held(job_id, self._policy.lock_tries) as lock:
            yield lock

    def drop_stale(self) -> None:
        """Delete abandoned locks. May raise ServiceError."""
        keys = list(islice(self._store.keys(self._bucket, self._keys.locks), _MAX_STALE))
        for job_id in dict.fromkeys(self._keys.parse_lock(key)[0] for key in keys):
            with suppress(Busy), self._held(job_id, tries=1):
                pass

    @contextmanager
    def _held(self, job_id: str, tries: int) -> Iterator[HeldLock]:
        owner = secrets.token_hex(8)
        started = self._clock.monotonic()
        *stale, own = self._acquire(job_id, owner, tries)
        try:
            yield HeldLock(self, own, owner, started)
        finally:
            for key in stale:
                with suppress(ServiceError):
                    self._store.delete(key)
            self._drop(own, owner)

    def _acquire(self, job_id: str, owner: str, tries: int) -> list[str]:
        prefix = self._keys.locks_of(job_id)
        for earlier in range(tries):
            if earlier:
                self._clock.sleep(self._policy.lock_wait())
            stale = list(self._store.keys(self._bucket, prefix))
            if any(self._counts(key) for key in stale):
                continue
            key = self._keys.lock(job_id, self._last_generation(stale) + 1)
            if self._wrote(key, owner):
                if self._is_alone(prefix, key):
                    return [*stale, key]
                self._drop(key, owner)
        raise Busy

    def _last_generation(self, keys: list[str]) -> int:
        generations = (self._keys.parse_lock(key)[1] for key in keys)
        return max(filter(None, generations), default=0)

    def _wrote(self, key: str, owner: str) -> bool:
        lock = {"until": self._clock.now() + LOCK_SECONDS, "owner": owner}
        try:
            self._records.write(key, lock, overwrite=False)
        except AlreadyExists:  # perhaps by this write, if its answer was lost and it was repeated
            return self._is_of(key, owner)
        except ServiceError:
            self._drop(key, owner)  # it may have been written nevertheless
            raise
        return True

    def _is_alone(self, prefix: str, key: str) -> bool:
        """Check that no other lock is held: others may have restarted the generations meanwhile."""
        keys = list(self._store.keys(self._bucket, prefix))
        return not any(self._counts(other) for other in keys if other != key)

    def _drop(self, key: str, owner: str) -> None:
        with suppress(ServiceError):  # then its lease ends, and a sweep deletes it
            if self._is_of(key, owner):
                self._store.delete(key)

    def _is_of(self, key: str, owner: str) -> bool:
        with suppress(ServiceError):
            lock = self._read(key)
            return lock is not None and lock.owner == owner
        return False

    def is_still_held(self, key: str, owner: str, started: float) -> bool:
        """Return whether a lock that was taken then holds on: by both clocks, and in the bucket.

        A process that was frozen may see either clock stand still. May raise ServiceError.
        """
        lock = self._read(key)
        if lock is None or lock.owner != owner:
            return False
        job_id, _ = self._keys.parse_lock(key)
        if not self._is_alone(self._keys.locks_of(job_id), key):
            return False
        # the clocks come last: whoever is frozen during a call before must see how late it is
        in_time = self._clock.monotonic() - started < LOCK_SECONDS - _MARGIN
        return in_time and self._clock.now() < lock.until - _MARGIN

    def _counts(self, key: str) -> bool:
        """Return whether a lock counts: its lease has not ended, and is none that nobody gives."""
        lock = self._read(key)
        left = lock.until - self._clock.now() if lock else 0.0
        return 0 < left <= LOCK_SECONDS + _SKEW

    def _read(self, key: str) -> _Lock | None:
        """Read a lock; None where it is missing or broken."""
        found = self._records.read(key, _MAX_LOCK_BYTES, _parse)
        return found.value if isinstance(found, Record) else None


def _parse(fields: Any) -> _Lock:
    return _Lock(float(fields["until"]), str(fields.get("owner", "")))
