"""What the use cases need of the world; the adapters and the tests' fakes implement it.

Every method may raise ServiceError (errors.py) and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mps_manifest.settings import Api


@dataclass(frozen=True)
class ObjectFacts:
    """What a HEAD tells: `last_modified` as YYYY-MM-DDTHH:MM:SSZ, `crc64ecma` as decimal text."""

    bytes: int
    etag: str
    content_type: str | None
    last_modified: str | None
    crc64ecma: str | None = None
    version_id: str | None = None


@dataclass(frozen=True)
class StoredObject:
    """An object that was read whole or up to a limit; `metadata` without `x-oss-meta-`."""

    body: bytes
    etag: str
    bytes: int
    metadata: Mapping[str, str]


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

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """List keys in order, page by page, as far as the caller iterates."""

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write a JSON object to the home bucket; returns its ETag.

        Raises AlreadyExists where `overwrite` is false and the key is taken, Immutable where the
        bucket protects it.
        """

    def delete(self, key: str) -> None:
        """Delete an object of the home bucket; one that is gone is no error."""


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

    def fault(self, fault: Exception) -> None:
        """Write where an unexpected error came from."""
