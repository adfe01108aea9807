"""Replace a manifest while others may want to replace it, too.

OSS has no conditional overwrite. What it has is forbid-overwrite, so whoever wants to replace
something first creates the lock object of the next generation; only one can. A lock that was left
behind counts until its lease ends, then the next generation takes over.

On a bucket with versioning forbid-overwrite has no effect, but nothing is lost there either:
whoever finds a better version beneath the one just written withdraws their own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import orjson

from mps_manifest.errors import AlreadyExists, Busy, NotFound, ServiceError
from mps_manifest.ports import Clock, ObjectStore
from mps_manifest.settings import Settings

LEASE_SECONDS = 120.0
_TRIES = 5
_PAUSE = 0.4
_MAX_LOCK_BYTES = 1024
_MAX_STALE = 1000


@dataclass(frozen=True)
class Locks:
    """Locks of single manifests, below the state prefix."""

    store: ObjectStore
    settings: Settings
    clock: Clock

    @contextmanager
    def held(self, job_id: str) -> Iterator[None]:
        """Hold the lock of a manifest. Raises Busy where somebody else keeps it."""
        prefix = f"{self._prefix}{job_id}/"
        keys = self._acquire(prefix)
        try:
            yield
        finally:
            for key in keys:
                self._drop(key)

    def drop_stale(self) -> None:
        """Remove locks that were left behind. May raise ServiceError."""
        for key in list(islice(self.store.keys(self.settings.bucket, self._prefix), _MAX_STALE)):
            if not self._leased(key):
                self.store.delete(key)

    @property
    def _prefix(self) -> str:
        return f"{self.settings.state_prefix}locks/"

    def _acquire(self, prefix: str) -> list[str]:
        for tries in range(_TRIES):
            if tries:
                self.clock.sleep(random.uniform(0, _PAUSE))
            stale = list(self.store.keys(self.settings.bucket, prefix))
            if stale and self._leased(stale[-1]):
                continue
            generation = int(stale[-1][len(prefix) :]) + 1 if stale else 1
            key = f"{prefix}{generation:08d}"
            body = orjson.dumps({"until": self.clock.now() + LEASE_SECONDS})
            try:
                self.store.write(key, body, overwrite=False)
            except AlreadyExists:
                continue
            except ServiceError:
                self._drop(key)  # it may have been written all the same
                raise
            return [*stale, key]
        raise Busy

    def _drop(self, key: str) -> None:
        with suppress(ServiceError):  # its lease ends, and a sweep removes it
            self.store.delete(key)

    def _leased(self, key: str) -> bool:
        try:
            lock = orjson.loads(self.store.read(self.settings.bucket, key, _MAX_LOCK_BYTES).body)
            return float(lock["until"]) > self.clock.now()
        except (NotFound, ValueError, KeyError, TypeError):
            return False
