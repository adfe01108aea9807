"""Inputs of any size that have cost some reader, here or elsewhere, more than they should."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any


def filled(unit: str, start: str = "", end: str = "") -> Callable[[int], str]:
    """Repeat a unit until there are n characters, between a start and an end."""
    return lambda n: start + (unit * (n // len(unit) + 1))[:n] + end


_UNITS = (
    *"a9 .,:;-_/\\'\"<>(){}[]%&=?#@+*|~$\t\n\r\0\x1b",
    *(
        "视",
        "ß",
        "\u202e",
        "\ud800",
        "\U0001f600",
        "\u2028",
        "\uff1a",
        "\uff0c",
        "\u201c",
        "\u201d",
        "\uff5b",
        "\uff3b",
        "\uff10",
    ),
    *("a ", "a.", "a/", "a-", "a=", "./", "../", "%41", "%E8%A7%86", "%25", "\\n", "\\\\", '\\"'),
    *("a://", "://", "://@", "://a@", "a@", "?a=", "&a=", "?", "a?", "oss://b/", "https://a?b "),
    *("signature=", "Signature=a&", "signature", 'signature\\\\"', "token:", "x-oss-signature%3d"),
    *("LTAI", "LTAI12345678 ", "CAIS", "CAIS" + "a" * 39 + " ", "STS.a", "authorization: "),
    *("<Signature>", "<a", "<a>", "</a>", "<!--", "<![CDATA[", "<?xml", "<!ENTITY a 'b'>", "&amp;"),
    *(
        "&#1;",
        "&#",
        "&#x1F600;",
        "&a",
        "&" + "a" * 31,
        "{}",
        "[]",
        "[[]]",
        "{[",
        "[{",
        '{"a":',
        '"",',
    ),
    *("1,", "[1],", "null,", "NaN,", "1e9,", "-", "9.9", "0.", "1e", "true", "\\u0041", "\\ud800"),
    *(
        "\ufeff",
        "\x00a",
        "word ",
        "the ",
        "啊a",
        "あ",
        "가",
        "ก",
        "A" * 1999 + "\n",
        "a" * 79 + "\n",
    ),
    *(
        "--> ",
        "12:34:56,",
        "\n1 ",
        "BeatList",
        "BeatList: [",
        "-->\n",
        "\n\n",
        "\n \n",
        "\r\n",
        "1\n",
        "00:00:01,000 --> 00:00:02,000\n",
    ),
    *(
        "->",
        "- ",
        "- -> ",
        "\uff0d",
        "\u2192",
        "\u2014>",
        "&gt;",
        "00:",
        "1:2:3,",
        "[br]",
        "WEBVTT\n",
    ),
    *("-->\n\n", "1\n-->\n", "\n\n1\n", "<tt>", "NOTE\n", "a\r\n\r\n", "{\\p1}m 0 0 ", "{\\"),
    *("00:00:01,000 --> 00:00:02,000\nhi\n\n", "00:01.000 --> 00:02.000\n<i>hi</i>\n\n"),
    *("<i>", "<<i", "{\\an8}", "{<", "<{", "{1}{2}a\n", "{source}", "{timestamp}", "{sequenceId}"),
    *("Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,hi\n", "beatlist=[1,2]\n", "beatlist:"),
    *(
        "beatlist=[",
        "BeatList: [1] ",
        "beat_list'  :",
        "[1.5][2.5] a\n",
        "0:01:02:a\n",
        "Style: a\n",
    ),
)
TEXTS: dict[str, Callable[[int], str]] = {
    **{repr(unit)[:40]: filled(unit) for unit in _UNITS},
    "a query": filled("a://", "?"),
    "users of a URL": filled("@", "://"),
    "escapes in a secret": filled("\\u", "signature="),
    "slashes in a secret": filled("\\/", "token:"),
    "a URL with a query": filled("a", "https://b.oss-cn-shanghai.aliyuncs.com/k?"),
    "a URL with a long key": filled("%E8", "https://b.oss-cn-shanghai.aliyuncs.com/"),
    "a host": filled("a-", "oss://", ".aliyuncs.com/k"),
    "a region": filled("a-internal", "oss://bucket.oss-", ".aliyuncs.com/k"),
    "nested lists": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "nested objects": lambda n: '{"a":' * (n // 6) + "1" + "}" * (n // 6),
    "broad and deep": filled("[" * 60 + "]" * 60 + ",", "[", "1]"),
    "glued documents": filled("{}", "{}"),
    "full-width JSON": filled(
        "\u201ca\u201d\uff1a\u201cb\u201d\uff0c", "\uff5b", "\u201ca\u201d\uff1a1\uff5d"
    ),
    "a list of texts": filled('"a",', "[", '""]'),
    "a list of objects": filled('{"file":"a.srt"},', '{"result":[', "{}]}"),
    "a list of numbers": filled("1,", "[", "1]"),
    "a text in JSON": filled("\\\\", '"', '"'),
    "text in text": lambda n: _wrapped("a" * (n // 64), n),
    "broken JSON": filled('{"a":[1,', '{"Data":'),
    "a number": filled("9", "0."),
    "a number of zeros": filled("0", "0.", "1"),
    "a large exponent": filled("9", "1e"),
    "one line": filled("x", "00:00:01,000 --> 00:00:02,000\n"),
    "WebVTT": filled("00:01.000 --> 00:02.000\nhi &amp; <b>ho</b>\n\n", "WEBVTT\n\n"),
    "WebVTT tags": filled("<", "WEBVTT\n\n00:01.000 --> 00:02.000\n"),
    "WebVTT references": filled("&#99999999999", "WEBVTT\n\n00:01.000 --> 00:02.000\n"),
    "WebVTT blanks": filled("\n\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n"),
    "WebVTT styles": filled("STYLE\n::cue{}\n\n", "WEBVTT\n\n"),
    "SubRip tags": filled("<i>{\\b}", "1\n00:00:01,000 --> 00:00:02,000\n"),
    "SubRip open tags": filled("<a", "1\n00:00:01,000 --> 00:00:02,000\n"),
    "SubRip braces": filled("{", "1\n00:00:01,000 --> 00:00:02,000\n"),
    "SubRip blanks": filled(" ", "1\n00:00:01,000 --> 00:00:02,000\n", "x"),
    "SubRip blank lines": filled("\n", "1\n00:00:01,000 --> 00:00:02,000\n", "x"),
    "SubRip padding": filled("\0", "1\n00:00:01,000 --> 00:00:02,000\n", "x"),
    "SubRip numbers": filled("\n1 ", "1\n00:00:01,000 --> 00:00:02,000\n", "x"),
    "SubRip times": filled("12:34:56,7 ", "1\n00:00:01,000 --> 00:00:02,000\n"),
    "SubRip fractions": filled("9", "00:00:01,", " --> 00:00:02,000"),
    "SubRip hours": filled("0", "", ":00:01,000 --> 00:00:02,000"),
    "SubRip dashes": filled("-", "00:00:01,000 "),
    "SubRip arrows": filled(">", "00:00:01,000 "),
    "SubRip blanks and dashes": filled(" -", "00:00:01,000 --> 00:00:02,000\n", "00:00:03,000"),
    "SubRip settings": filled("-> ", "00:00:01,000 --> 00:00:02,000 "),
    "SubRip blank blocks": filled("\n \n", "1\n00:00:01,000 --> 00:00:02,000\n", "x"),
    "far apart": filled(" ", "00:00:01,000 -->", "00:00:02,000"),
    "SubRip without text": filled("1\n00:00:01,000 --> 00:00:02,000\n"),
    "ASS": filled(
        "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{\\i1}hi\\N\n",
        "[Script Info]\n[V4+ Styles]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL,"
        " MarginR, MarginV, Effect, Text\n",
    ),
    "ASS fields": filled(",", "[Script Info]\n[Events]\nDialogue: 0,0:00:01.00"),
    "ASS attachments": filled("fontname: a\nxxxx\n", "[Script Info]\n[Fonts]\n"),
    "ASS styles": filled("Style: a,b,20\n", "[Script Info]\n[V4+ Styles]\nFormat: Name\n"),
    "TTML": filled(
        '<p begin="1s" end="2s">hi</p>',
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>',
        "</div></body></tt>",
    ),
    "TTML spans": filled(
        "<span>", '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s">'
    ),
    "TTML breaks": filled(
        "<br/> ",
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s" end="2s">',
        "</p></div></body></tt>",
    ),
    "TTML names": lambda n: (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body>'
        + "".join(f"<a{number}/>" for number in range(n // 10))
        + "</body></tt>"
    ),
    "TTML attributes": lambda n: (
        '<tt xmlns="http://www.w3.org/ns/ttml" '
        + " ".join(f'a{number}=""' for number in range(n // 10))
        + "/>"
    ),
    "TTML languages": lambda n: (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        + "".join(f'<p xml:lang="a{number}" begin="1s" end="2s">a</p>' for number in range(n // 42))
        + "</div></body></tt>"
    ),
    "SAMI": filled("<SYNC Start=1><P>hi", "<SAMI><BODY>"),
    "MPL2": filled("[10][20] hi|ho\n"),
    "sentences": filled('{"BeginTime":1,"EndTime":2,"Text":"hi"},', '{"Sentences":[', "{}]}"),
    "words": filled(
        '{"begin_time":1,"end_time":2,"text":"hi","words":[]},', '{"subtitles":[', "{}]}"
    ),
    "beats": filled("1.5,", '{"BeatList":[', '2],"DownBeatList":[1]}'),
    "beats in text": filled("1.5,", "BeatList = [", "2]\n"),
    "choruses": filled('{"start":1,"end":2,"title":"a"},', '{"Result":[', "{}]}"),
}


def _wrapped(text: str, n: int) -> str:
    while len(text) < n:
        text = json.dumps(text)
    return text


def many(one: Any) -> Callable[[int], list[Any]]:
    """Make a list of equal elements, of n characters in all."""
    size = len(json.dumps(one)) + 1
    return lambda n: [one] * (n // size)


def keyed(value: Any) -> Callable[[int], dict[str, Any]]:
    """Make an object of many fields."""
    return lambda n: {f"k{number}": value for number in range(n // 12)}


def deep(inner: Any, key: str | None = None) -> Callable[[int], Any]:
    """Make something of as many levels as a decoder lets through, as broad as it has to be."""

    def make(n: int) -> Any:
        value: Any = [inner] * (n // 80)
        for _ in range(60):
            value = {key: value} if key else [value]
        return value

    return make


VALUES: dict[str, Callable[[int], Any]] = {
    "numbers": many(1),
    "texts": many("a.srt"),
    "empty texts": many(""),
    "nulls": many(None),
    "lists": many([]),
    "objects": many({}),
    "files": many({"file": "a/b.srt"}),
    "covers": many({"Url": "a.jpg", "Score": "x", "Time": "y"}),
    "segments": many({"start": 1, "end": "2", "title": "t", "beginTime": 1, "EndTime": "x"}),
    "qualities": many({"Tag": "x", "Channel": "1", "MOS(0-5)": "1e30", "Loudness": "Good"}),
    "results": many({"Code": "Success", "Data": '{"result":[{"file":"a"}]}'}),
    "details": lambda n: {"Details": many({"Status": "Fail", "Message": "m"})(n)},
    "a text": lambda n: "x" * n,
    "a signed text": lambda n: "https://a?Signature=b " * (n // 22),
    "a text of JSON": lambda n: {"Data": "[" + "1," * (n // 2) + "1]", "Code": "x" * n},
    "a field of text": lambda n: {"file": "x" * n, "Message": "m" * n},
    "fields": keyed("v"),
    "fields of files": keyed({"file": "a"}),
    "spellings": lambda n: {
        "_" * (number % 9) + f"Code{'-' * (number // 9)}": "x" for number in range(int(n**0.5))
    },
    "long keys": lambda n: {"k" * (n // 10) + str(number): {"file": 1} for number in range(10)},
    "deep lists": deep({"file": "a"}),
    "deep objects": deep({"Url": "a", "start": 1}, "a/b~c"),
    "deep and large": lambda n: {"Data": {"result": deep({"file": "a"})(n)}},
    "one long path": deep({"file": "a"}, "k" * 500),
}


def box(kind: bytes, content: bytes) -> bytes:
    """Make a box of an MP4 file."""
    return struct.pack(">I", len(content) + 8) + kind + content


def _nested(n: int) -> bytes:
    made = b""
    for _ in range(min(n // 8, 3000)):
        made = box(b"mdia", made)
    return box(b"ftyp", b"isom") + box(b"moov", box(b"trak", made))


TRACK = box(b"tfhd", bytes(7) + b"\1")


def fragmented(rest: bytes) -> bytes:
    """Make a file whose header says that fragments follow, and one second is 1,000 units."""
    second = bytes(12) + (1000).to_bytes(4, "big") + bytes(80)
    number = box(b"tkhd", bytes(12) + b"\0\0\0\1" + bytes(72))
    track = box(b"trak", number + box(b"mdia", box(b"mdhd", second)))
    defaults = box(b"mvex", box(b"trex", bytes(7) + b"\1" + bytes(4) + b"\0\0\0\x28" + bytes(8)))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", second) + track + defaults) + rest


def _associations(n: int) -> bytes:
    """Make a picture of one item with as many properties, and as many references to it."""
    properties = box(b"ipco", box(b"auxC", b"\0\0\0\0a") * (n // 26))
    each = (b"\0\2\xff" + b"\1" * 255) * (n // 516)
    ipma = box(b"ipma", struct.pack(">II", 0, n // 516) + each)
    references = box(b"iref", b"\0\0\0\0" + box(b"auxl", b"\0\2\0\1\0\1") * (n // 28))
    pitm = box(b"pitm", b"\0\0\0\0\0\1")
    return box(b"meta", b"\0\0\0\0" + pitm + references + box(b"iprp", properties + ipma))


def _described(kind: bytes, entry: bytes) -> Callable[[int], bytes]:
    """Make an index whose only track has as many sample descriptions."""
    handler = box(b"hdlr", bytes(8) + kind + bytes(12))

    def make(n: int) -> bytes:
        table = box(b"stsd", bytes(8) + entry * (n // len(entry)))
        media = handler + box(b"minf", box(b"stbl", table))
        return box(b"moov", box(b"trak", box(b"mdia", media)))

    return make


_GIF = b"GIF89a\1\0\1\0\0\0\0"
_IMAGE = b"\x2c" + bytes(8)
_MATROSKA = b"\x18\x53\x80\x67\x01" + b"\xff" * 7

BINARIES: dict[str, Callable[[int], bytes]] = {
    "zeros": bytes,
    "ones": lambda n: b"\xff" * n,
    "noise": lambda n: bytes((i * 2654435761 >> 7) & 255 for i in range(n)),
    "UTF-16": lambda n: b"\xff\xfe" + b"a\0" * (n // 2),
    "half UTF-16": lambda n: b"\xfe\xff" + b"\xd8" * n,
    "broken UTF-8": lambda n: b"a" * n + b"\xff",
    "broken GB18030": lambda n: b"\x81\x30" * (n // 2),
    "small boxes": lambda n: box(b"free", b"") * (n // 8),
    "boxes in an index": lambda n: box(b"moov", box(b"trak", box(b"free", b"") * (n // 8))),
    "tracks": lambda n: box(b"moov", box(b"trak", box(b"mdia", b"")) * (n // 24)),
    "nested boxes": _nested,
    "boxes without a size": lambda n: b"\0\0\0\0moov" * (n // 8),
    "large boxes": lambda n: box(b"mdat", bytes(n)) + box(b"moov", b""),
    "tables": lambda n: box(
        b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsz", bytes(n)) * 3))))
    ),
    "JPEG fill": lambda n: b"\xff\xd8" + b"\xff" * n,
    "JPEG segments": lambda n: b"\xff\xd8" + b"\xff\xe0\x00\x02" * (n // 4),
    "JPEG markers": lambda n: b"\xff\xd8" + b"\xff\x01" * (n // 2),
    "PNG": lambda n: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" * (n // 8),
    "RIFF": lambda n: b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(n),
    "GIF blocks": lambda n: _GIF + _IMAGE + b"\0\2" + b"\1\0" * (n // 2),
    "GIF pictures": lambda n: _GIF + (_IMAGE + b"\0\2\0") * (n // 12) + b"\x3b",
    "GIF extensions": lambda n: _GIF + b"\x21\xf9\0" * (n // 3),
    "PNG animation": lambda n: (
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
        + b"\0\0\0\1" * 2
        + bytes(9)
        + b"\0\0\0\4acTL\0\0\xff\xff"
        + bytes(4)
        + (b"\0\0\0\0fcTL" + bytes(4)) * (n // 12)
    ),
    "WebP animation": lambda n: (
        b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x1f"
        + bytes(9)
        + (b"ANMF\0\0\0\0" + b"EXIF\x08\0\0\0II*\0\x08\0\0\0") * (n // 24)
    ),
    "TIFF entries": lambda n: (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", min(n // 12, 1000))
        + b"\0\1\3\0\1\0\0\0\1\0\0\0" * (n // 12)
    ),
    "HEIF associations": _associations,
    "sample descriptions": _described(b"vide", box(b"avc1", bytes(78) + box(b"pasp", b"") * 9)),
    "records": _described(b"vide", box(b"hvc1", bytes(78) + box(b"hvcC", b"\xff\0" * 2000))),
    "sounds": _described(b"soun", box(b"mp4a", bytes(28) + box(b"wave", box(b"wave", b"") * 99))),
    "Matroska elements": lambda n: _MATROSKA + b"\xec\x80" * (n // 2),
    "Matroska tracks": lambda n: (
        _MATROSKA
        + b"\x16\x54\xae\x6b"
        + struct.pack(">I", n // 7 * 7 | 1 << 28)
        + b"\xae\x84\x83\x81\1\xec\x80" * (n // 7)
    ),
    "BMP": lambda n: b"BM" + n.to_bytes(4, "little") + bytes(n),
    "MPEG frames": lambda n: b"\xff\xfb\x10\x00" * (n // 4),
    "short MP3 frames": lambda n: (b"\xff\xf3\x18\xc0" + bytes(20)) * (n // 24),
    "short ADTS frames": lambda n: bytes.fromhex("fff150400 0fffc".replace(" ", "")) * (n // 7),
    "short E-AC-3 frames": lambda n: bytes.fromhex("0b77000200 8000".replace(" ", "")) * (n // 6),
    "empty AMR frames": lambda n: b"#!AMR\n" + b"\x7c" * n,
    "long MP3": lambda n: (b"\xff\xfb\x90\xc0" + bytes(413)) * (n // 417),
    "fragments": lambda n: fragmented(
        box(b"moof", box(b"traf", TRACK + box(b"trun", bytes(60)))) * (n // 100)
    ),
    "runs": lambda n: fragmented(
        box(b"moof", box(b"traf", TRACK + box(b"trun", b"\0\0\0\0\xff\xff\xff\xff") * (n // 16)))
    ),
    "an index of fragments": lambda n: fragmented(box(b"sidx", bytes(n))),
    "a list of fragments": lambda n: fragmented(
        box(b"mfra", box(b"tfra", b"\0\0\0\1" * (n // 4)) + box(b"mfro", bytes(8)))
    ),
    "ID3 tags": lambda n: b"ID3\4\0\0\0\0\0\0" * (n // 10),
    "WAV chunks": lambda n: b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * (n // 8),
    "FLAC blocks": lambda n: b"fLaC\0\0\0\x22" + bytes(34) + b"\1\0\0\0" * (n // 4),
    "Ogg streams": lambda n: b"".join(
        b"OggS\0\2" + bytes(8) + number.to_bytes(4, "little") + bytes(9)
        for number in range(n // 27)
    ),
    "Ogg pages": lambda n: (b"OggS\0\0\1" + bytes(20)) * (n // 27),
    "false Ogg pages": lambda n: b"OggS\1" * (n // 5),
    "TS marks": lambda n: b"".join(
        b"G"
        + (0x4000 | number & 0x1FFF).to_bytes(2, "big")
        + b"\x10\0\0\1\xc0\0\0\x80\x80\5!\0\1\0\1"
        + b"\xff\xf3" * 85
        for number in range(n // 188)
    ),
    "false TS packets": lambda n: b"GG" * (n // 2),
    "PS packets": lambda n: b"\0\0\1\xba" + bytes(10) + b"\0\0\1\xc0\0\0" * (n // 6),
    "PS packs": lambda n: b"\0\0\1\xba" * (n // 4),
    "MPEG stuffing": lambda n: (
        (b"\0\0\1\xba" + bytes(8) + b"\0\0\1\xc0\xff\xff" + b"\xff" * 99) * (n // 117)
    ),
    "TS packets": lambda n: (b"G" + bytes(187)) * (n // 188),
}


def encoded(make: Callable[[int], str]) -> Callable[[int], bytes]:
    """Make the bytes of a text, of one that UTF-8 cannot hold, too."""
    return lambda n: make(n).encode("utf-8", "surrogatepass")


BYTES: dict[str, Callable[[int], bytes]] = {
    **{f"text: {name}": encoded(make) for name, make in TEXTS.items()},
    **BINARIES,
}
