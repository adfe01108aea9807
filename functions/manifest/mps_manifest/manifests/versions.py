"""Keep the best version of a manifest current on a versioned bucket.

Forbid-overwrite has no effect there, so each writer lists the versions after writing its own and
withdraws those that are newer and worse than the best one, including its own. The last writer sees
all versions, so in the end the best one is current. Of two equal ones the older stays.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.manifests.ranking import (
    BEST,
    READ_AT_MOST,
    Manifest,
    rank_of,
    status_of,
)
from mps_manifest.ports import ObjectStore, StoredObject


class _Ranked(NamedTuple):
    """A version and its rank; its body is kept only where it equals the new manifest's."""

    version_id: str
    rank: int
    stored: StoredObject


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
        versions = self._ranked(manifest, own)
        if not versions:
            return None  # deleted deliberately in the meantime
        best = _best(versions, own)
        for version in versions:
            if version.version_id == best.version_id:
                break
            if version.rank < best.rank or version.version_id == own:
                self._store.withdraw(self._key, version.version_id)
        return None if best.version_id == own else best.stored

    def _ranked(self, manifest: Manifest, own: str) -> list[_Ranked]:
        found = []
        for version in self._store.versions(self._key):
            if version.etag is None:
                break
            with suppress(NotFound):  # its writer has withdrawn it
                stored = self._read(version.version_id, manifest, own)
                found.append(_Ranked(version.version_id, rank_of(stored), _light(stored, manifest)))
        return found

    def _read(self, version_id: str, manifest: Manifest, own: str) -> StoredObject:
        if version_id == own:
            return StoredObject(manifest.body, "", len(manifest.body), manifest.metadata)
        return self._store.read_version(self._key, version_id, READ_AT_MOST)


def _light(stored: StoredObject, manifest: Manifest) -> StoredObject:
    """Return a version without a body of its own: twenty of them would take much memory."""
    if stored.body == manifest.body:
        return stored
    return stored._replace(body=b"", metadata={**stored.metadata, "status": status_of(stored)})


def _best(versions: list[_Ranked], own: str) -> _Ranked:
    """Return the newest of the best; `own` yields to an equal one right below it."""
    best = max(versions, key=lambda version: version.rank)  # the first, so the newest
    at = versions.index(best)
    beneath = versions[at + 1 : at + 2]
    if best.version_id == own and beneath and beneath[0].stored.body == best.stored.body:
        return beneath[0]
    return best
