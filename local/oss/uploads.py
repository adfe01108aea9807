"""The storage of multipart uploads and their parts."""

import os
from dataclasses import dataclass

from local.oss import crc64, schema
from local.oss.blobs import Received
from local.oss.errors import OssError
from local.oss.model import Attributes, Content, StoredObject
from local.oss.store import ObjectStore
from local.oss.target import part_etag

SMALLEST_PART = 100 * 1024


@dataclass(frozen=True)
class Part:
    """An uploaded part."""

    number: int
    modified: float
    size: int
    etag: str
    crc: int
    blob: int


@dataclass(frozen=True)
class Upload:
    """An upload in progress."""

    id: str
    bucket: str
    key: str
    started: float
    attributes: Attributes


class UploadStore:
    """All uploads in progress."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._database = store.database

    def begin(self, bucket: str, key: str, attributes: Attributes) -> Upload:
        """Start an upload."""
        self._store.bucket(bucket)
        upload = Upload(os.urandom(16).hex().upper(), bucket, key, self._store.clock(), attributes)
        self._database.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)",
            (upload.id, bucket, key, upload.started, *schema.attribute_columns(attributes)),
        )
        return upload

    def find(self, upload_id: str, bucket: str, key: str) -> Upload:
        """Return an upload, raising NoSuchBucket or NoSuchUpload."""
        self._store.bucket(bucket)
        row = self._database.execute(
            "SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?",
            (upload_id, bucket, key),
        ).fetchone()
        if row is None:
            message = "The specified upload does not exist. It may have been aborted or completed."
            raise OssError(404, "NoSuchUpload", message, details={"UploadId": upload_id})
        return _upload_from(row)

    def uploads(self, bucket: str, prefix: str) -> list[Upload]:
        """Return the uploads of a bucket, sorted by key and ID."""
        rows = self._database.execute(
            "SELECT * FROM uploads WHERE bucket = ? ORDER BY key, id", (bucket,)
        )
        found = (_upload_from(row) for row in rows)
        return [upload for upload in found if upload.key.startswith(prefix)]

    def add_part(self, upload: Upload, number: int, received: Received) -> Part:
        """Add a part, replacing one with the same number."""
        etag = received.md5.hex().upper()
        now = self._store.clock()
        part = Part(number, now, received.size, etag, received.crc, received.blob)
        try:
            with self._store.transaction():
                self.find(
                    upload.id, upload.bucket, upload.key
                )  # it may have been aborted meanwhile
                old = [old.blob for old in self.parts(upload) if old.number == number]
                self._store.blobs.free(old)
                self._store.blobs.keep(received)
                self._database.execute(
                    "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (upload.id, number, now, part.size, etag, str(part.crc), part.blob),
                )
        except BaseException:
            self._store.blobs.drop(received)
            raise
        return part

    def parts(self, upload: Upload) -> list[Part]:
        """Return the parts, sorted by number."""
        rows = self._database.execute(
            """SELECT number, modified, size, etag, crc, blob FROM parts
               WHERE upload = ? ORDER BY number""",
            (upload.id,),
        )
        return [
            Part(number, modified, size, etag, int(crc), blob)
            for number, modified, size, etag, crc, blob in rows
        ]

    def complete(
        self,
        upload: Upload,
        wanted: list[tuple[int, str]] | None,
        *,
        forbid_overwrite: bool,
        attributes: Attributes,
    ) -> StoredObject:
        """Join the wanted parts (number and ETag) to an object; None means all."""
        parts = self.parts(upload)
        chosen = parts if wanted is None else _choose(parts, wanted)
        content = _join(chosen)
        unused = {part.blob for part in parts} - set(content.blobs)
        with self._store.transaction():
            stored = self._store.place(
                (upload.bucket, upload.key),
                content,
                attributes,
                forbid_overwrite=forbid_overwrite,
            )
            self._store.blobs.free(unused)
            self._delete_rows(upload)
        return stored

    def abort(self, upload: Upload) -> None:
        """Delete an upload and its parts."""
        with self._store.transaction():
            self._store.blobs.free(part.blob for part in self.parts(upload))
            self._delete_rows(upload)

    def _delete_rows(self, upload: Upload) -> None:
        self._database.execute("DELETE FROM parts WHERE upload = ?", (upload.id,))
        self._database.execute("DELETE FROM uploads WHERE id = ?", (upload.id,))


def _upload_from(row: tuple[str, str, str, float, str, str, str]) -> Upload:
    upload_id, bucket, key, started, content_type, headers, tags = row
    attributes = schema.attributes_from(content_type, headers, tags)
    return Upload(upload_id, bucket, key, started, attributes)


def _choose(parts: list[Part], wanted: list[tuple[int, str]]) -> list[Part]:
    numbers = [number for number, _ in wanted]
    if numbers != sorted(set(numbers)) or not numbers:
        message = "The list of parts was not in ascending order."
        raise OssError(400, "InvalidPartOrder", message)
    known = {(part.number, part.etag): part for part in parts}
    try:
        return [known[number, etag.strip('"').upper()] for number, etag in wanted]
    except KeyError:
        message = "One or more of the specified parts could not be found."
        raise OssError(400, "InvalidPart", message) from None


def _join(parts: list[Part]) -> Content:
    if not parts:
        raise OssError(400, "InvalidPart", "An object needs at least one part.")
    if any(part.size < SMALLEST_PART for part in parts[:-1]):
        message = "Your proposed upload smaller than the minimum allowed size."
        raise OssError(400, "EntityTooSmall", message)
    crc = 0
    for part in parts:
        crc = crc64.combine(crc, part.crc, part.size)
    return Content(
        sum(part.size for part in parts),
        part_etag([bytes.fromhex(part.etag) for part in parts]),
        crc,
        tuple(part.blob for part in parts),
        "Multipart",
    )
