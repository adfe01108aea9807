"""What tracks of MP4 and Matroska files say of themselves, above all their codecs by RFC 6381."""

from __future__ import annotations

import random

import pytest

from mps_manifest.formats.containers.matroska import matroska_tracks
from mps_manifest.formats.containers.mp4_tracks import mp4_tracks
from mps_manifest.formats.media import rfc6381
from mps_manifest.formats.media.described import Described, codecs_of, describe
from tests.media.test_fuzzed_media import damaged
from tests.unit.test_mp4_boxes import File, box

MOST_READS = 3000
AVC = bytes.fromhex("0164001fffe1000467640010")
HEVC = bytes.fromhex("0101600000009000000000005df000fcfdf8f800000f00")
AV1 = bytes.fromhex("81040c00")
VP9 = bytes.fromhex("0100000002335001")
LC = bytes.fromhex("1210")

# --- names -----------------------------------------------------------------------------------


def test_h264_is_named_by_three_bytes() -> None:
    """Profile, constraints and level, as players ask for them."""
    assert rfc6381.avc("avc1", AVC) == "avc1.64001F"
    assert rfc6381.avc("avc3", bytes.fromhex("0142c01effe100")) == "avc3.42C01E"
    assert rfc6381.avc("avc1", AVC[:5]) is None
    assert rfc6381.avc("avc1", b"\2" + AVC[1:]) is None


def test_h265_is_named_with_reversed_compatibility() -> None:
    """The examples of ISO/IEC 14496-15 and of players: Main and Main 10, both tiers."""
    assert rfc6381.hevc("hvc1", HEVC) == "hvc1.1.6.L93.90"
    main_10 = bytes.fromhex("012220000000b0000000000099f000fcfdf8f800000f00")
    assert rfc6381.hevc("hev1", main_10) == "hev1.2.4.H153.B0"
    spaced = bytes.fromhex("018120000000b0230000000000") + bytes(10)
    assert rfc6381.hevc("hev1", spaced) is None
    assert rfc6381.hevc("hev1", spaced[:12] + b"\x78" + spaced[13:]) == "hev1.B1.4.L120.B0.23"
    assert rfc6381.hevc("hvc1", HEVC[:22]) is None


def test_h265_with_alpha_says_so_in_its_record() -> None:
    """The alpha layer is announced by an SEI message; others are common."""

    def record(*units: tuple[int, bytes]) -> bytes:
        arrays = b"".join(
            bytes([kind]) + b"\0\1" + len(unit).to_bytes(2, "big") + unit for kind, unit in units
        )
        return HEVC[:22] + bytes([len(units)]) + arrays

    assert rfc6381.has_alpha(record((32, b"\x40\1"), (0xA7, b"\x4e\1\xa5\4")))
    assert not rfc6381.has_alpha(record((32, b"\x40\1"), (0xA7, b"\x4e\1\5\4")))
    assert not rfc6381.has_alpha(record((32, b"\x40\1\xa5")))
    assert not rfc6381.has_alpha(HEVC)
    assert not rfc6381.has_alpha(b"")
    assert not rfc6381.has_alpha(HEVC[:22] + b"\xff" + b"\x27\xff\xff" + bytes(9))


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (AV1, "av01.0.04M.08"),
        (bytes.fromhex("810dcc00"), "av01.0.13H.10"),
        (bytes.fromhex("814d6c00"), "av01.2.13M.12"),
        (bytes.fromhex("8104"), None),
        (bytes.fromhex("01040c00"), None),
    ],
)
def test_av1_is_named_by_profile_level_tier_and_depth(record: bytes, name: str | None) -> None:
    """Depth depends on two bits and the profile."""
    assert rfc6381.av1("av01", record) == name


def test_vp9_is_named_by_profile_level_and_depth() -> None:
    """Without a level, a player could not tell whether it can play it."""
    assert rfc6381.vpx("vp09", VP9[4:]) == "vp09.02.51.05"
    assert rfc6381.vpx("vp09", bytes((0, 31, 0x82))) == "vp09.00.31.08"
    assert rfc6381.vpx("vp09", bytes((0, 0, 0x82))) is None


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ("1210", "mp4a.40.2"),
        ("2b8a0800", "mp4a.40.5"),
        ("eb8a0800", "mp4a.40.29"),
        ("139056e5a0", "mp4a.40.5"),
        ("139056e5a54880", "mp4a.40.29"),
        ("139056e520", "mp4a.40.2"),
        ("f94540", "mp4a.40.42"),
        ("", None),
    ],
)
def test_aac_is_named_by_its_object_type(config: str, name: str | None) -> None:
    """HE-AAC says so first, or behind the config of plain AAC."""
    assert rfc6381.aac(bytes.fromhex(config)) == name


def descriptor(tag: int, content: bytes, *, long: bool = False) -> bytes:
    length = b"\x80\x80\x80" if long else b""
    return bytes([tag]) + length + bytes([len(content)]) + content


def esds(kind: int, specific: bytes = b"", *, flags: int = 0, long: bool = False) -> bytes:
    config = bytes([kind]) + bytes(12) + descriptor(5, specific, long=long)
    optional = (
        b"\0\0" * bool(flags & 0x80) + b"\2ab" * bool(flags & 0x40) + b"\0\0" * bool(flags & 0x20)
    )
    stream = b"\0\1" + bytes([flags]) + optional + descriptor(4, config, long=long)
    return descriptor(3, stream, long=long)


@pytest.mark.parametrize("flags", [0, 0x80, 0x40, 0x20, 0xE0])
@pytest.mark.parametrize("long", [False, True])
def test_descriptors_of_every_form(flags: int, *, long: bool) -> None:
    """Lengths have one to four bytes, and what is optional stands in between."""
    assert rfc6381.elementary("mp4a", esds(0x40, LC, flags=flags, long=long)) == "mp4a.40.2"


@pytest.mark.parametrize(
    ("entry", "record", "name"),
    [
        ("mp4a", esds(0x6B), "mp4a.6B"),
        ("mp4a", esds(0x69), "mp4a.69"),
        ("mp4v", esds(0x20, b"\0\0\1\xb0\x03\0\0\1\xb5"), "mp4v.20.3"),
        ("mp4v", esds(0x20), None),
        ("mp4v", esds(0x61), "mp4v.61"),
        ("mp4a", esds(0), None),
        ("mp4a", b"", None),
        ("mp4a", b"\3\xff\xff\xff\xff", None),
    ],
)
def test_elementary_streams(entry: str, record: bytes, name: str | None) -> None:
    """MP3 in MP4 is named by the number of its registration."""
    assert rfc6381.elementary(entry, record) == name


# --- MP4 ---------------------------------------------------------------------------------------


def visual(name: bytes, *boxes: bytes, depth: int = 24) -> bytes:
    start = bytes(24) + (320).to_bytes(2, "big") + (180).to_bytes(2, "big") + bytes(46)
    return box(name, start + depth.to_bytes(2, "big") + b"\xff\xff" + b"".join(boxes))


def sound(name: bytes, *boxes: bytes, version: int = 0) -> bytes:
    more = {0: b"", 1: bytes(16), 2: (72).to_bytes(4, "big") + bytes(32)}[version]
    start = bytes(8) + version.to_bytes(2, "big") + bytes(18)
    return box(name, start + more + b"".join(boxes))


def track(handler: bytes, *entries: bytes, version: int = 0) -> bytes:
    stsd = box(
        b"stsd", bytes([version, 0, 0, 0]) + len(entries).to_bytes(4, "big") + b"".join(entries)
    )
    stsz = box(b"stsz", bytes(8) + (12).to_bytes(4, "big"))
    mdhd = box(
        b"mdhd", bytes(12) + (1000).to_bytes(4, "big") + (2500).to_bytes(4, "big") + bytes(4)
    )
    data = box(b"hdlr", bytes(4) + b"dhlrurl " + bytes(13))  # QuickTime's
    inside = (
        mdhd
        + box(b"hdlr", bytes(8) + handler + bytes(13))
        + box(b"minf", data + box(b"stbl", stsd + stsz))
    )
    return box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", inside))


def mp4(*tracks: bytes) -> bytes:
    return (
        box(b"ftyp", b"isom")
        + box(b"mdat", bytes(500))
        + box(b"moov", box(b"mvhd", bytes(100)) + b"".join(tracks))
    )


def read(body: bytes) -> list[Described]:
    return mp4_tracks(len(body), File(body).read)


PASP = box(b"pasp", (4).to_bytes(4, "big") + (3).to_bytes(4, "big"))
FILM = track(b"vide", visual(b"avc1", box(b"avcC", AVC), PASP))
SPEECH = track(b"soun", sound(b"mp4a", box(b"esds", bytes(4) + esds(0x40, LC))))


def test_all_codecs_are_named_video_first() -> None:
    """A player is asked for all of them at once, and must have each."""
    found = read(mp4(SPEECH, track(b"text", sound(b"tx3g")), FILM, SPEECH))
    assert [each.kind for each in found] == ["audio", "video", "audio"]
    assert found[1] == Described(
        "video", "avc1.64001F", shape=(4, 3), size=(320, 180), samples=12, duration_ms=2500
    )
    assert codecs_of(found) == "avc1.64001F,mp4a.40.2"


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (visual(b"hvc1", box(b"hvcC", HEVC)), "hvc1.1.6.L93.90"),
        (visual(b"av01", box(b"av1C", AV1)), "av01.0.04M.08"),
        (visual(b"vp09", box(b"vpcC", bytes.fromhex("01000000001f8200"))), "vp09.00.31.08"),
        (visual(b"mp4v", box(b"esds", bytes(4) + esds(0x61))), "mp4v.61"),
        (visual(b"apch"), "apch"),
        (visual(b"avc1"), None),
        (visual(b"rle "), None),
        (visual(b"dvh1", box(b"hvcC", HEVC)), None),
        (visual(b"ms\0\x55"), None),
        (visual(b"encv", box(b"avcC", AVC), box(b"sinf", box(b"frma", b"avc1"))), "avc1.64001F"),
        (visual(b"encv", box(b"avcC", AVC)), None),
    ],
)
def test_names_of_video(entry: bytes, name: str | None) -> None:
    """Without its record a codec is not certain, also where its letters are known."""
    assert [each.codec for each in read(mp4(track(b"vide", entry)))] == [name]


@pytest.mark.parametrize(
    ("entry", "version", "name"),
    [
        (sound(b"Opus"), 0, "opus"),
        (sound(b"fLaC"), 0, "flac"),
        (sound(b"ac-3"), 0, "ac-3"),
        (sound(b"ec-3"), 0, "ec-3"),
        (sound(b".mp3"), 0, "mp3"),
        (sound(b"sowt"), 0, "sowt"),
        (
            sound(b"mp4a", box(b"wave", box(b"esds", bytes(4) + esds(0x40, LC))), version=1),
            0,
            "mp4a.40.2",
        ),
        (sound(b"mp4a", box(b"esds", bytes(4) + esds(0x40, LC)), version=2), 0, "mp4a.40.2"),
        (sound(b"mp4a", box(b"esds", bytes(4) + esds(0x40, LC))), 1, "mp4a.40.2"),
        (sound(b"mp4a"), 0, None),
    ],
)
def test_names_of_audio(entry: bytes, version: int, name: str | None) -> None:
    """QuickTime has longer descriptions, and one more box around that of the codec."""
    assert [each.codec for each in read(mp4(track(b"soun", entry, version=version)))] == [name]


def test_where_one_codec_is_uncertain_there_are_none() -> None:
    """A player that is asked for half of them says yes, and then plays half."""
    assert codecs_of(read(mp4(FILM, track(b"soun", sound(b"mp4a"))))) is None
    both = (
        visual(b"avc1", box(b"avcC", AVC)),
        visual(b"avc1", box(b"avcC", AVC[:1] + b"\x42" + AVC[2:])),
    )
    assert codecs_of(read(mp4(track(b"vide", *both)))) is None
    assert codecs_of([]) is None


@pytest.mark.parametrize(
    ("entry", "alpha"),
    [
        (visual(b"ap4h", depth=32), True),
        (visual(b"ap4h", depth=24), False),
        (visual(b"apch", depth=32), False),
        (visual(b"rle ", depth=32), True),
        (visual(b"png ", depth=32), True),
        (visual(b"hvc1", box(b"hvcC", HEVC[:22] + b"\1\xa7\0\1\0\4\x4e\1\xa5\4")), True),
    ],
)
def test_alpha_of_a_track(entry: bytes, alpha: bool) -> None:  # noqa: FBT001
    """ProRes 4444 has room for alpha, and most such files have none."""
    assert [each.alpha for each in read(mp4(track(b"vide", entry)))] == [alpha]


def tkhd(*matrix: int, version: int = 0) -> bytes:
    numbers = b"".join((number << 16).to_bytes(4, "big", signed=True) for number in matrix)
    return box(b"tkhd", bytes([version]) + bytes((39, 51)[version]) + numbers + bytes(8))


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("matrix", "mirrored"),
    [
        ((1, 0, 0, 0, 1, 0, 0, 0, 1), False),
        ((0, 1, 0, -1, 0, 0, 0, 0, 1), False),
        ((-1, 0, 0, 0, -1, 0, 0, 0, 1), False),
        ((-1, 0, 0, 0, 1, 0, 0, 0, 1), True),
        ((1, 0, 0, 0, -1, 0, 0, 0, 1), True),
        ((0, 1, 0, 1, 0, 0, 0, 0, 1), True),
    ],
)
def test_matrices_turn_or_mirror(version: int, matrix: tuple[int, ...], *, mirrored: bool) -> None:
    """Cameras at the front of a phone mirror what they film."""
    header = tkhd(*matrix, version=version)
    film = FILM.replace(box(b"tkhd", bytes(84)), header)
    assert [each.is_mirrored for each in read(mp4(box(b"trak", film[8:])))] == [mirrored]


def test_the_clean_aperture_of_a_track() -> None:
    """Its sizes are fractions."""
    numbers = b"".join(number.to_bytes(4, "big") for number in (936, 3, 176, 1))
    entry = visual(b"apch", box(b"clap", numbers + bytes(16)))
    assert [each.aperture for each in read(mp4(track(b"vide", entry)))] == [(312, 176)]
    entry = visual(b"apch", box(b"clap", bytes(32)))
    assert [each.aperture for each in read(mp4(track(b"vide", entry)))] == [None]


def numbered(number: int, made: bytes, *chapters: int, version: int = 0) -> bytes:
    """Give a track its number, and those of the tracks that have its chapters."""
    four = number.to_bytes(4, "big")
    header = box(b"tkhd", bytes([version]) + bytes((11, 19)[version]) + four + bytes(72))
    named = b"".join(each.to_bytes(4, "big") for each in chapters)
    references = box(b"tref", box(b"hint", bytes(4)) + box(b"chap", named)) if chapters else b""
    return box(b"trak", references + made[8:].replace(box(b"tkhd", bytes(84)), header))


PICTURE = track(b"vide", visual(b"jpeg"))
TITLES = track(b"text", sound(b"text"))


@pytest.mark.parametrize("version", [0, 1])
def test_chapters_are_told_by_who_names_them(version: int) -> None:
    """Before or after it, as pictures or as texts; the kind of their data does not tell it."""
    book = numbered(2, SPEECH, 3, 1, version=version)
    body = mp4(numbered(1, PICTURE, version=version), book, numbered(3, TITLES, version=version))
    found = read(body)
    assert [(each.kind, each.number) for each in found] == [
        ("chapters", 1),
        ("audio", 0),
        ("chapters", 3),
    ]
    assert codecs_of(found) == "mp4a.40.2"


@pytest.mark.parametrize("named", [(), (0,), (2,), (9,)])
def test_a_track_that_nobody_else_names_has_no_chapters(named: tuple[int, ...]) -> None:
    """A track that names itself, or one that is not there, is damaged."""
    found = read(mp4(numbered(1, FILM), numbered(2, SPEECH, *named)))
    assert [each.kind for each in found] == ["video", "audio"]


# --- Matroska ----------------------------------------------------------------------------------


def element(name: int, content: bytes, *, unknown: bool = False) -> bytes:
    head = name.to_bytes((name.bit_length() + 7) // 8, "big")
    size = b"\1" + b"\xff" * 7 if unknown else (len(content) | 1 << 56).to_bytes(8, "big")
    return head + size + content


def entry(kind: int, codec: str, *more: bytes, private: bytes = b"") -> bytes:
    inside = element(0x83, bytes([kind])) + element(0x86, codec.encode()) + b"".join(more)
    return element(0xAE, inside + (element(0x63A2, private) if private else b""))


def matroska(*entries: bytes, unknown: bool = False, first: bytes = b"") -> bytes:
    tracks = first + element(0x1654AE6B, b"".join(entries))
    segment = element(0xEC, bytes(100)) + tracks + element(0x1F43B675, bytes(50))
    return element(0x1A45DFA3, b"\x42\x82\x84webm") + element(0x18538067, segment, unknown=unknown)


def video(**numbers: int) -> bytes:
    names = {"wide": 0xB0, "high": 0xBA, "shown": 0x54B0, "tall": 0x54BA, "unit": 0x54B2}
    names |= {"alpha": 0x53C0, "crop": 0x54AA}
    return element(
        0xE0,
        b"".join(element(names[key], value.to_bytes(2, "big")) for key, value in numbers.items()),
    )


def told(body: bytes) -> list[Described]:
    return matroska_tracks(len(body), File(body).read)


@pytest.mark.parametrize("unknown", [False, True])
def test_tracks_of_webm(*, unknown: bool) -> None:
    """Live recordings don't know how long they are."""
    body = matroska(
        entry(1, "V_VP8", video(wide=320, high=180, alpha=1)), entry(2, "A_OPUS"), unknown=unknown
    )
    assert told(body) == [Described("video", "vp8", alpha=True), Described("audio", "opus")]


@pytest.mark.parametrize(
    ("codec", "private", "name"),
    [
        ("V_MPEG4/ISO/AVC", AVC, "avc1.64001F"),
        ("V_MPEGH/ISO/HEVC", HEVC, "hvc1.1.6.L93.90"),
        ("V_AV1", AV1, "av01.0.04M.08"),
        ("V_VP9", b"", "vp9"),
        ("V_VP9", bytes((1, 1, 2, 2, 1, 31, 3, 1, 10)), "vp09.02.31.10"),
        ("V_VP9", bytes((1, 1, 2)), None),
        ("V_MPEG4/ISO/AVC", b"", None),
        ("V_MS/VFW/FOURCC", bytes(40), None),
        ("A_AAC", LC, "mp4a.40.2"),
        ("A_AAC/MPEG4/LC/SBR", b"", "mp4a.40.5"),
        ("A_MPEG/L3", b"", "mp3"),
        ("A_VORBIS\0", b"", "vorbis"),
        ("A_PCM/INT/LIT", b"", None),
    ],
)
def test_names_of_matroskas_codecs(codec: str, private: bytes, name: str | None) -> None:
    """The configuration record is the same as in MP4."""
    kind = 1 if codec.startswith("V") else 2
    assert told(matroska(entry(kind, codec, private=private)))[0].codec == name


@pytest.mark.parametrize(
    ("numbers", "shape"),
    [
        ({"wide": 720, "high": 576, "shown": 1024, "tall": 576}, (1024 * 576, 576 * 720)),
        ({"wide": 720, "high": 576, "shown": 16, "tall": 9, "unit": 3}, (16 * 576, 9 * 720)),
        ({"wide": 720, "high": 576, "shown": 16, "tall": 9, "unit": 4}, None),
        ({"wide": 720, "high": 576}, None),
        ({"wide": 720, "high": 576, "shown": 1024, "tall": 576, "crop": 8}, None),
    ],
)
def test_shapes_of_pixels(numbers: dict[str, int], shape: tuple[int, int] | None) -> None:
    """The size for display, in whatever unit, is that of a whole picture."""
    assert told(matroska(entry(1, "V_VP8", video(**numbers))))[0].shape == shape


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x1aE\xdf\xa3",
        matroska(entry(17, "S_TEXT/UTF8")),
        matroska(entry(1, "V_VP8"), first=element(0x1F43B675, bytes(9))),
        matroska(entry(1, "V_VP8"))[:150],
        matroska(entry(1, "V_VP8"), first=element(0xEC, b"") * 200),
        element(0x18538067, b"\0" * 50),
    ],
)
def test_what_says_nothing_of_its_tracks(body: bytes) -> None:
    """They are looked for where players look for them, and no further."""
    assert told(body) == []


# --- both --------------------------------------------------------------------------------------


def test_a_reader_is_chosen_by_the_content() -> None:
    """Other containers say what they say to MediaInfo alone."""
    film, clip = mp4(FILM), matroska(entry(1, "V_VP8"))
    assert describe("video/quicktime", len(film), File(film).read)
    assert describe("video/webm", len(clip), File(clip).read)
    assert describe("video/mp2t", len(film), File(film).read) == []


@pytest.mark.parametrize("kind", ["video/mp4", "video/webm"])
def test_damaged_files_end_well(kind: str) -> None:
    """A stranger's bytes must neither raise nor be read for ever."""
    hvc1 = track(b"vide", visual(b"hvc1", box(b"hvcC", HEVC[:22] + b"\1\xa7\0\1\0\4\x4e\1\xa5\4")))
    whole = {
        "video/mp4": mp4(FILM, hvc1, SPEECH),
        "video/webm": matroska(
            entry(1, "V_VP9", video(wide=9, high=9), private=AVC), entry(2, "A_AAC")
        ),
    }[kind]
    for seed in range(500):
        data = damaged(whole, random.Random(seed))
        file = File(data)
        codecs = codecs_of(describe(kind, len(data), file.read))
        assert codecs is None or (codecs.isascii() and codecs.isprintable())
        assert len(file.asked) < MOST_READS
