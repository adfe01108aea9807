"""Texts are decoded by what they hold, since nothing says how they were written."""

import pytest

from mps_manifest.formats.text_encoding import DecodedText, decode_text

SAID = "欢迎收看\n"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (SAID.encode(), "utf-8"),
        (SAID.encode("utf-8-sig"), "utf-8"),
        (b"\xff\xfe" + SAID.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + SAID.encode("utf-16-be"), "utf-16-be"),
        (SAID.encode("gb18030"), "gb18030"),
    ],
)
def test_each_encoding_gives_the_same_text(body: bytes, encoding: str) -> None:
    """Readers must get the same text, however the service happened to write it."""
    assert decode_text(body) == DecodedText(SAID, encoding)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u2028", "\u2029"])
def test_every_newline_becomes_one(newline: str) -> None:
    """Parsers look for one kind of newline and would run lines together without it."""
    assert decode_text(f"a{newline}b".encode()).text == "a\nb"


@pytest.mark.parametrize("body", [b"a\xff\xff", b"\xff\xfea", b"\xfe\xff\xd8\x00"])
def test_what_cannot_be_decoded_is_replaced_and_told(body: bytes) -> None:
    """Text with replaced characters must not pass for what the file says."""
    decoded = decode_text(body)
    assert not decoded.sound
    assert "\ufffd" in decoded.text
