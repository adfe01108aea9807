"""The leases of shares of the quota: who wrote the object of a share's epoch has it."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice
from mps_manifest.errors import AlreadyExists, ServiceError
from mps_manifest.limits.quota_shares import Lease
from mps_manifest.ports import ObjectStore
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys

_LEASE = re.compile(r"(\d{10})-(\d{2})")
_WANTED = re.compile(r"(\d{10})-w-[0-9a-f]{16}")
_MOST_LISTED = 1000


class Leases:
    """The lease objects of the bucket. Every method but `drop` may raise ServiceError."""

    def __init__(self, store: ObjectStore, keys: Keys, settings: Settings, holder: str) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket
        self._holder = holder

    def can_be_had(self) -> bool:
        """Return whether the bucket refuses to overwrite: a versioned one does not."""
        return not self._store.versioned()

    def take(self, lease: Lease) -> bool:
        """Take a lease; return False where somebody has it."""
        try:
            self._store.write(self._keys.lease(*lease), self._holder.encode(), overwrite=False)
        except AlreadyExists:
            return False
        return True

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        """Return the leases of an epoch and later, and how many instances have none."""
        prefix = self._keys.leases
        page = self._store.keys(self._bucket, prefix, f"{prefix}{epoch:010d}")
        names = [key.removeprefix(prefix) for key in islice(page, _MOST_LISTED)]
        leases = (_LEASE.fullmatch(name) for name in names)
        taken = frozenset(Lease(int(each[2]), int(each[1])) for each in leases if each)
        return taken, sum(_WANTED.fullmatch(name) is not None for name in names)

    def want(self, epoch: int) -> None:
        """Write that this instance has none and found none, so that others leave it one."""
        key = f"{self._keys.leases}{epoch:010d}-w-{self._holder}"
        with suppress(AlreadyExists):
            self._store.write(key, b"", overwrite=False)

    def drop(self, lease: Lease) -> None:
        """Delete a lease whose epoch is over."""
        with suppress(ServiceError):
            self._store.delete(self._keys.lease(*lease))

    def sweep(self, epoch: int, most: int) -> None:
        """Delete what others have left behind of epochs before this one, `most` of it at most."""
        prefix = self._keys.leases
        for key in list(islice(self._store.keys(self._bucket, prefix), most)):
            if key < f"{prefix}{epoch:010d}":
                self._store.delete(key)
