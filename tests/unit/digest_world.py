"""A store in which time passes, and invocations that digest its files."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from oss2.utils import Crc64

from mps_manifest import digests as module
from mps_manifest.adapters.checksums import RunningChecksums
from mps_manifest.deadline import Deadline
from mps_manifest.digests import Digests
from mps_manifest.errors import OutOfTime, Unreachable
from mps_manifest.paths import Location
from mps_manifest.ports import ObjectFacts, ObjectStream
from mps_manifest.settings import read_settings
from tests.unit.fakes import HOME, FakeClock, FakeStore, FakeTelemetry

KEY = "out/video.mp4"
KEPT = ".mps-manifest/digests/"
BODY = bytes(range(256)) * 400  # 102,400 bytes: 103 chunks of the fake
TIMEOUT = 60.0


class SlowStore(FakeStore):
    """Time passes with each chunk; a stream may break after some of them."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        super().__init__(**options)
        self.clock = clock
        self.seconds = 0.0
        self.breaks_after: int | None = None
        self.fault_of_break: Exception | None = Unreachable("no answer")
        self.streamed: list[tuple[str, int]] = []
        self.chunks = 0
        self.closed = 0

    def stream(self, bucket: str, key: str, *, start: int = 0, etag: str = "") -> ObjectStream:
        stream = super().stream(bucket, key, start=start, etag=etag)
        self.streamed.append((key, start))
        return replace(stream, chunks=self._slowly(stream.chunks), close=self._close)

    def _slowly(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks):
            if number == self.breaks_after:
                if self.fault_of_break:
                    raise self.fault_of_break
                return
            self.clock.pass_by(self.seconds)
            self.chunks += 1
            yield chunk

    def _close(self) -> None:
        self.closed += 1


@dataclass
class World:
    clock: FakeClock = field(default_factory=FakeClock)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)

    def __post_init__(self) -> None:
        self.store = SlowStore(self.clock)
        self.store.put(KEY, BODY)
        self.settings = read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"})

    def invocation(self, timeout: float = TIMEOUT) -> Digests:
        deadline = Deadline.after(self.clock, timeout)
        return Digests(self.store, self.settings, deadline, RunningChecksums(), self.telemetry)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(self.store.body(key)) for key in self.store.home_keys(KEPT)]

    def keep(self, **changes: Any) -> str:
        """Change the one record that is kept."""
        (key,) = self.store.home_keys(KEPT)
        record = json.loads(self.store.body(key)) | changes
        self.store.put(key, json.dumps(record).encode())
        return key

    def interrupted(self) -> None:
        """Let one invocation run out of time in the middle."""
        self.store.seconds = 2.0
        with pytest.raises(OutOfTime):
            self.invocation().digest_of(AT, facts_of(BODY))
        self.store.seconds = 0.0
        self.store.streamed.clear()


AT = Location(HOME, KEY)


def facts_of(body: bytes) -> ObjectFacts:
    crc = Crc64()
    crc.update(body)
    etag = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    return ObjectFacts(len(body), etag, None, None, crc64ecma=str(crc.crc))


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file count as a large one."""
    monkeypatch.setattr(module, "LARGE", 1000)
    monkeypatch.setattr(module, "WORTH_KEEPING", 2000)
