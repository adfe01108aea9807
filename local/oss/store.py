"""Buckets, objects and their versions; every method is one transaction."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from local.oss import schema
from local.oss.blobs import BlobStore, Received
from local.oss.errors import OssError, no_such_bucket, no_such_key
from local.oss.model import Attributes, Bucket, Content, StoredObject

_INSERT_OBJECT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_VERSION = _INSERT_OBJECT.replace("objects", "versions")
_NOTHING = Content(0, "", 0, ())


class ObjectStore:
    """All buckets of the cloud; only the thread of the event loop may use it."""

    def __init__(
        self,
        database: sqlite3.Connection,
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database = database
        self.clock = clock
        schema.create_tables(database)
        self.blobs = BlobStore(database, folder)
        self._last = self._highest_sequence()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of a block, or none."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            self.blobs.settle(committed=False)
            raise
        self.database.execute("COMMIT")
        self.blobs.settle(committed=True)

    def reset(self) -> None:
        """Delete everything."""
        with self.transaction():
            schema.empty_tables(self.database)
            self.blobs.reset()

    # -- buckets

    def create_bucket(self, bucket: Bucket) -> None:
        """Create a bucket, or change the settings of an existing one."""
        row = (bucket.name, bucket.created, bucket.versioning, int(bucket.immutable))
        self.database.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)", row)

    def buckets(self) -> list[Bucket]:
        """Return all buckets by name."""
        rows = self.database.execute("SELECT * FROM buckets ORDER BY name")
        return [schema.bucket_from(row) for row in rows]

    def bucket(self, name: str) -> Bucket:
        """Return a bucket, raising NoSuchBucket."""
        row = self.database.execute("SELECT * FROM buckets WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise no_such_bucket(name)
        return schema.bucket_from(row)

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket."""
        self.bucket(name)
        for query in (
            "SELECT 1 FROM objects WHERE bucket = ? LIMIT 1",
            "SELECT 1 FROM versions WHERE bucket = ? LIMIT 1",
            "SELECT 1 FROM uploads WHERE bucket = ? LIMIT 1",
        ):
            if self.database.execute(query, (name,)).fetchone():
                message = "The bucket has objects. Please delete them first."
                raise OssError(409, "BucketNotEmpty", message)
        self.database.execute("DELETE FROM lifecycles WHERE bucket = ?", (name,))
        self.database.execute("DELETE FROM buckets WHERE name = ?", (name,))

    # -- objects

    def find(self, bucket: str, key: str, version_id: str = "") -> StoredObject | None:
        """Return an object, or the requested version (or delete marker), or None."""
        current = self._current(bucket, key)
        if not version_id or (current and current.version_id == version_id):
            return current
        row = self.database.execute(
            "SELECT * FROM versions WHERE bucket = ? AND key = ? AND version_id = ?",
            (bucket, key, version_id),
        ).fetchone()
        return schema.object_from(row) if row else None

    def get(self, bucket: str, key: str, version_id: str = "") -> StoredObject:
        """Return an object, raising NoSuchBucket, NoSuchKey or NoSuchVersion."""
        self.bucket(bucket)
        found = self.find(bucket, key, version_id)
        if found is None and version_id:
            message = "The specified version does not exist."
            raise OssError(404, "NoSuchVersion", message, details={"VersionId": version_id})
        if found is None or found.marker:
            error = no_such_key(key)
            if self._latest_version(bucket, key):
                error.headers["x-oss-delete-marker"] = "true"
            raise error
        return found

    def put(
        self,
        where: tuple[str, str],
        received: Received,
        attributes: Attributes,
        *,
        forbid_overwrite: bool = False,
    ) -> StoredObject:
        """Write an object with the received content."""
        content = Content(received.size, received.md5.hex().upper(), received.crc, (received.blob,))
        try:
            with self.transaction():
                stored = self.place(where, content, attributes, forbid_overwrite=forbid_overwrite)
                self.blobs.keep(received)
        except BaseException:
            self.blobs.drop(received)
            raise
        return stored

    def place(
        self,
        where: tuple[str, str],
        content: Content,
        attributes: Attributes,
        *,
        forbid_overwrite: bool = False,
    ) -> StoredObject:
        """Write an object of recorded blobs; call it inside a transaction.

        `forbid_overwrite` has no effect if versioning was ever enabled:
        https://www.alibabacloud.com/help/en/oss/developer-reference/putobject
        """
        name, key = where
        bucket = self.bucket(name)
        old = self._current(name, key)
        if old is not None and forbid_overwrite and not bucket.versioning:
            message = "The object you specified already exists and can not be overwritten."
            raise OssError(409, "FileAlreadyExists", message)
        self._retire(bucket, key, old)
        version_id = self._new_version_id(bucket)
        new = StoredObject(
            name, key, self._sequence(), version_id, self.clock(), content, attributes
        )
        self.database.execute(_INSERT_OBJECT, schema.object_row(new))
        return new

    def change_tags(self, stored: StoredObject, tags: dict[str, str]) -> None:
        """Replace the tags of an object or version."""
        changed = replace(stored, attributes=replace(stored.attributes, tags=tags))
        current = self._current(stored.bucket, stored.key)
        is_current = current is not None and current.sequence == stored.sequence
        insert = _INSERT_OBJECT if is_current else _INSERT_VERSION
        self.database.execute(insert, schema.object_row(changed))

    def grow(self, stored: StoredObject, content: Content) -> StoredObject:
        """Replace the content of an appended object; call it inside a transaction."""
        grown = replace(stored, content=content, modified=self.clock())
        self.database.execute(_INSERT_OBJECT, schema.object_row(grown))
        return grown

    def delete(self, name: str, key: str, version_id: str = "") -> StoredObject | None:
        """Delete an object, or a version for ever; returns the delete marker or the version."""
        bucket = self.bucket(name)
        with self.transaction():
            if version_id:
                return self._delete_version(bucket, key, version_id)
            old = self._current(name, key)
            if not bucket.versioning:
                self._retire(bucket, key, old)
                return None
            self._retire(bucket, key, old)
            version_id = self._new_version_id(bucket)
            marker = StoredObject(
                name,
                key,
                self._sequence(),
                version_id,
                self.clock(),
                _NOTHING,
                Attributes(),
                marker=True,
            )
            self.database.execute(_INSERT_VERSION, schema.object_row(marker))
            return marker

    # -- versions

    def _delete_version(self, bucket: Bucket, key: str, version_id: str) -> StoredObject | None:
        found = self.find(bucket.name, key, version_id)
        if found is None:
            return None
        _forbid_change(bucket)
        self._erase(found)
        latest = self._latest_version(bucket.name, key)
        if self._current(bucket.name, key) is None and latest and not latest.marker:
            self._remove_row(latest)
            self.database.execute(_INSERT_OBJECT, schema.object_row(latest))
        return found

    def _retire(self, bucket: Bucket, key: str, old: StoredObject | None) -> None:
        """Keep the old state of a key as a version, or erase it, before a new one is written."""
        if bucket.versioning == "Suspended":
            null = self.find(bucket.name, key, "null")
            if null is not None and null != old:
                self._erase(null)
        if old is None:
            return
        keeps = bucket.versioning == "Enabled" or (
            bucket.versioning == "Suspended" and old.version_id != "null"
        )
        if keeps:
            self._remove_row(old)
            self.database.execute(_INSERT_VERSION, schema.object_row(old))
        else:
            _forbid_change(bucket)
            self._erase(old)

    def _erase(self, stored: StoredObject) -> None:
        self._remove_row(stored)
        self.blobs.free(stored.content.blobs)

    def _remove_row(self, stored: StoredObject) -> None:
        place = (stored.bucket, stored.key, stored.sequence)
        for statement in (
            "DELETE FROM objects WHERE bucket = ? AND key = ? AND sequence = ?",
            "DELETE FROM versions WHERE bucket = ? AND key = ? AND sequence = ?",
        ):
            self.database.execute(statement, place)

    def _current(self, bucket: str, key: str) -> StoredObject | None:
        query = "SELECT * FROM objects WHERE bucket = ? AND key = ?"
        row = self.database.execute(query, (bucket, key)).fetchone()
        return schema.object_from(row) if row else None

    def _latest_version(self, bucket: str, key: str) -> StoredObject | None:
        query = "SELECT * FROM versions WHERE bucket = ? AND key = ? ORDER BY sequence DESC LIMIT 1"
        row = self.database.execute(query, (bucket, key)).fetchone()
        return schema.object_from(row) if row else None

    def _new_version_id(self, bucket: Bucket) -> str:
        return os.urandom(16).hex() if bucket.versioning == "Enabled" else "null"

    def _sequence(self) -> int:
        self._last += 1
        return self._last

    def _highest_sequence(self) -> int:
        query = """SELECT max(coalesce((SELECT max(sequence) FROM objects), 0),
                          coalesce((SELECT max(sequence) FROM versions), 0))"""
        (highest,) = self.database.execute(query).fetchone()
        return int(highest)


def _forbid_change(bucket: Bucket) -> None:
    if bucket.immutable:
        raise OssError(409, "FileImmutable", "The object you specified is immutable.")
