"""The versions of one manifest, on a bucket where forbid-overwrite has no effect.

Whoever writes a version looks at the others afterwards. The best one shall stand: what is newer and
worse is withdrawn, the own version among it. Whoever writes last sees all others, so in the end the
best one stands. Of two equal ones the older stays.
"""

from __future__ import annotations

from contextlib import suppress

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.manifests.document import BEST, MAX_MANIFEST_BYTES, Manifest, rank
from mps_manifest.ports import ObjectStore, StoredObject


class Versions:
    """All versions of one key since it was last deleted on purpose."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key

    def settle(self, manifest: Manifest, own: str) -> StoredObject | None:
        """Let the best version stand after the own one was written; None if that is it.

        If the others can't be seen the own one is withdrawn again, unless nothing could be better.
        """
        try:
            return self._settle(manifest, own)
        except ServiceError:
            if rank(manifest.body) < BEST:
                with suppress(ServiceError):
                    self._store.withdraw(self._key, own)
            raise

    def settle_newest(self, manifest: Manifest) -> StoredObject | None:
        """Do the same for a version that stands, whose writer may have been killed."""
        newest = next(iter(self._store.versions(self._key)), None)
        return self._settle(manifest, newest.version_id) if newest and newest.etag else None

    def _settle(self, manifest: Manifest, own: str) -> StoredObject | None:
        bodies = self._bodies(manifest, own)
        if not bodies:
            return None  # deleted on purpose, just now
        best = self._best(bodies, own)
        for version_id, stored in bodies:
            if version_id == best[0]:
                break
            if rank(stored.body) < rank(best[1].body) or version_id == own:
                self._store.withdraw(self._key, version_id)
        return None if best[0] == own else best[1]

    def _bodies(self, manifest: Manifest, own: str) -> list[tuple[str, StoredObject]]:
        found = []
        for version in self._store.versions(self._key):
            if version.etag is None:
                break
            with suppress(NotFound):  # its writer withdrew it meanwhile
                found.append((version.version_id, self._read(version.version_id, manifest, own)))
        return found

    def _read(self, version_id: str, manifest: Manifest, own: str) -> StoredObject:
        if version_id == own:
            return StoredObject(manifest.body, "", len(manifest.body), {})
        return self._store.read_version(self._key, version_id, MAX_MANIFEST_BYTES)

    def _best(self, bodies: list[tuple[str, StoredObject]], own: str) -> tuple[str, StoredObject]:
        """Choose the newest of the best; an equal one right beneath the own goes before it."""
        best = max(bodies, key=lambda version: rank(version[1].body))  # the first, so the newest
        at = bodies.index(best)
        beneath = bodies[at + 1 : at + 2]
        if best[0] == own and beneath and beneath[0][1].body == best[1].body:
            return beneath[0]
        return best
