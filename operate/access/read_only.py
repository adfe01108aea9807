"""A store that refuses to write: what every command has that only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mps_manifest.errors import Refused
from mps_manifest.ports import (
    Dated,
    KeyPage,
    ObjectFacts,
    ObjectStore,
    ObjectStream,
    StoredObject,
    Version,
    Written,
)


class ReadOnlyStore:
    """The ObjectStore port over another one; writing and deleting raise Refused."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Return what HEAD reports."""
        return self._store.head(bucket, key)

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""
        return self._store.read(bucket, key, limit)

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        """Open an object for reading."""
        return self._store.stream(bucket, key, etag=etag)

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read a part of an object."""
        return self._store.read_range(bucket, key, start, length, etag)

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order."""
        return self._store.keys(bucket, prefix, after)

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys behind `after`."""
        return self._store.page(bucket, prefix, after)

    def write(
        self,
        key: str,
        body: bytes,  # noqa: ARG002 - the port's
        *,
        overwrite: bool,  # noqa: ARG002
        metadata: Mapping[str, str] | None = None,  # noqa: ARG002
        content_type: str = "application/json",  # noqa: ARG002
    ) -> Written:
        """Raise Refused."""
        raise _refused(key)

    def delete(self, key: str) -> None:
        """Raise Refused."""
        raise _refused(key)

    def versioned(self) -> bool:
        """Return whether the home bucket is versioned."""
        return self._store.versioned()

    def versions(self, key: str) -> list[Version]:
        """Return the newest versions of an object."""
        return self._store.versions(key)

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        """Read one version of an object."""
        return self._store.read_version(key, version_id, limit)

    def withdraw(self, key: str, version_id: str) -> None:  # noqa: ARG002 - the port's
        """Raise Refused."""
        raise _refused(key)

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the store's time."""
        return self._store.dated()


def _refused(key: str) -> Refused:
    return Refused(f"this command only reads, and does not change {key}")
