"""Checksums that can be saved: the same as hashlib's and OSS's, wherever the bytes are cut."""

import ctypes
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from Crypto.Hash import SHA256
from hypothesis import given
from hypothesis import strategies as st
from oss2.utils import Crc64

from mps_manifest.adapters import checksums
from mps_manifest.adapters.checksums import RunningChecksum, RunningChecksums, resumable

PIECES = st.lists(st.binary(max_size=300), max_size=8)


def oss_crc(data: bytes) -> str:
    crc = Crc64()
    crc.update(data)
    return str(crc.crc)


def fed(*pieces: bytes) -> RunningChecksum:
    running = RunningChecksums().start()
    for piece in pieces:
        running.update(piece)
    return running


@pytest.fixture
def unknown_build(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pretend that pycryptodome keeps its state elsewhere."""

    class Elsewhere(ctypes.Structure):
        _fields_ = (("shift", ctypes.c_uint32), *checksums._State._fields_)

    monkeypatch.setattr(checksums, "_State", Elsewhere)
    resumable.cache_clear()
    yield
    resumable.cache_clear()


def test_this_build_is_resumable() -> None:
    """Else a file that one invocation has no time for is never digested."""
    assert resumable()
    assert RunningChecksums().start().resumable


@given(PIECES)
def test_both_checksums_are_those_of_hashlib_and_oss2(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    running = fed(*pieces)
    assert running.at == len(whole)
    assert running.sha256() == hashlib.sha256(whole).hexdigest()
    assert running.crc64() == oss_crc(whole)


@given(PIECES, PIECES)
def test_saved_checksum_goes_on_as_if_nothing_had_been(
    first: list[bytes], then: list[bytes]
) -> None:
    whole = b"".join(first + then)
    running = fed(*first)
    restored = RunningChecksums().restore(json.loads(json.dumps(running.save())))
    assert running.at - 64 < restored.at <= running.at
    restored.update(whole[restored.at :])
    assert restored.sha256() == hashlib.sha256(whole).hexdigest()
    assert restored.crc64() == oss_crc(whole)


def test_what_goes_on_after_saving_does_not_change_what_was_saved() -> None:
    running = fed(b"a" * 128)
    saved = running.save()
    before = dict(saved)
    running.update(b"b" * 128)
    assert saved == before
    assert running.sha256() == hashlib.sha256(b"a" * 128 + b"b" * 128).hexdigest()


def test_state_is_the_published_intermediate_value() -> None:
    """FIPS 180-4's initial value, so that a later implementation can read what is kept."""
    words = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
    assert fed(b"less than a block").save()["words"] == words


def test_position_beyond_half_a_gigabyte_is_kept() -> None:
    """The count of bits no longer fits into one word then."""
    running = fed()
    piece = bytes(16 * 1024 * 1024)
    known = hashlib.sha256()
    for _ in range(33):
        running.update(piece)
        known.update(piece)
    restored = RunningChecksums().restore(running.save())
    restored.update(b"end")
    known.update(b"end")
    assert restored.at == 33 * len(piece) + 3
    assert restored.sha256() == known.hexdigest()


SAVED: dict[str, Any] = dict(fed(b"a" * 640).save())


@pytest.mark.parametrize(
    "altered",
    [
        {},
        {"seal": "0" * 64},
        SAVED | {"at": 704},
        SAVED | {"at": 641},
        SAVED | {"at": -64},
        SAVED | {"at": "640"},
        SAVED | {"words": "0" * 64},
        SAVED | {"words": "zz"},
        SAVED | {"crc": "1"},
        SAVED | {"crc": "one"},
        SAVED | {"format": "sha256+crc64ecma/2"},
        SAVED | {"format": None},
        SAVED | {"more": 1},
        {key: value for key, value in SAVED.items() if key != "seal"},
    ],
    ids=str,
)
def test_altered_or_foreign_state_is_refused(altered: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="saved checksum"):
        RunningChecksums().restore(altered)


@pytest.mark.usefixtures("unknown_build")
def test_another_build_falls_back_to_hashlib_without_saving() -> None:
    running = fed(b"a" * 100, b"b" * 100)
    assert not running.resumable
    assert running.sha256() == hashlib.sha256(b"a" * 100 + b"b" * 100).hexdigest()
    assert running.crc64() == oss_crc(b"a" * 100 + b"b" * 100)
    with pytest.raises(ValueError, match="cannot save"):
        running.save()


@pytest.mark.usefixtures("unknown_build")
def test_memory_of_another_build_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be another size, too."""
    written: list[int] = []
    monkeypatch.setattr(checksums, "_hasher_at", lambda at, _words: written.append(at))
    assert not resumable()
    assert not written


@pytest.mark.usefixtures("unknown_build")
def test_another_build_takes_up_no_state() -> None:
    with pytest.raises(ValueError, match="cannot take up"):
        RunningChecksums().restore(SAVED)


def test_a_build_that_raises_falls_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "_raw_api", None)
    resumable.cache_clear()
    assert not fed(b"a").resumable
    monkeypatch.undo()
    resumable.cache_clear()
    assert fed(b"a").resumable


def test_split_hash_must_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known layout alone is not believed."""
    monkeypatch.setattr(checksums, "_hasher_at", lambda _at, _words: SHA256.new())
    resumable.cache_clear()
    assert not resumable()
    monkeypatch.undo()
    resumable.cache_clear()
