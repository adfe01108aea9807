"""Digests through oss2 on the local cloud: the CRC-64 OSS tells, connections that break."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from mps_manifest import digests as module
from mps_manifest.adapters.checksums import RunningChecksums
from mps_manifest.adapters.oss import OssStore
from mps_manifest.deadline import Deadline
from mps_manifest.digests import Digests
from mps_manifest.errors import Changed, OutOfTime, Unreachable
from mps_manifest.paths import Location
from mps_manifest.settings import read_settings
from tests.contract.test_object_store import close, cloud, real_store
from tests.unit.fakes import HOME, FakeClock, FakeTelemetry

__all__ = ["cloud"]  # a fixture

KEY = "out/a b+c 视频.mp4"
AT = Location(HOME, KEY)
BODY = bytes(range(256)) * 32 * 1024  # 8 MiB
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


class CountedClock(FakeClock):
    """Time that passes by being asked for, so that a stream runs out of it."""

    def __init__(self, tick: float) -> None:
        super().__init__()
        self._tick = tick

    def monotonic(self) -> float:
        self.pass_by(self._tick)
        return super().monotonic()


@dataclass
class Bench:
    cloud: LocalCloud
    store: OssStore

    def digests(self, tick: float = 0.0) -> Digests:
        settings = read_settings({"BUCKET": HOME, "REGION": self.cloud.region})
        deadline = Deadline.after(CountedClock(tick), 60)
        return Digests(self.store, settings, deadline, RunningChecksums(), FakeTelemetry())

    def digest(self, tick: float = 0.0) -> str:
        return self.digests(tick).digest_of(AT, self.store.head(HOME, KEY))

    def kept(self) -> list[int]:
        keys = self.cloud.list_keys(HOME, ".mps-manifest/digests/")
        return [json.loads(self.cloud.get_object(HOME, key))["at"] for key in keys]

    def downloaded(self) -> int:
        """Bytes of the file that left the cloud."""
        return sum(r.bytes_out for r in self.cloud.requests() if r.key == KEY)


@pytest.fixture
def bench(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(module, "LARGE", 1024 * 1024)
    cloud.reset()
    cloud.create_bucket(HOME)
    cloud.put_object(HOME, KEY, BODY)
    store = real_store(cloud)
    yield Bench(cloud, store)
    close(store)


def test_digest_and_the_checksum_oss_tells_agree(bench: Bench) -> None:
    assert bench.store.head(HOME, KEY).crc64ecma
    assert bench.digest() == DIGEST


def test_replay_downloads_nothing(bench: Bench) -> None:
    bench.digest()
    bench.cloud.reset_requests()
    assert bench.digest() == DIGEST
    assert bench.downloaded() == 0


def test_later_invocations_go_on_until_the_end(bench: Bench) -> None:
    seen: list[int] = []
    for _ in range(20):
        try:
            found = bench.digest(tick=0.8)
            break
        except OutOfTime:
            seen += bench.kept()
    assert found == DIGEST
    assert len(seen) > 1
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("effect", ["drop", "error"])
def test_broken_connection_goes_on_where_it_broke(bench: Bench, effect: str) -> None:
    """A stream of which half came, then one that OSS answers with 503 at once."""
    half = len(BODY) // 2
    rule = FaultRule("drop", action="GetObject", prefix="out/", drop_after=half, times=1)
    bench.cloud.add_fault(rule)
    with pytest.raises(Unreachable):
        bench.digest()
    assert half - 64 * 1024 <= bench.kept()[0] <= half
    if effect == "error":
        rule = FaultRule("error", action="GetObject", prefix="out/", status=503, times=1)
        bench.cloud.add_fault(rule)
        with pytest.raises(Unreachable):
            bench.digest()
    bench.cloud.reset_requests()
    assert bench.digest() == DIGEST
    assert bench.downloaded() <= half + 64 * 1024


def test_object_replaced_in_between_is_told(bench: Bench) -> None:
    facts = bench.store.head(HOME, KEY)
    with pytest.raises(OutOfTime):
        bench.digest(tick=0.8)
    bench.cloud.put_object(HOME, KEY, BODY[::-1])
    with pytest.raises(Changed):
        bench.digests().digest_of(AT, facts)
    assert bench.digest() == f"sha256:{hashlib.sha256(BODY[::-1]).hexdigest()}"
