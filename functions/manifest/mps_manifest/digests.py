"""The digest of a file, streamed once; one too large for an invocation is continued by later ones.

How far a file has come is kept below the state prefix, under a name made of the object's address,
ETag and size: for a file that time did not suffice for, and, when it is finished, for a large one,
so that nobody streams it again. Two invocations at the same file do no harm: both digest the same
bytes, and a lost race costs time only.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import orjson

from mps_manifest.deadline import Deadline
from mps_manifest.errors import (
    Mismatch,
    OutOfTime,
    ServiceError,
    Throttled,
    Unreachable,
)
from mps_manifest.paths import Location
from mps_manifest.ports import ObjectFacts, ObjectStore, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.values import dataclass, field

AT_ONCE = 2
LARGE = 64 * 1024 * 1024
WORTH_KEEPING = 1024 * 1024
_MAX_RECORD_BYTES = 16 * 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Checksum(Protocol):
    """SHA-256 and CRC-64 of the bytes given so far."""

    resumable: bool
    """Whether it can be saved."""

    @property
    def at(self) -> int:
        """How many bytes were given so far."""

    def update(self, data: bytes) -> None:
        """Add bytes."""

    def save(self) -> Mapping[str, str | int]:
        """Give a state for JSON; its `at` may be up to 63 bytes behind."""

    def sha256(self) -> str:
        """Give the SHA-256 as hexadecimal digits."""

    def crc64(self) -> str:
        """Give the CRC-64 as OSS does, as decimal digits."""


class Checksums(Protocol):
    """Where checksums come from."""

    def start(self) -> Checksum:
        """Start with no byte."""

    def restore(self, saved: Mapping[str, object]) -> Checksum:
        """Go on where one was saved. Raises ValueError for a state that is not to be trusted."""


@dataclass(frozen=False)
class _Progress:
    """A file that is being digested; `kept_at` is where the bucket already knows it to be."""

    location: Location
    facts: ObjectFacts
    checksum: Checksum
    kept_at: int = 0

    @property
    def done(self) -> bool:
        return self.checksum.at >= self.facts.bytes

    @property
    def gained(self) -> int:
        return self.checksum.at - self.kept_at

    @property
    def identity(self) -> dict[str, Any]:
        """Name the very content that a record is about."""
        return {
            "bucket": self.location.bucket,
            "key": self.location.key,
            "etag": self.facts.etag,
            "bytes": self.facts.bytes,
            "crc64ecma": self.facts.crc64ecma,
        }

    def digest(self) -> str:
        """Give the digest of all bytes. Raises Mismatch."""
        came, told = self.checksum.at, self.facts.bytes
        if came != told:
            raise Mismatch(f"HEAD told {told} bytes, and {came} came")
        crc = self.checksum.crc64()
        if self.facts.crc64ecma and crc != self.facts.crc64ecma:
            raise Mismatch(f"HEAD told the CRC-64 {self.facts.crc64ecma}, what came has {crc}")
        return f"sha256:{self.checksum.sha256()}"


@dataclass(frozen=True)
class Digests:
    """The digests of one invocation; safe to use from several threads."""

    store: ObjectStore
    settings: Settings
    deadline: Deadline
    checksums: Checksums
    telemetry: Telemetry
    _turns: threading.Semaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE), repr=False, compare=False
    )

    def digest_of(self, location: Location, facts: ObjectFacts) -> str:
        """Give `sha256:<hex>` of an object that was just looked at.

        Raises OutOfTime where a later invocation must go on, Changed where the object is another
        one by now, Mismatch where it is not what HEAD told, and other ServiceErrors.
        """
        with self._turn():
            if self.deadline.left() < self.deadline.call_limit:
                raise OutOfTime
            return self._digest(_Progress(location, facts, self.checksums.start()))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until few enough files are being streamed; bandwidth and cores are shared."""
        if not self._turns.acquire(timeout=self.deadline.left()):
            raise OutOfTime
        try:
            yield
        finally:
            self._turns.release()

    def _digest(self, file: _Progress) -> str:
        try:
            return self._known(file) or self._finish(file)
        except (OutOfTime, Unreachable, Throttled) as fault:
            if file.gained >= (1 if isinstance(fault, OutOfTime) else WORTH_KEEPING):
                self._keep(file)
            raise

    def _known(self, file: _Progress) -> str | None:
        """Stream a file to its end, or give the digest that was kept."""
        if file.facts.bytes <= LARGE and self._stream(file, self._halfway):
            return None
        record = self._record(file)  # a small file is only asked for when it is slow
        if digest := _digest_in(record):
            return digest
        self._take_up(file, record)
        if not self._stream(file, self.deadline.work_until):
            raise OutOfTime
        return None

    def _stream(self, file: _Progress, until: float) -> bool:
        """Stream on from where the file is; tell whether its end came before the moment did."""
        if file.done:
            return True
        if self.deadline.over:
            return False
        start, location = file.checksum.at, file.location
        stream = self.store.stream(location.bucket, location.key, start=start, etag=file.facts.etag)
        try:
            for chunk in stream.chunks:
                file.checksum.update(chunk)
                if self.deadline.passed(until) or file.checksum.at > file.facts.bytes:
                    break
            else:
                _check_end(file, start + stream.size)
        finally:
            stream.close()
        return file.done

    def _finish(self, file: _Progress) -> str:
        try:
            digest = file.digest()
        except Mismatch:
            if file.kept_at:  # what was kept may be wrong, too
                with suppress(ServiceError):
                    self.store.delete(self._key(file))
            raise
        if file.facts.bytes > LARGE or file.kept_at:
            self._write(file, {"at": file.facts.bytes, "hash": digest})
        return digest

    def _take_up(self, file: _Progress, record: Mapping[str, Any]) -> None:
        """Go on from what was kept, if that is further."""
        kept = self._restored(file, record)
        if kept is None:
            return
        file.kept_at = kept.at
        if kept.at > file.checksum.at:
            file.checksum = kept

    def _restored(self, file: _Progress, record: Mapping[str, Any]) -> Checksum | None:
        state = record.get("state")
        if not isinstance(state, dict):
            return None
        try:
            kept = self.checksums.restore(state)
        except ValueError:
            return None
        return kept if kept.at <= file.facts.bytes else None

    def _keep(self, file: _Progress) -> None:
        """Keep how far a file has come, unless somebody else has come further."""
        if not file.checksum.resumable:
            self.telemetry.log(
                "warning",
                "the digest of a file must start anew: no SHA-256 whose state can be saved",
                bucket=file.location.bucket,
                key=file.location.key,
            )
            return
        if not self._time_for_a_call:
            return
        saved = file.checksum.save()
        with suppress(ServiceError):
            record = self._record(file)
            standing = self._restored(file, record)
            further = standing is not None and standing.at >= int(saved["at"])
            if not further and not _digest_in(record):
                self._write(file, {"at": saved["at"], "state": saved})

    def _record(self, file: _Progress) -> Mapping[str, Any]:
        """Read what was kept; empty where it is not about this content, or can't be read."""
        try:
            bucket, key = self.settings.bucket, self._key(file)
            record = orjson.loads(self.store.read(bucket, key, _MAX_RECORD_BYTES).body)
        except (Unreachable, Throttled):
            raise
        except (ServiceError, orjson.JSONDecodeError):
            return {}
        if not isinstance(record, dict) or not file.identity.items() <= record.items():
            return {}
        return record

    def _write(self, file: _Progress, more: Mapping[str, Any]) -> None:
        if not self._time_for_a_call:
            return
        body = orjson.dumps(file.identity | dict(more), option=orjson.OPT_SORT_KEYS)
        with suppress(ServiceError):  # then a later invocation streams more, nothing is wrong
            self.store.write(self._key(file), body, overwrite=True)

    def _key(self, file: _Progress) -> str:
        name = f"{file.location.bucket}/{file.location.key}/{file.facts.etag}/{file.facts.bytes}"
        return (
            f"{self.settings.state_prefix}digests/{hashlib.sha256(name.encode()).hexdigest()}.json"
        )

    @property
    def _halfway(self) -> float:
        return self.deadline.clock.monotonic() + self.deadline.left() / 2

    @property
    def _time_for_a_call(self) -> bool:
        """Tell whether a call may take its longest, and the job can still be parked after it."""
        return not self.deadline.passed(self.deadline.write_until - 2 * self.deadline.call_limit)


def _check_end(file: _Progress, promised: int) -> None:
    """Tell a connection that broke from an object that is shorter than HEAD told."""
    if not file.done and file.checksum.at < promised:
        raise Unreachable("the connection ended before the file did")
    if not file.done:
        raise Mismatch(f"HEAD told {file.facts.bytes} bytes, and {file.checksum.at} came")


def _digest_in(record: Mapping[str, Any]) -> str | None:
    digest = record.get("hash")
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None
