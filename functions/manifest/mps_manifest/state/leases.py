"""The leases of shares of the quota: who wrote the object of a share's epoch has it."""

from __future__ import annotations

from contextlib import suppress

from mps_manifest.errors import AlreadyExists, Refused
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.quota_shares import EPOCH, Lease
from mps_manifest.ports import Dated, ObjectStore
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys

_KEPT = 4
"""Epochs for which a lease that is over stays, so that nobody takes it late."""
_VERSIONED = "leases need a bucket without versioning"


class Leases:
    """The lease objects of the bucket. Every method but `dated` may raise ServiceError."""

    def __init__(
        self, store: ObjectStore, keys: Keys, settings: Settings, deadline: Deadline, holder: str
    ) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket
        self._deadline = deadline
        self._holder = holder

    def take(self, lease: Lease) -> bool:
        """Take a lease; return False where somebody has it.

        Raises Refused on a versioned bucket, which overwrites whatever it is told.
        """
        if self._store.versioned():
            raise Refused(_VERSIONED)
        key = self._keys.lease(lease.share, lease.epoch)
        try:
            written = self._store.write(key, self._holder.encode(), overwrite=False)
        except AlreadyExists:
            return False
        if written.version_id:
            raise Refused(_VERSIONED)
        return True

    def listed(self, epoch: int) -> tuple[frozenset[Lease], int]:
        """Return the leases of an epoch and later, and how many instances have too few."""
        first = self._keys.leases_from(epoch)
        keys = list(self._store.keys(self._bucket, self._keys.leases, first))
        taken = frozenset(filter(None, map(self._keys.parse_lease, keys)))
        wanting = set(filter(None, map(self._keys.parse_wanted_lease, keys)))
        return taken, len(wanting)  # who is counted in each epoch

    def want(self, epoch: int) -> None:
        """Write that this instance has too few and found none, so that others leave it one."""
        with suppress(AlreadyExists):
            self._store.write(self._keys.wanted_lease(epoch, self._holder), b"", overwrite=False)

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the store's time."""
        return self._store.dated()

    def drop_old(self) -> None:
        """Delete leases that are over, a page of them at most, while there is time."""
        dated = self._store.dated()
        if dated is None:
            return
        first_kept = self._keys.lease(0, int(dated.date // EPOCH) - _KEPT)
        page = self._store.page(self._bucket, self._keys.leases)
        for key in [key for key in page.keys if key < first_kept]:
            if not self._deadline.may_ask():
                return
            self._store.delete(key)
