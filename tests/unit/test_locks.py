"""Locks of manifests, where the answer to a write may get lost."""

from __future__ import annotations

from typing import Any

from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.manifests.locks import ManifestLocks
from mps_manifest.settings import read_settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Records
from tests.fakes import HOME, FakeClock, FakeStore, FakeTelemetry


class Repeating(FakeStore):
    """Each write is done twice, as where the answer to the first was lost on its way."""

    def write(self, key: str, body: bytes, **how: Any) -> Any:
        super().write(key, body, **how)
        return super().write(key, body, **how)


def test_who_wrote_a_lock_twice_is_not_locked_out_by_itself() -> None:
    """The second write is refused, since the first took place: that lock is its own."""
    store = Repeating()
    settings = read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"})
    records = Records(store, settings, FakeTelemetry())
    locks = ManifestLocks(records, Keys(settings), settings, DEFAULT_POLICY, FakeClock())
    with locks.held("job"):
        assert [key for _, key in store.objects if "locks/job/" in key]
    assert not [key for _, key in store.objects if "locks/" in key]
