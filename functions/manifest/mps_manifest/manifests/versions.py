"""Keep the best version of a manifest current on a versioned bucket.

Forbid-overwrite has no effect there, so each writer lists the versions after writing its own and
withdraws those that are newer and worse than the best one, including its own. The last writer sees
all versions, so in the end the best one is current. Of two equal ones the older stays.
"""

from __future__ import annotations

from contextlib import suppress

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.manifests.ranking import BEST, READ_AT_MOST, Manifest, rank_of
from mps_manifest.ports import ObjectStore, StoredObject


class Versions:
    """All versions of one key since it was last deleted deliberately."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key

    def settle(self, manifest: Manifest, own: str) -> StoredObject | None:
        """Make the best version current after writing `own`; return it, or None if it is `own`.

        Where the versions cannot be listed, `own` is withdrawn unless no other could be better.
        """
        try:
            return self._settle(manifest, own)
        except ServiceError:
            if manifest.rank < BEST:
                with suppress(ServiceError):
                    self._store.withdraw(self._key, own)
            raise

    def settle_newest(self, manifest: Manifest) -> StoredObject | None:
        """Do the same for the newest version, whose writer may have been killed before."""
        newest = next(iter(self._store.versions(self._key)), None)
        return self._settle(manifest, newest.version_id) if newest and newest.etag else None

    def _settle(self, manifest: Manifest, own: str) -> StoredObject | None:
        bodies = self._bodies(manifest, own)
        if not bodies:
            return None  # deleted deliberately in the meantime
        best = self._best(bodies, own)
        for version_id, stored in bodies:
            if version_id == best[0]:
                break
            if rank_of(stored) < rank_of(best[1]) or version_id == own:
                self._store.withdraw(self._key, version_id)
        return None if best[0] == own else best[1]

    def _bodies(self, manifest: Manifest, own: str) -> list[tuple[str, StoredObject]]:
        found = []
        for version in self._store.versions(self._key):
            if version.etag is None:
                break
            with suppress(NotFound):  # its writer has withdrawn it
                found.append((version.version_id, self._read(version.version_id, manifest, own)))
        return found

    def _read(self, version_id: str, manifest: Manifest, own: str) -> StoredObject:
        if version_id == own:
            return StoredObject(manifest.body, "", len(manifest.body), manifest.metadata)
        return self._store.read_version(self._key, version_id, READ_AT_MOST)

    def _best(self, bodies: list[tuple[str, StoredObject]], own: str) -> tuple[str, StoredObject]:
        """Return the newest of the best; `own` yields to an equal one right below it."""
        best = max(bodies, key=lambda version: rank_of(version[1]))  # the first, so the newest
        at = bodies.index(best)
        beneath = bodies[at + 1 : at + 2]
        if best[0] == own and beneath and beneath[0][1].body == best[1].body:
            return beneath[0]
        return best
