"""Texts are decoded by what they hold, since nothing says how they were written."""

# ruff: noqa: RUF001 - signs and letters of many languages are what it is about

import unicodedata

import pytest

from mps_manifest.formats.text.text_encoding import DecodedText, decode_text
from mps_manifest.formats.text.words_of_scripts import words_of
from tests.unit.spoken import SPOKEN

SAID = "欢迎收看\n"
TRADITIONAL = "歡迎收看本期節目\n今天我們去看風景\n"
LEGACY = {
    "shift_jis": ("cp932", "ja"),
    "euc-jp": ("euc_jp", "ja"),
    "iso-2022-jp": ("iso2022_jp", "ja"),
    "euc-kr": ("euc_kr", "ko"),
    "windows-1250": ("cp1250", "pl sk hu sl"),
    "windows-1251": ("cp1251", "ru uk bg mk"),
    "windows-1252": ("cp1252", "fr de es pt sv da no fi ca"),
    "windows-1253": ("cp1253", "el"),
    "windows-1254": ("cp1254", "tr"),
    "windows-1255": ("cp1255", "he"),
    "windows-1256": ("cp1256", "ar"),
    "windows-1257": ("cp1257", "lv lt"),
    "windows-874": ("cp874", "th"),
    "koi8-r": ("koi8_r", "ru bg"),
    "koi8-u": ("koi8_u", "uk"),
    "iso-8859-2": ("iso8859_2", "pl sk sl"),
    "iso-8859-5": ("iso8859_5", "ru uk bg mk"),
    "ibm866": ("cp866", "ru bg"),
    "ibm850": ("cp850", "de es sv"),
}
CASES = [(name, codec, tag) for name, (codec, tags) in LEGACY.items() for tag in tags.split()]


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


def as_captions(text: str) -> str:
    """Return the lines of a text as SubRip."""
    lines = text.replace("ș", "ş").replace("ț", "ţ").replace("♪", "#").splitlines()
    return "".join(
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n + 1:02d},500\n{line}\n\n"
        for n, line in enumerate(lines)
    )


@pytest.mark.parametrize(("name", "codec", "tag"), CASES)
def test_the_encoding_is_found_by_what_the_text_says(name: str, codec: str, tag: str) -> None:
    """Old captions are in what was usual where they were made, and nothing says which it is."""
    text = as_captions(SPOKEN[tag])
    assert decode_text(text.encode(codec)) == DecodedText(text, name)


@pytest.mark.parametrize(
    "line",
    [
        "¶ I know what you mean by that ¶",
        "¶¶ I know what you mean by that ¶¶",
        "It is a 4 × 4 truck",
        "10 ÷ 5 is two",
        "† He died in 1990",
        "Well… I see what you mean",
        "– Yes, I know. – No.",
        "• Yes, I know.",
        "I don´t know. He´s there.",
        "The Acme® product is good",
        "It is 2½ miles and 20 m²",
        "It is ±20 or ¼",
        "It is 20¢ today",
        "It is ¥20 today",
        "It is €20 today",
        "That is a naïve idea",
        "This is à la carte",
    ],
)
def test_one_sign_in_english_is_as_windows_has_it(line: str) -> None:
    """What else it could be are letters alone, at odd places, or signs of systems of the past."""
    text = as_captions(f"We are going to the store today\n{line}")
    assert decode_text(text.encode("cp1252")) == DecodedText(text, "windows-1252")


@pytest.mark.parametrize(
    ("codec", "name", "line"),
    [
        ("cp850", "ibm850", "I know the café there"),
        ("mac_roman", "macintosh", "I know the café there"),
        ("mac_roman", "macintosh", "I know, “no” she said. I don’t know"),
        ("mac_roman", "macintosh", "– I know… she said"),
    ],
)
def test_what_is_clearly_of_an_old_system_stays_so(codec: str, name: str, line: str) -> None:
    """Windows is likely, but does not make letters of what are none there."""
    text = as_captions(f"We are going to the store today\n{line}")
    assert decode_text(text.encode(codec)) == DecodedText(text, name)


@pytest.mark.parametrize(
    ("tag", "codec", "name", "line"),
    [
        ("fr", "cp1252", "windows-1252", "Il est parti à 2 h ½ hier soir."),
        ("fr", "iso8859_15", "iso-8859-15", "Mon cœur, ma sœur, déjà."),
        ("es", "cp1252", "windows-1252", "¶ Siempre dices lo mismo ¶"),
        ("de", "cp1252", "windows-1252", "Das sind 3 × 4 m² und ¼ mehr."),
        ("no", "cp850", "ibm850", "Jeg må gå nå, å nei."),
        ("pl", "iso8859_2", "iso-8859-2", "Dziś śpię u was."),
        ("pl", "cp1250", "windows-1250", "¶ Zawsze tak mówisz ¶"),
        ("hu", "cp1250", "windows-1250", "Ő is jön… á, nem."),
    ],
)
def test_a_sign_among_letters_is_no_letter(tag: str, codec: str, name: str, line: str) -> None:
    """Where one encoding has a sign, another has a letter, and a viewer would read that."""
    text = as_captions(f"{SPOKEN[tag]}\n{line}")
    assert decode_text(text.encode(codec)) == DecodedText(text, name)


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_traditional_chinese_is_in_either_of_two(encoding: str) -> None:
    """GB18030 holds all characters; Big5 has others in the same places."""
    assert decode_text(TRADITIONAL.encode(encoding)) == DecodedText(TRADITIONAL, encoding)


@pytest.mark.parametrize("text", ["副歌", "音乐", "再见\n谢谢", "我的 iPhone 手机\n"])
def test_little_chinese_is_enough_for_gb18030(text: str) -> None:
    """It is what the service's own platform writes where it does not write UTF-8."""
    assert decode_text(text.encode("gb18030")) == DecodedText(text, "gb18030")


def test_vietnamese_is_composed_of_letters_and_tones() -> None:
    """Windows 1258 has the tones as characters of their own."""
    tones = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
    text = "".join(
        unicodedata.normalize("NFC", apart.translate(tones)) + apart[-1:]
        if (apart := unicodedata.normalize("NFD", char))[-1:] in map(chr, tones)
        else "".join(
            [
                unicodedata.normalize("NFC", apart.translate(tones)),
                *(mark for mark in apart if ord(mark) in tones),
            ]
        )
        for char in SPOKEN["vi"]
    )
    decoded = decode_text(text.encode("cp1258"))
    assert decoded == DecodedText(text, "windows-1258")
    assert words_of(decoded.text) == words_of(SPOKEN["vi"])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "said",
    [
        SAID + TRADITIONAL,
        "我一个人\n一起走\n",
        "一\n",
        "\u3000一二三\u3000一二三\u3000一起\n",
        "Wie\u3000so?\n",
    ],
)
def test_utf_16_may_lack_its_mark(said: str, encoding: str) -> None:
    """Its digits, spaces and line ends have a NUL each, and UTF-8 would let them through."""
    text = as_captions(said)
    assert decode_text(text.encode(encoding)) == DecodedText(text, encoding)
    assert not decode_text(text.encode(encoding)[:-1]).sound


@pytest.mark.parametrize(
    "body",
    [
        as_captions("one\ntwo").encode() + bytes(100),
        as_captions("one\ntwo").encode("utf-32-le"),
    ],
)
def test_nuls_alone_make_no_utf_16(body: bytes) -> None:
    """Padding has one for every byte, and UTF-32 on both sides of a character."""
    assert decode_text(body).encoding == "utf-8"


@pytest.mark.parametrize(
    "body",
    [
        b"caf\xe9",
        as_captions(SPOKEN["ru"]).encode("mac_cyrillic"),
        as_captions(SPOKEN["kk"]).encode("kz1048"),
        as_captions(SPOKEN["de"]).encode("utf-8")[:-40] + b"\xff\n",
        as_captions(SPOKEN["ja"]).encode("cp932") + b"\n" + SPOKEN["ru"].encode("cp1251"),
        bytes(range(128, 256)),
    ],
)
def test_what_fits_nothing_or_several_is_said_to_be_uncertain(body: bytes) -> None:
    """What is in ASCII is right all the same, so that captions can be counted."""
    decoded = decode_text(body)
    assert not decoded.sound
    assert decoded.encoding == "utf-8"
    ascii_only = body.decode("ascii", "ignore")
    assert "".join(char for char in decoded.text if char.isascii()) == ascii_only


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\r\r\n", "\u2028", "\u2029"])
def test_every_newline_becomes_one(newline: str) -> None:
    """Parsers look for one kind of newline and would run lines together without it."""
    assert decode_text(f"a{newline}b".encode()).text == "a\nb"


@pytest.mark.parametrize("body", [b"a\xff\xff", b"\xff\xfea", b"\xfe\xff\xd8\x00"])
def test_what_cannot_be_decoded_is_replaced_and_told(body: bytes) -> None:
    """Text with replaced characters must not pass for what the file says."""
    decoded = decode_text(body)
    assert not decoded.sound
    assert "\ufffd" in decoded.text
