"""Objects in memory: every call is recorded, every failure is the test's own choice."""

from __future__ import annotations

import hashlib
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import crcmod

from mps_manifest.errors import (
    AlreadyExists,
    Changed,
    Immutable,
    NotFound,
    Unauthorized,
)
from mps_manifest.ports import (
    Clock,
    Dated,
    KeyPage,
    ObjectFacts,
    ObjectStream,
    StoredObject,
    Version,
    Written,
)

HOME = "home-bucket"
crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=2**64 - 1, rev=True)


@dataclass(frozen=True)
class Call:
    """One call of a port; `key` is a prefix where keys were listed."""

    operation: str
    bucket: str
    key: str


@dataclass(frozen=True)
class Held:
    """An object the store holds."""

    body: bytes
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """The entity tag OSS gives to an object that was put at once."""
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest().upper()


class FakeStore:
    """Objects in a dictionary, listed in OSS's order.

    `fault` sees every call before it is done and may raise; `lost` sees every write that is done,
    whose answer gets lost where it raises; `denied` buckets answer Unauthorized.
    The answers are dated by a clock, if there is one. With `versioning` every write makes a version
    and forbid-overwrite has no effect; an `immutable` store lets nothing be replaced or deleted.
    """

    def __init__(
        self,
        fault: Callable[[Call], None] = lambda _call: None,
        denied: Iterable[str] = (),
        content_types: Mapping[str, str] | None = None,
        *,
        versioning: bool = False,
        immutable: bool = False,
        dated_by: Clock | None = None,
    ) -> None:
        self.dated_by = dated_by
        self._dated: Dated | None = None
        self.versioning = versioning
        self.immutable = immutable
        self.page_size = 1000
        self.history: dict[str, list[tuple[str, Held | None]]] = {}
        self.objects: dict[tuple[str, str], Held] = {}
        self.calls: list[Call] = []
        self.ranges: list[tuple[str, int, int]] = []
        self.written: list[str] = []
        self.fault = fault
        self.lost: Callable[[Call], None] = lambda _call: None
        self.denied = set(denied)
        self.content_types = dict(content_types or {})
        self.content_encodings: dict[str, str] = {}
        self._lock = threading.Lock()

    def put(
        self,
        key: str,
        body: bytes = b"x",
        metadata: Mapping[str, str] | None = None,
        bucket: str = HOME,
    ) -> None:
        """Place an object, as somebody else would."""
        with self._lock:
            self.objects[bucket, key] = Held(body, metadata or {})

    def body(self, key: str) -> bytes:
        """Return the content of an object of the home bucket."""
        return self.objects[HOME, key].body

    def home_keys(self, prefix: str = "") -> list[str]:
        """List the home bucket without making a call."""
        with self._lock:
            return sorted(k for b, k in self.objects if b == HOME and k.startswith(prefix))

    def count(self, operation: str) -> int:
        """Count calls of one kind."""
        return Counter(call.operation for call in self.calls)[operation]

    def head(self, bucket: str, key: str) -> ObjectFacts:
        held = self._held(Call("head", bucket, key))
        return ObjectFacts(
            bytes=len(held.body),
            etag=held.etag,
            content_type=self.content_types.get(key, "application/octet-stream"),
            last_modified="2024-05-01T10:00:00Z",
            crc64ecma=str(crc64(held.body)),
            metadata=held.metadata,
            content_encoding=self.content_encodings.get(key),
        )

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        held = self._held(Call("read", bucket, key))
        return StoredObject(held.body[:limit], held.etag, len(held.body), held.metadata)

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        held = self._same(self._held(Call("read", bucket, key)), etag)
        pieces = (held.body[at : at + 1000] for at in range(0, len(held.body), 1000))
        return ObjectStream(held.etag, len(held.body), held.metadata, pieces, lambda: None)

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        if not length:
            return b""
        held = self._same(self._held(Call("range", bucket, key)), etag)
        with self._lock:
            self.ranges.append((key, start, length))
        return held.body[start : start + length]

    def _same(self, held: Held, etag: str) -> Held:
        if etag and etag != held.etag:
            raise Changed("The object is another one.", code="PreconditionFailed", status=412)
        return held

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        self._called(Call("list", bucket, prefix))
        with self._lock:
            found = [
                key
                for home, key in self.objects
                if key > after and key.startswith(prefix) and home == bucket
            ]
        yield from sorted(found)  # code points have the order of their bytes in UTF-8

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        found = list(self.keys(bucket, prefix, after))
        return KeyPage(tuple(found[: self.page_size]), len(found) > self.page_size)

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",  # noqa: ARG002 - the port's signature
    ) -> Written:
        call = Call("write", HOME, key)
        self._called(call)
        held = Held(body, metadata or {})
        with self._lock:
            there = (HOME, key) in self.objects
            if not overwrite and there and not self.versioning:
                raise AlreadyExists("The object exists.", code="FileAlreadyExists", status=409)
            if there:
                self._refuse_if_immutable()
            self.objects[HOME, key] = held
            self.written.append(key)
            written = Written(held.etag, self._keep(key, held) if self.versioning else None)
        self.lost(call)
        return written

    def delete(self, key: str) -> None:
        self._called(Call("delete", HOME, key))
        with self._lock:
            if (HOME, key) in self.objects:
                self._refuse_if_immutable()
                del self.objects[HOME, key]
                if self.versioning:
                    self._keep(key, None)

    def versioned(self) -> bool:
        return self.versioning

    def versions(self, key: str) -> list[Version]:
        self._called(Call("list", HOME, key))
        with self._lock:
            kept = self.history.get(key, [])
            return [Version(name, held.etag if held else None) for name, held in reversed(kept)]

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        self._called(Call("read", HOME, key))
        with self._lock:
            held = dict(self.history.get(key, [])).get(version_id)
        if held is None:
            raise NotFound("The version does not exist.", code="NoSuchVersion", status=404)
        return StoredObject(held.body[:limit], held.etag, len(held.body), held.metadata)

    def withdraw(self, key: str, version_id: str) -> None:
        self._called(Call("delete", HOME, key))
        with self._lock:
            kept = [each for each in self.history.get(key, []) if each[0] != version_id]
            self.history[key] = kept
            newest = kept[-1][1] if kept else None
            self.objects.pop((HOME, key), None)
            if newest:
                self.objects[HOME, key] = newest

    def dated(self) -> Dated | None:
        return self._dated

    def _keep(self, key: str, held: Held | None) -> str:
        kept = self.history.setdefault(key, [])
        kept.append((f"v{len(self.written)}-{len(kept)}", held))
        return kept[-1][0]

    def _refuse_if_immutable(self) -> None:
        if self.immutable:
            raise Immutable("The object is immutable.", code="FileImmutable", status=409)

    def _held(self, call: Call) -> Held:
        self._called(call)
        with self._lock:
            held = self.objects.get((call.bucket, call.key))
        if held is None:
            raise NotFound("The object does not exist.", code="NoSuchKey", status=404)
        return held

    def _called(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)
            if self.dated_by:
                now = self.dated_by.monotonic()
                self._dated = Dated(math.floor(self.dated_by.now()), now, now)
        if call.bucket in self.denied:
            raise Unauthorized("You have no right.", code="AccessDenied", status=403)
        self.fault(call)
