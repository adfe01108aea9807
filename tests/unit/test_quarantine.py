"""What could not be used is kept."""

import base64
import hashlib
import json

import pytest

from mps_manifest.errors import Unreachable
from mps_manifest.events import Unusable
from mps_manifest.settings import read_settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.quarantine import Quarantine
from tests.fakes import HOME, FakeStore, raising

PREFIX = ".mps-manifest/"


def quarantine(store: FakeStore) -> Quarantine:
    settings = read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"})
    return Quarantine(store, Keys(settings), settings)


def test_a_text_is_kept_as_it_came() -> None:
    """Somebody must be able to read the piece and to send it again."""
    store = FakeStore()
    key = quarantine(store).add(Unusable("héllo 副", "why", "from", "empty"))
    digest = hashlib.sha256("héllo 副".encode()).hexdigest()
    assert key == f"{PREFIX}rejected/{digest}.json"
    assert json.loads(store.body(key)) == {"reason": "why", "origin": "from", "payload": "héllo 副"}


def test_bytes_that_are_no_text_are_kept_as_base64() -> None:
    """JSON holds text only, and bytes that were replaced could never be restored."""
    store = FakeStore()
    key = quarantine(store).add(Unusable(b"\xff\x00", "why", "from", "empty"))
    entry = json.loads(store.body(key))
    assert base64.b64decode(entry["payload"]) == b"\xff\x00"
    assert entry["encoding"] == "base64"


def test_a_redelivery_makes_no_second_entry() -> None:
    """Text or bytes, the same piece has the same key, and the first entry stays."""
    store = FakeStore()
    keys = {
        quarantine(store).add(Unusable(payload, "why", origin, "empty"))
        for payload, origin in (("x", "first"), (b"x", "second"), ("x", "third"))
    }
    assert len(keys) == 1
    assert store.written == list(keys)
    assert json.loads(store.body(keys.pop()))["origin"] == "first"


def test_a_store_that_fails_is_told_to_the_caller() -> None:
    """The caller must ask for another delivery, or the piece would be lost."""
    with pytest.raises(Unreachable):
        quarantine(FakeStore(raising(Unreachable("x")))).add(Unusable("x", "why", "from", "empty"))
