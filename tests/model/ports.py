"""The ports of one invocation, over the fakes: at every call something may happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.ports import (
    Dated,
    KeyPage,
    ObjectFacts,
    ObjectStream,
    StoredObject,
    Version,
    Written,
)
from mps_manifest.settings import Api
from tests.fakes import HOME, FakeStore, Held
from tests.model.plans import FAULTS, FROZEN, area
from tests.model.strands import Killed

if TYPE_CHECKING:
    from tests.model.ledger import Ledger
    from tests.model.world import Invocation

T = TypeVar("T")
PAGE = 3
CHUNK = 33


class WatchedStore(FakeStore):
    """The bucket, under the onlooker's eyes."""

    ledger: Ledger
    now: Callable[[], float]

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        before = self.objects.get((HOME, key))
        written = super().write(
            key, body, overwrite=overwrite, metadata=metadata, content_type=content_type
        )
        self.ledger.written(key, before, self.objects[HOME, key], self.now())
        return written

    def delete(self, key: str) -> None:
        before = self.objects.get((HOME, key))
        super().delete(key)
        self.ledger.deleted(key, before)

    def withdrawn(self, key: str, version_id: str, *, own: bool) -> None:
        held = dict(self.history.get(key, [])).get(version_id)
        super().withdraw(key, version_id)
        if own and held:
            self.ledger.taken_back(key, held)

    def take_place(self, changes: list[tuple[float, str, bool]]) -> None:
        """Put and remove files, as the service and others do."""
        for moment, key, there in changes:
            if there:
                self.objects[HOME, key] = Held(b"1\n00:00:01,000 --> 00:00:02,000\nhi\n")
                self.ledger.present_since[key] = moment
            else:
                self.objects.pop((HOME, key), None)
                self.ledger.present_since.pop(key, None)


class Gate:
    """Where the calls of one invocation leave its process."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    def call(self, operation: str, key: str, effect: Callable[[], T]) -> T:
        """Make a call: let others go first perhaps, and meet what is planned for it."""
        here = self._invocation
        world, name = here.world, area(operation, key)
        world.turns.turn(f"{name} {here.calls[name]}")
        if world.jobs.kills(name, key):
            self._happens("kill", name, key)
        strike = here.plan.strike(name, here.calls[name], here.calls.total())
        here.calls[name] += 1
        what = strike.what if strike else world.weather.fault(operation)
        after = bool(strike and strike.after)
        if what != "fine" and not after:
            self._happens(what, name, key)
        world.turns.sleep(here.plan.latency / 2)
        try:
            result = effect()
        except ServiceError as fault:
            self._note(name, key, type(fault).__name__)
            raise
        self._note(name, key, "")
        world.turns.sleep(here.plan.latency / 2)
        if what != "fine" and after:
            self._happens(what, name, key)
        return result

    def _happens(self, what: str, name: str, key: str) -> None:
        here = self._invocation
        self._note(name, key, what.upper())
        if what == "kill":
            here.dead = True
            here.world.ledger.killed += 1
            raise Killed
        if what == "freeze":
            here.end += FROZEN  # time stands still for the platform, too
            here.world.turns.turn("frozen")
            here.world.turns.sleep(FROZEN)
            return
        if name == "head file" and what == "denied":
            here.world.ledger.denied.add(key.split("/")[1])
        raise FAULTS[what](f"the {name} failed")

    def _note(self, name: str, key: str, result: str) -> None:
        self._invocation.note(f"{name} {key} {result}")


class GatedStore:
    """The ObjectStore port."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._store = invocation.world.store
        self._call = Gate(invocation).call
        self._own: set[str] = set()

    def head(self, bucket: str, key: str) -> ObjectFacts:
        return self._call("head", key, lambda: self._store.head(bucket, key))

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        return self._call("read", key, lambda: self._store.read(bucket, key, limit))

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        whole = self._store.stream  # its first answer; every chunk is a call of its own
        found = self._call("read", key, lambda: whole(bucket, key, etag=etag))
        body = b"".join(found.chunks)
        return found._replace(chunks=self._chunks(key, body))

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        read = partial(self._store.read_range, bucket, key, start, length, etag)
        return self._call("read", key, read)

    def _chunks(self, key: str, body: bytes) -> Iterator[bytes]:
        for at in range(0, len(body), CHUNK):
            yield self._call("read", key, partial(bytes, body[at : at + CHUNK]))

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        more = True
        while more:
            page = self.page(bucket, prefix, after)
            yield from page.keys
            more = page.more
            after = page.keys[-1] if more else ""

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        return self._call("list", prefix, partial(self._store.page, bucket, prefix, after))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        self._invocation.about_to_write(key, body)
        written = self._call(
            "write",
            key,
            lambda: self._store.write(
                key, body, overwrite=overwrite, metadata=metadata, content_type=content_type
            ),
        )
        if written.version_id:
            self._own.add(written.version_id)
        return written

    def delete(self, key: str) -> None:
        self._call("delete", key, lambda: self._store.delete(key))

    def versioned(self) -> bool:
        return self._store.versioned()

    def versions(self, key: str) -> list[Version]:
        return self._call("list", key, lambda: self._store.versions(key))

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        return self._call("read", key, lambda: self._store.read_version(key, version_id, limit))

    def dated(self) -> Dated | None:
        return self._store.dated()

    def withdraw(self, key: str, version_id: str) -> None:
        own = version_id in self._own
        self._call("delete", key, lambda: self._store.withdrawn(key, version_id, own=own))


class GatedApi:
    """The JobsApi and TaskCallbacks ports."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._call = Gate(invocation).call

    def query(self, api: Api, job_id: str, _limit: int = 0) -> Mapping[str, Any]:
        self._invocation.asking(api, job_id)
        answer = self._call("query", job_id, lambda: self._invocation.answer(api, job_id))
        self._invocation.was_told(api, job_id)
        return answer

    def succeed(self, token: str, output: str) -> None:
        self._report(token, "succeeded", output)

    def fail(self, token: str, error: str, cause: str) -> None:
        self._report(token, error, cause)

    def _report(self, token: str, kind: str, text: str) -> None:
        try:
            self._call("report", token, lambda: self._accept(token, kind, text))
        except ServiceError as fault:
            if fault.retryable:
                ledger = self._invocation.world.ledger
                ledger.failed_reports[token].append(self._invocation.world.clock.now())
            raise

    def _accept(self, token: str, kind: str, text: str) -> None:
        world = self._invocation.world
        if token in world.ledger.reports:
            raise NotFound("The token was used.", code="TaskAlreadyCompleted", status=400)
        for job in world.tasks[token]:
            if not world.has_ended_in(token, job):
                world.ledger.violate(f"{token} ended before {job[1][:1]} did so in it")
        world.ledger.reported(token, kind, text, world.tasks[token])
