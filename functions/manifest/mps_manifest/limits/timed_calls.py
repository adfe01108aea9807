"""Stores and callbacks whose calls end before their invocation does.

No call starts that could outlast the invocation, and none for a task that was given up. So no
thread works on after its invocation, whatever it hangs in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from mps_manifest.errors import OutOfTime, Throttled
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.token_bucket import TokenBucket
from mps_manifest.limits.work_claim import is_given_up
from mps_manifest.ports import (
    Clock,
    Dated,
    KeyPage,
    ObjectFacts,
    ObjectStore,
    ObjectStream,
    StoredObject,
    TaskCallbacks,
    Topic,
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

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        """Open an object for reading; each of its chunks is a call."""
        stream = self._in_time().stream(bucket, key, etag=etag)
        return stream._replace(chunks=_each_in_time(self._deadline, stream.chunks))

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read a part of an object."""
        return self._in_time().read_range(bucket, key, start, length, etag)

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order."""
        return _each_in_time(self._deadline, self._in_time().keys(bucket, prefix, after))

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys behind `after`."""
        return self._in_time().page(bucket, prefix, after)

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

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the store's time."""
        return self._store.dated()

    def _in_time(self) -> ObjectStore:
        check_call(self._deadline)
        return self._store


class TimedTopic:
    """The Topic port over another one; may raise OutOfTime."""

    def __init__(self, topic: Topic, deadline: Deadline) -> None:
        self._topic = topic
        self._deadline = deadline

    def publish(self, text: str) -> None:
        """Publish a message."""
        check_call(self._deadline)
        self._topic.publish(text)


REPORTS_AT_ONCE = 10
REPORTS_PER_SECOND = 2
"""What CloudFlow takes of an account (its limits page: a bucket for each of the other APIs)."""


def report_bucket(instances: int, clock: Clock) -> TokenBucket:
    """Return this instance's share of the reports that CloudFlow takes."""
    return TokenBucket(REPORTS_AT_ONCE / instances, REPORTS_PER_SECOND / instances, clock)


class TimedCallbacks:
    """The TaskCallbacks port over another one, at the pace that CloudFlow takes.

    Every method may raise OutOfTime, and Throttled where a report would have to wait for longer
    than the longest call: a sweep repeats it.
    """

    def __init__(self, callbacks: TaskCallbacks, deadline: Deadline, bucket: TokenBucket) -> None:
        self._callbacks = callbacks
        self._deadline = deadline
        self._bucket = bucket

    def succeed(self, token: str, output: str) -> None:
        """Report success."""
        self._wait()
        self._callbacks.succeed(token, output)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Report failure."""
        self._wait()
        self._callbacks.fail(token, error, cause)

    def _wait(self) -> None:
        check_call(self._deadline)
        if not self._bucket.take(min(self._deadline.call_limit, self._deadline.left())):
            raise Throttled("CloudFlow takes no more reports at the moment")
        check_call(self._deadline)
