"""Stores and callbacks whose calls end before their invocation does.

No call starts that could outlast the invocation, and none for a task that was given up. So no
thread works on after its invocation, whatever it hangs in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from mps_manifest.errors import OutOfTime
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.hands import is_given_up
from mps_manifest.ports import (
    ObjectFacts,
    ObjectStore,
    ObjectStream,
    StoredObject,
    TaskCallbacks,
    Version,
    Written,
)

_T = TypeVar("_T")


def check_call(deadline: Deadline) -> None:
    """Raise OutOfTime where no call may start."""
    if is_given_up() or not deadline.may_call():
        raise OutOfTime


def _each_in_time(deadline: Deadline, calls: Iterator[_T]) -> Iterator[_T]:
    """Yield what an iterator yields, each item of which may be a call."""
    while True:
        check_call(deadline)
        try:
            item = next(calls)
        except StopIteration:
            return
        yield item


class TimedStore:
    """The ObjectStore port over another one; every method may raise OutOfTime."""

    def __init__(self, store: ObjectStore, deadline: Deadline) -> None:
        self._store = store
        self._deadline = deadline

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Return what HEAD reports."""
        return self._in_time().head(bucket, key)

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""
        return self._in_time().read(bucket, key, limit)

    def stream(self, bucket: str, key: str, *, start: int = 0, etag: str = "") -> ObjectStream:
        """Open an object for reading; each of its chunks is a call."""
        stream = self._in_time().stream(bucket, key, start=start, etag=etag)
        return stream._replace(chunks=_each_in_time(self._deadline, stream.chunks))

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read a part of an object."""
        return self._in_time().read_range(bucket, key, start, length, etag)

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order."""
        return _each_in_time(self._deadline, self._in_time().keys(bucket, prefix, after))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        """Write an object."""
        return self._in_time().write(
            key, body, overwrite=overwrite, metadata=metadata, content_type=content_type
        )

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._in_time().delete(key)

    def versioned(self) -> bool:
        """Return whether the home bucket is versioned."""
        return self._in_time().versioned()

    def versions(self, key: str) -> list[Version]:
        """Return the newest versions of an object."""
        return self._in_time().versions(key)

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        """Read one version of an object."""
        return self._in_time().read_version(key, version_id, limit)

    def withdraw(self, key: str, version_id: str) -> None:
        """Delete one version of an object."""
        self._in_time().withdraw(key, version_id)

    def _in_time(self) -> ObjectStore:
        check_call(self._deadline)
        return self._store


class TimedCallbacks:
    """The TaskCallbacks port over another one; every method may raise OutOfTime."""

    def __init__(self, callbacks: TaskCallbacks, deadline: Deadline) -> None:
        self._callbacks = callbacks
        self._deadline = deadline

    def succeed(self, token: str, output: str) -> None:
        """Report success."""
        check_call(self._deadline)
        self._callbacks.succeed(token, output)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Report failure."""
        check_call(self._deadline)
        self._callbacks.fail(token, error, cause)
