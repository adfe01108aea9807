"""The interfaces of the outside world; the adapters and the tests' fakes implement them.

Every method may raise ServiceError (errors.py) and nothing else; `MediaParser.tracks` raises
Unreadable, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.metrics import Count, Peak
from mps_manifest.settings import Api


class ObjectFacts(NamedTuple):
    """What HEAD reports: `last_modified` as YYYY-MM-DDTHH:MM:SSZ, `crc64ecma` as decimal text.

    `bytes` is the size of what is stored, also where `content_encoding` says how to decode it.
    """

    bytes: int
    etag: str
    content_type: str | None
    last_modified: str | None
    crc64ecma: str | None = None
    version_id: str | None = None
    metadata: Mapping[str, str] = MappingProxyType({})
    content_encoding: str | None = None


class StoredObject(NamedTuple):
    """An object read whole or up to a limit.

    `bytes` is the size of the object; the names in `metadata` lack `x-oss-meta-`.
    """

    body: bytes
    etag: str
    bytes: int
    metadata: Mapping[str, str]


class ObjectStream(NamedTuple):
    """An object that is being read: `chunks` may raise ServiceError, `close` stops reading."""

    etag: str
    size: int
    metadata: Mapping[str, str]
    chunks: Iterator[bytes]
    close: Callable[[], None]


class Written(NamedTuple):
    """The result of a write; `version_id` only on a versioned bucket."""

    etag: str
    version_id: str | None = None


class Dated(NamedTuple):
    """When an answer was dated by the store, in whole seconds since the epoch.

    `sent` is when its request was sent and `received` when it came, by the monotonic clock.
    """

    date: float
    sent: float
    received: float


class KeyPage(NamedTuple):
    """A page of a list of keys, in order; `more` says whether there may be keys behind it."""

    keys: tuple[str, ...]
    more: bool


class Version(NamedTuple):
    """One version of an object, or a delete marker (then without `etag`)."""

    version_id: str
    etag: str | None


class JobsApi(Protocol):
    """QueryIProductionJob of either API."""

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        """Return the answer about one job.

        Raises TooLong where it has more than `limit` bytes; NotFound, Throttled, Unreachable,
        Unauthorized or Refused.
        """


class ObjectStore(Protocol):
    """Objects: allowed buckets can be read, only the home bucket is written."""

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Return what HEAD reports. Raises NotFound, Unauthorized, Unreachable."""

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        """Open an object of any size for reading.

        With an `etag`, raises Changed where the object has another one by now.
        """

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read `length` bytes of what is stored, fewer at its end; both must be zero or more.

        Raises Changed where the object has another ETag by now.
        """

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order; the next page is requested only when it is needed."""

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys that come after `after`."""

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

        Raises AlreadyExists where `overwrite` is false and the key is taken (never on a versioned
        bucket), Immutable where the bucket protects the object.
        """

    def delete(self, key: str) -> None:
        """Delete an object of the home bucket; a missing one is not an error."""

    def versioned(self) -> bool:
        """Return whether the home bucket is versioned; False where the role may not know."""

    def versions(self, key: str) -> list[Version]:
        """Return the newest versions of an object of the home bucket, newest first."""

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        """Read one version of an object of the home bucket."""

    def withdraw(self, key: str, version_id: str) -> None:
        """Delete one version of an object of the home bucket permanently."""

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the store's time, without a call."""


class TaskCallbacks(Protocol):
    """The callbacks to CloudFlow steps that wait for jobs."""

    def succeed(self, token: str, output: str) -> None:
        """Report success; `output` is the text of a JSON object."""

    def fail(self, token: str, error: str, cause: str) -> None:
        """Report failure; a Catch of the flow matches `error`."""


class Topic(Protocol):
    """The topic on which written manifests are announced."""

    def publish(self, text: str) -> None:
        """Publish a message.

        Raises Refused where the topic does not take this message, as one that is too large.
        """


class Clients(NamedTuple):
    """The ports to the services, with the credentials of one invocation.

    There is a topic where ANNOUNCE_TOPIC names one.
    """

    store: ObjectStore
    api: JobsApi
    callbacks: TaskCallbacks
    topic: Topic | None = None


class MediaParser(Protocol):
    """A parser of media files."""

    @property
    def available(self) -> bool:
        """Whether the parser is installed; without it there are no facts of audio and video."""

    def tracks(
        self, size: int, read: Callable[[int, int], bytes], patience: float
    ) -> list[Mapping[str, Any]]:
        """Return the tracks of a file of `size` bytes, with MediaInfo's keys and values.

        `read(start, length)` returns its bytes; errors of `read` are raised again. The first
        track is the file as a whole (`@type` General). `patience` is a time limit in seconds.
        Raises Unreadable where parsing fails, OutOfTime at the time limit.
        """


class Checksum(Protocol):
    """SHA-256 and CRC-64 of the bytes added so far; `size` is their number."""

    size: int

    def update(self, data: bytes) -> None:
        """Add bytes."""

    def sha256(self) -> str:
        """Return the SHA-256 as hexadecimal digits."""

    def crc64(self) -> str:
        """Return the CRC-64 in decimal digits, as OSS does."""


class Clock(Protocol):
    """A clock."""

    def now(self) -> float:
        """Return the seconds since the epoch (UTC)."""

    def monotonic(self) -> float:
        """Return the seconds of a clock that never goes back."""

    def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds."""


class Telemetry(Protocol):
    """Logs and metrics; callers never pass secrets, signed URLs or event bodies."""

    def log(self, level: str, message: str, /, **fields: object) -> None:
        """Write one log line."""

    def count(self, name: Count, value: float = 1) -> None:
        """Add to a metric of this invocation."""

    def peak(self, name: Peak, value: float) -> None:
        """Keep the highest value of a metric of this invocation."""

    def unexpected(self, error: Exception) -> None:
        """Log where an unexpected error was raised."""
