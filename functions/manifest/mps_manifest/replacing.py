"""Replace a manifest while others may want to replace it, too.

OSS has no conditional overwrite. What it has is forbid-overwrite, so whoever wants to replace
something first creates the lock object of the next generation; only one can. A lock that was left
behind counts until its lease ends, then the next generation takes over.

On a bucket with versioning forbid-overwrite has no effect, but nothing is lost there either:
whoever finds a better version beneath the one just written withdraws their own.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import orjson

from mps_manifest.errors import AlreadyExists, Busy, NotFound, ServiceError
from mps_manifest.ports import Clock, ObjectStore
from mps_manifest.settings import Settings
from mps_manifest.values import dataclass

LEASE_SECONDS = 120.0
_TRIES = 5
_PAUSE = 0.4
_MAX_LOCK_BYTES = 1024
_MAX_STALE = 1000
_NO_LOCK = (ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Locks:
    """Locks of single manifests, below the state prefix."""

    store: ObjectStore
    settings: Settings
    clock: Clock

    @contextmanager
    def held(self, job_id: str, tries: int = _TRIES) -> Iterator[None]:
        """Hold the lock of a manifest. Raises Busy where somebody else keeps it."""
        prefix = f"{self._prefix}{job_id}/"
        owner = secrets.token_hex(8)
        keys = self._acquire(prefix, owner, tries)
        try:
            yield
        finally:
            for key in keys[:-1]:
                with suppress(ServiceError):
                    self.store.delete(key)
            self._drop(keys[-1], owner)

    def drop_stale(self) -> None:
        """Remove locks that were left behind. May raise ServiceError."""
        keys = list(islice(self.store.keys(self.settings.bucket, self._prefix), _MAX_STALE))
        for job_id in dict.fromkeys(key.removeprefix(self._prefix).split("/")[0] for key in keys):
            with suppress(Busy), self.held(job_id, tries=1):
                pass

    @property
    def _prefix(self) -> str:
        return f"{self.settings.state_prefix}locks/"

    def _acquire(self, prefix: str, owner: str, tries: int) -> list[str]:
        for earlier in range(tries):
            if earlier:
                self.clock.sleep(random.uniform(0, _PAUSE))
            stale = list(self.store.keys(self.settings.bucket, prefix))
            if any(self._leased(key) for key in stale):
                continue
            generation = int(stale[-1][len(prefix) :]) + 1 if stale else 1
            key = f"{prefix}{generation:08d}"
            body = orjson.dumps({"until": self.clock.now() + LEASE_SECONDS, "owner": owner})
            try:
                self.store.write(key, body, overwrite=False)
            except AlreadyExists:  # by ours, where its answer was lost and it was repeated
                if not self._is_of(key, owner):
                    continue
            except ServiceError:
                self._drop(key, owner)  # it may have been written all the same
                raise
            if self._alone(prefix, key):
                return [*stale, key]
            self._drop(key, owner)
        raise Busy

    def _alone(self, prefix: str, key: str) -> bool:
        """Look again: others may have begun to count anew meanwhile."""
        keys = list(self.store.keys(self.settings.bucket, prefix))
        return not any(self._leased(other) for other in keys if other != key)

    def _drop(self, key: str, owner: str) -> None:
        with suppress(ServiceError):  # its lease ends, and a sweep removes it
            if self._is_of(key, owner):
                self.store.delete(key)

    def _is_of(self, key: str, owner: str) -> bool:
        with suppress(ServiceError, *_NO_LOCK):
            return bool(self._read(key)["owner"] == owner)
        return False

    def _leased(self, key: str) -> bool:
        try:
            return float(self._read(key)["until"]) > self.clock.now()
        except (NotFound, *_NO_LOCK):
            return False

    def _read(self, key: str) -> Any:
        return orjson.loads(self.store.read(self.settings.bucket, key, _MAX_LOCK_BYTES).body)
