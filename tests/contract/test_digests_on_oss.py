"""Digests through oss2 on the local cloud: the CRC-64 OSS tells, connections that break."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from mps_manifest.adapters.checksums import RunningChecksum
from mps_manifest.adapters.oss import OssStore
from mps_manifest.errors import Changed, OutOfTime, Unreachable
from mps_manifest.files.digests import Digests
from mps_manifest.limits.deadline import Deadline
from mps_manifest.parsing.locations import Location
from tests.contract.test_object_store import close, cloud, real_store
from tests.fakes import HOME, FakeClock

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
        return Digests(self.store, Deadline(CountedClock(tick), 60), RunningChecksum)

    def digest(self, tick: float = 0.0) -> str:
        return self.digests(tick).digest_of(AT, self.store.head(HOME, KEY))

    def downloaded(self) -> int:
        """Bytes of the file that left the cloud."""
        return sum(r.bytes_out for r in self.cloud.requests() if r.key == KEY)


@pytest.fixture
def bench(cloud: LocalCloud) -> Iterator[Bench]:
    cloud.reset()
    cloud.create_bucket(HOME)
    cloud.put_object(HOME, KEY, BODY)
    store = real_store(cloud)
    yield Bench(cloud, store)
    close(store)


def test_digest_and_the_checksum_oss_reports_agree(bench: Bench) -> None:
    """OSS's CRC-64 and ours are the same function."""
    assert bench.store.head(HOME, KEY).crc64ecma
    assert bench.digest() == DIGEST


def test_a_file_too_long_for_the_time_leaves_no_connection_behind(bench: Bench) -> None:
    """What was not read of it is not read either."""
    with pytest.raises(OutOfTime):
        bench.digest(tick=0.8)
    assert bench.digest() == DIGEST


def test_a_broken_connection_is_reported_and_the_next_try_reads_all(bench: Bench) -> None:
    """A stream of which half came, then one that OSS answers with 503 at once."""
    half = len(BODY) // 2
    for rule in (
        FaultRule("drop", action="GetObject", prefix="out/", drop_after=half, times=1),
        FaultRule("error", action="GetObject", prefix="out/", status=503, times=1),
    ):
        bench.cloud.add_fault(rule)
        with pytest.raises(Unreachable):
            bench.digest()
    bench.cloud.reset_requests()
    assert bench.digest() == DIGEST
    assert bench.downloaded() == len(BODY)


def test_an_object_replaced_after_head_is_reported(bench: Bench) -> None:
    """If-Match holds the stream to the object that was looked at."""
    facts = bench.store.head(HOME, KEY)
    bench.cloud.put_object(HOME, KEY, BODY[::-1])
    with pytest.raises(Changed):
        bench.digests().digest_of(AT, facts)
    assert bench.digest() == f"sha256:{hashlib.sha256(BODY[::-1]).hexdigest()}"
