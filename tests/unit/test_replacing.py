"""Locks of manifests, where the answer to a write may get lost."""

from __future__ import annotations

from typing import Any

from mps_manifest.replacing import Locks
from mps_manifest.settings import read_settings
from tests.unit.fakes import HOME, FakeClock, FakeStore


class Repeating(FakeStore):
    """Each write is done twice, as where the answer to the first was lost on its way."""

    def write(self, key: str, body: bytes, **how: Any) -> Any:
        super().write(key, body, **how)
        return super().write(key, body, **how)


def test_who_wrote_a_lock_twice_is_not_locked_out_by_itself() -> None:
    """The second write is refused, since the first took place: that lock is its own."""
    store = Repeating()
    settings = read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"})
    with Locks(store, settings, FakeClock()).held("job"):
        assert [key for _, key in store.objects if "locks/job/" in key]
    assert not [key for _, key in store.objects if "locks/" in key]
