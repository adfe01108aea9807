"""The storage of bytes: small bodies in the database, large ones in files."""

import hashlib
import os
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from local.oss import crc64

INLINE_LIMIT = 64 * 1024
CHUNK = 256 * 1024

_FILE_NAME = re.compile(r"[0-9a-f]{12}")
_SCHEMA = "CREATE TABLE IF NOT EXISTS blobs (id INTEGER PRIMARY KEY, size INTEGER, data BLOB)"


@dataclass(frozen=True)
class Received:
    """Bytes that belong to no object yet; `data` is None if they are in a file."""

    blob: int
    size: int
    md5: bytes
    crc: int
    data: bytes | None


class BlobStore:
    """Blobs by number; the file of a blob that is being read is deleted after the last reader."""

    def __init__(self, database: sqlite3.Connection, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._readers: Counter[int] = Counter()
        self._deleted_when_read: set[int] = set()
        self._freed: list[int] = []
        folder.mkdir(parents=True, exist_ok=True)
        database.execute(_SCHEMA)
        (highest,) = database.execute("SELECT coalesce(max(id), 0) FROM blobs").fetchone()
        self._next = int(highest) + 1
        self._sweep()

    async def receive(self, chunks: AsyncIterator[bytes]) -> Received:
        """Write a body to a new blob; the caller must keep() or drop() it."""
        writer = _Writer(self._number(), self._folder)
        try:
            async for chunk in chunks:
                writer.write(chunk)
            return writer.finish()
        except BaseException:
            writer.discard()
            raise

    def take(self, data: bytes) -> Received:
        """Write bytes to a new blob; the caller must keep() or drop() it."""
        writer = _Writer(self._number(), self._folder)
        writer.write(data)
        return writer.finish()

    def keep(self, received: Received) -> None:
        """Record a received blob; call it inside the transaction that refers to the blob."""
        row = (received.blob, received.size, received.data)
        self._database.execute("INSERT INTO blobs VALUES (?, ?, ?)", row)

    def drop(self, received: Received) -> None:
        """Delete a received blob that nothing refers to."""
        if received.data is None:
            self._path(received.blob).unlink(missing_ok=True)

    def copy(self, blobs: Iterable[int]) -> list[int]:
        """Copy blobs; files are linked, not read."""
        copies = []
        for blob in blobs:
            number = self._number()
            if self._path(blob).exists():
                os.link(self._path(blob), self._path(number))
            self._database.execute(
                "INSERT INTO blobs SELECT ?, size, data FROM blobs WHERE id = ?", (number, blob)
            )
            copies.append(number)
        return copies

    def free(self, blobs: Iterable[int]) -> None:
        """Delete blobs; call it inside the transaction that deletes the last reference."""
        for blob in blobs:
            query = "DELETE FROM blobs WHERE id = ? RETURNING data IS NULL"
            for (in_file,) in self._database.execute(query, (blob,)).fetchall():
                if in_file:
                    self._freed.append(blob)

    def settle(self, *, committed: bool) -> None:
        """Delete the files of freed blobs after their transaction was committed."""
        freed, self._freed = self._freed, []
        for blob in freed if committed else ():
            if self._readers[blob]:
                self._deleted_when_read.add(blob)
            else:
                self._path(blob).unlink(missing_ok=True)

    def read(self, blobs: Sequence[int], offset: int, length: int) -> bytes | None:
        """Return a range of a blob in the database, or None if it is in files."""
        if len(blobs) != 1:
            return b"" if length == 0 else None
        (data,) = self._database.execute(
            "SELECT data FROM blobs WHERE id = ?", (blobs[0],)
        ).fetchone()
        return None if data is None else data[offset : offset + length]

    def reader(
        self, blobs: Sequence[int], offset: int, length: int
    ) -> Generator[bytes, None, None]:
        """Pin the blobs, and return a generator of a range of their joined content."""
        chunks = self._chunks(tuple(blobs), offset, length)
        next(chunks)  # a started generator unpins them, however it ends
        return chunks

    def reset(self) -> None:
        """Delete everything."""
        self._database.execute("DELETE FROM blobs")
        self._sweep()

    def _chunks(
        self, blobs: tuple[int, ...], offset: int, length: int
    ) -> Generator[bytes, None, None]:
        self._readers.update(blobs)
        try:
            yield b""
            for blob in blobs:
                size, data = self._row(blob)
                start, count = min(offset, size), min(max(size - offset, 0), length)
                if data is not None:
                    yield data[start : start + count]
                elif count:
                    yield from _file_chunks(self._path(blob), start, count)
                offset, length = max(offset - size, 0), length - count
        finally:
            self._release(blobs)

    def _row(self, blob: int) -> tuple[int, bytes | None]:
        query = "SELECT size, data FROM blobs WHERE id = ?"
        row: tuple[int, bytes | None] | None = self._database.execute(query, (blob,)).fetchone()
        return row or (self._path(blob).stat().st_size, None)

    def _release(self, blobs: tuple[int, ...]) -> None:
        for blob in blobs:
            self._readers[blob] -= 1
            if not self._readers[blob]:
                del self._readers[blob]
                if blob in self._deleted_when_read:
                    self._deleted_when_read.discard(blob)
                    self._path(blob).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Delete the files of uploads that a killed process has left, and nobody else's."""
        query = "SELECT 1 FROM blobs WHERE id = ?"
        named_so = (path for path in self._folder.iterdir() if _FILE_NAME.fullmatch(path.name))
        for path in filter(Path.is_file, named_so):
            if not self._database.execute(query, (int(path.name, 16),)).fetchone():
                path.unlink()

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _path(self, blob: int) -> Path:
        return _path(self._folder, blob)


class _Writer:
    """Writes a body to memory up to a limit, beyond it to a file."""

    def __init__(self, blob: int, folder: Path) -> None:
        self._blob = blob
        self._path = _path(folder, blob)
        self._head = bytearray()
        self._file: BinaryIO | None = None
        self._size = 0
        self._crc = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._md5.update(chunk)
        self._crc = crc64.update(chunk, self._crc)
        if self._file is None and self._size > INLINE_LIMIT:
            self._file = self._path.open("wb")
            self._file.write(self._head)
            self._head.clear()
        if self._file is None:
            self._head += chunk
        else:
            self._file.write(chunk)

    def finish(self) -> Received:
        data = bytes(self._head) if self._file is None else None
        if self._file is not None:
            self._file.close()
        return Received(self._blob, self._size, self._md5.digest(), self._crc, data)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)


def _path(folder: Path, blob: int) -> Path:
    return folder / f"{blob:012x}"


def _file_chunks(path: Path, offset: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while length:
            chunk = file.read(min(CHUNK, length))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk
