"""Checksums of bytes as they come: the same as hashlib's and OSS's, wherever the bytes are cut."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from oss2.utils import Crc64

from mps_manifest.adapters.checksums import RunningChecksum

PIECES = st.lists(st.binary(max_size=300), max_size=8)


def oss_crc(data: bytes) -> str:
    crc = Crc64()
    crc.update(data)
    return str(crc.crc)


@given(PIECES)
def test_both_checksums_are_those_of_hashlib_and_oss2(pieces: list[bytes]) -> None:
    """How the network cuts a file into pieces makes no difference."""
    whole, running = b"".join(pieces), RunningChecksum()
    for piece in pieces:
        running.update(piece)
    assert running.size == len(whole)
    assert running.sha256() == hashlib.sha256(whole).hexdigest()
    assert running.crc64() == oss_crc(whole)
