"""Compute the SHA-256 of files, each streamed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mps_manifest.errors import Mismatch, OutOfTime, Unreachable
from mps_manifest.limits.deadline import Deadline
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import Checksum, ObjectFacts, ObjectStore

AT_ONCE = 2


class Digests:
    """The digests of one invocation; safe to use from several threads."""

    def __init__(
        self, store: ObjectStore, deadline: Deadline, new_checksum: Callable[[], Checksum]
    ) -> None:
        self._store = store
        self._deadline = deadline
        self._new_checksum = new_checksum
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def digest_of(self, location: Location, facts: ObjectFacts) -> str:
        """Return `sha256:<hex>` of an object, given its HEAD.

        Raises OutOfTime where this invocation has too little time for it, Changed where the object
        has another ETag by now, Mismatch where its size or CRC-64 is not what HEAD reported, and
        other ServiceErrors.
        """
        checksum = self._new_checksum()
        with self._turn():
            self._stream(location, facts, checksum)
        _verify(checksum, facts)
        return f"sha256:{checksum.sha256()}"

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for one of the few slots for streaming, since bandwidth and cores are shared."""
        if not self._turns.acquire(timeout=self._deadline.left()):
            raise OutOfTime
        try:
            yield
        finally:
            self._turns.release()

    def _stream(self, location: Location, facts: ObjectFacts, checksum: Checksum) -> None:
        if not self._deadline.may_ask():
            raise OutOfTime
        stream = self._store.stream(location.bucket, location.key, etag=facts.etag)
        try:
            for chunk in stream.chunks:
                checksum.update(chunk)
                if checksum.size > facts.bytes:
                    return
                if not self._deadline.may_ask():
                    raise OutOfTime
        finally:
            stream.close()
        if checksum.size < stream.size:
            raise Unreachable("the connection was closed before the whole file was received")


def _verify(checksum: Checksum, facts: ObjectFacts) -> None:
    if checksum.size != facts.bytes:
        received = checksum.size
        raise Mismatch(f"Size mismatch: HEAD reported {facts.bytes} bytes, received {received}")
    if facts.crc64ecma and checksum.crc64() != facts.crc64ecma:
        raise Mismatch(
            f"CRC-64 mismatch: HEAD reported {facts.crc64ecma}, received {checksum.crc64()}"
        )
