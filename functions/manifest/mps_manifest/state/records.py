"""Read and write small JSON records in the bucket; a broken one never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import orjson

from mps_manifest.errors import NotFound
from mps_manifest.ports import ObjectStore, Telemetry, Written
from mps_manifest.settings import Settings

T = TypeVar("T")


class Record(Generic[T]):
    """The value of a record, and the ETag and the metadata of its object."""

    def __init__(self, value: T, etag: str, metadata: Mapping[str, str]) -> None:
        self.value = value
        self.etag = etag
        self.metadata = metadata


class Broken(NamedTuple):
    """An object that is not a valid record though its key is that of one.

    `body` is what was read of it.
    """

    key: str
    reason: str
    etag: str
    body: bytes = b""


class Records:
    """The records of the bucket. Every method may raise ServiceError."""

    def __init__(self, store: ObjectStore, settings: Settings, telemetry: Telemetry) -> None:
        self.store = store
        self._bucket = settings.bucket
        self.telemetry = telemetry

    def read(self, key: str, limit: int, parse: Callable[[Any], T]) -> Record[T] | Broken | None:
        """Read a record of at most `limit` bytes; None where there is none.

        `parse` turns the decoded JSON into the record's value; the errors that invalid values cause
        in it (ValueError, TypeError and the like) make the record Broken, which is logged.
        """
        try:
            stored = self.store.read(self._bucket, key, limit)
        except NotFound:
            return None
        try:
            if stored.bytes > limit:
                raise ValueError("too large")  # noqa: TRY301 - handled below with the other errors
            value = parse(orjson.loads(stored.body))
            return Record(value, stored.etag, stored.metadata)
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            reason = type(error).__name__
            self.telemetry.log("warning", "broken record", key=key, reason=reason)
            return Broken(key, reason, stored.etag, stored.body)

    def write(
        self,
        key: str,
        value: Mapping[str, Any] | tuple[Any, ...],
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
    ) -> Written:
        """Write a record; fields that are None are left out.

        Raises AlreadyExists where `overwrite` is false and the key is taken.
        """
        if isinstance(value, Mapping):
            value = {name: field for name, field in value.items() if field is not None}
        body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return self.store.write(key, body, overwrite=overwrite, metadata=metadata)
