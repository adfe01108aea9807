"""A store that keeps writes to itself: what a dry run has."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator, Mapping
from hashlib import md5
from itertools import islice
from typing import NamedTuple

from mps_manifest.errors import AlreadyExists, NotFound, Refused
from mps_manifest.ports import (
    KeyPage,
    ObjectFacts,
    ObjectStore,
    ObjectStream,
    StoredObject,
    Version,
    Written,
)
from operate.access.read_only import ReadOnlyStore

_PAGE = 1000


class _Recorded(NamedTuple):
    body: bytes
    etag: str
    metadata: Mapping[str, str]
    content_type: str


class RecordingStore(ReadOnlyStore):
    """The ObjectStore port over another one, which is only read; safe to use from several threads.

    What is written to the home bucket is kept here, and read from here. The bucket counts as one
    without versioning, since there writing refuses what is there, and nothing has to be undone.
    """

    def __init__(self, store: ObjectStore, home: str) -> None:
        super().__init__(store)
        self._home = home
        self._lock = threading.Lock()
        self._written: dict[str, _Recorded | None] = {}

    # --- reading ---------------------------------------------------------------------------------

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Return what HEAD would report."""
        kept = self._kept(bucket, key)
        if kept is None:
            return super().head(bucket, key)
        return ObjectFacts(
            len(kept.body), kept.etag, kept.content_type, None, metadata=kept.metadata
        )

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""
        kept = self._kept(bucket, key)
        if kept is None:
            return super().read(bucket, key, limit)
        return StoredObject(kept.body[:limit], kept.etag, len(kept.body), kept.metadata)

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        """Open an object for reading."""
        kept = self._kept(bucket, key)
        if kept is None:
            return super().stream(bucket, key, etag=etag)
        chunks = iter((kept.body,))
        return ObjectStream(kept.etag, len(kept.body), kept.metadata, chunks, lambda: None)

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read a part of an object."""
        kept = self._kept(bucket, key)
        if kept is None:
            return super().read_range(bucket, key, start, length, etag)
        return kept.body[start : start + length]

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order, with those that were written and without those deleted."""
        there = super().keys(bucket, prefix, after)
        if bucket != self._home:
            return there
        with self._lock:
            changed = dict(self._written)
        ours = sorted(
            key
            for key, value in changed.items()
            if value and key.startswith(prefix) and key > after
        )
        left = (key for key in there if key not in changed)
        return heapq.merge(left, ours)

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys behind `after`."""
        found = tuple(islice(self.keys(bucket, prefix, after), _PAGE + 1))
        return KeyPage(found[:_PAGE], len(found) > _PAGE)

    # --- writing ---------------------------------------------------------------------------------

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        """Keep what was to be written. Raises AlreadyExists as the bucket would."""
        etag = md5(body, usedforsecurity=False).hexdigest().upper()
        recorded = _Recorded(body, etag, dict(metadata or {}), content_type)
        is_there = not overwrite and self._is_there(key)
        with self._lock:
            if is_there or (not overwrite and self._written.get(key)):
                raise AlreadyExists(f"{key} is there")
            self._written[key] = recorded
        return Written(etag)

    def delete(self, key: str) -> None:
        """Keep that an object was to be deleted."""
        with self._lock:
            self._written[key] = None

    def versioned(self) -> bool:
        """Return False, see above."""
        return False

    def versions(self, key: str) -> list[Version]:
        """Raise Refused: there are none where nothing is versioned."""
        raise Refused(f"{key} has no versions in a dry run")

    def withdraw(self, key: str, version_id: str) -> None:  # noqa: ARG002 - the port's
        """Raise Refused: there are no versions where nothing is versioned."""
        raise Refused(f"{key} has no versions in a dry run")

    def _is_there(self, key: str) -> bool:
        try:
            self.head(self._home, key)
        except NotFound:
            return False
        return True

    def _kept(self, bucket: str, key: str) -> _Recorded | None:
        """Return what was written; None where nothing was. Raises NotFound where it was deleted."""
        if bucket != self._home:
            return None
        with self._lock:
            if key not in self._written:
                return None
            kept = self._written[key]
        if kept is None:
            raise NotFound(f"{key} was deleted")
        return kept
