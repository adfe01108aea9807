"""What the use cases need of the world; the adapters and the tests' fakes implement it.

Every method may raise ServiceError (errors.py) and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from mps_manifest.settings import Api


class ObjectFacts(NamedTuple):
    """What a HEAD tells: `last_modified` as YYYY-MM-DDTHH:MM:SSZ, `crc64ecma` as decimal text."""

    bytes: int
    etag: str
    content_type: str | None
    last_modified: str | None
    crc64ecma: str | None = None
    version_id: str | None = None
    metadata: Mapping[str, str] = MappingProxyType({})


class StoredObject(NamedTuple):
    """An object that was read whole or up to a limit; `metadata` without `x-oss-meta-`."""

    body: bytes
    etag: str
    bytes: int
    metadata: Mapping[str, str]


class ObjectStream(NamedTuple):
    """An object that is being read: `chunks` may raise ServiceError, `close` ends it early."""

    etag: str
    size: int
    metadata: Mapping[str, str]
    chunks: Iterator[bytes]
    close: Callable[[], None]


class Written(NamedTuple):
    """What a write made; `version_id` only on a bucket with versioning."""

    etag: str
    version_id: str | None = None


class Version(NamedTuple):
    """One version of an object, or the mark of its deletion (then without `etag`)."""

    version_id: str
    etag: str | None


class JobsApi(Protocol):
    """QueryIProductionJob of either API."""

    def query(self, api: Api, job_id: str) -> Mapping[str, Any]:
        """Ask for one job.

        Raises NotFound, Throttled, Unreachable, Unauthorized or Refused.
        """


class ObjectStore(Protocol):
    """Objects: any allowed bucket can be read, only the home bucket is ever written."""

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Look at an object. Raises NotFound, Unauthorized, Unreachable."""

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""

    def stream(self, bucket: str, key: str, *, start: int = 0, etag: str = "") -> ObjectStream:
        """Start to read an object of any size, from byte `start` on.

        With an `etag` raises Changed where the object is another one by now.
        """

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read `length` bytes of an object, fewer at its end; both must be positive or zero.

        Raises Changed where the object has another ETag by now.
        """

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """List keys in order, page by page, as far as the caller iterates."""

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        """Write an object to the home bucket.

        Raises AlreadyExists where `overwrite` is false and the key is taken (a bucket with
        versioning never says so), Immutable where the bucket protects the object.
        """

    def delete(self, key: str) -> None:
        """Delete an object of the home bucket; one that is gone is no error."""

    def versioned(self) -> bool:
        """Return whether the home bucket keeps versions, as far as the function may know."""

    def versions(self, key: str) -> list[Version]:
        """List the newest versions of an object of the home bucket, newest first."""

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        """Read one version of an object of the home bucket."""

    def withdraw(self, key: str, version_id: str) -> None:
        """Delete one version of an object of the home bucket for good."""


class TaskCallbacks(Protocol):
    """How a waiting CloudFlow step learns what became of its jobs."""

    def succeed(self, token: str, output: str) -> None:
        """Report success; `output` is the text of a JSON object."""

    def fail(self, token: str, error: str, cause: str) -> None:
        """Report failure; `error` is what a Catch matches."""


class MediaParser(Protocol):
    """What knows the formats of media files."""

    @property
    def available(self) -> bool:
        """Return whether it is installed; without it there are no media facts."""

    def tracks(
        self, size: int, read: Callable[[int, int], bytes], patience: float
    ) -> list[Mapping[str, Any]]:
        """Name the tracks of a file of so many bytes, with MediaInfo's keys and values.

        `read(start, length)` gives its bytes, and what it raises is raised on. The first track
        is the file as a whole (`@type` General). `patience` is how many seconds this may take.
        Raises Unreadable where parsing crashes or does not end, OutOfTime where patience ends.
        """


class Checksum(Protocol):
    """SHA-256 and CRC-64 of the bytes given so far; `size` is their number."""

    size: int

    def update(self, data: bytes) -> None:
        """Add bytes."""

    def sha256(self) -> str:
        """Return the SHA-256 as hexadecimal digits."""

    def crc64(self) -> str:
        """Return the CRC-64 as OSS does, as decimal digits."""


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Telemetry(Protocol):
    """Logs and metrics; never given secrets, signed URLs or event bodies."""

    def log(self, level: str, message: str, /, **fields: object) -> None:
        """Write one line."""

    def count(self, name: str, value: float = 1) -> None:
        """Add to a metric of this invocation."""

    def peak(self, name: str, value: float) -> None:
        """Keep the highest value of a metric of this invocation."""

    def unexpected(self, error: Exception) -> None:
        """Write where an unexpected error came from."""
