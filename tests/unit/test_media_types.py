"""Formats and media types: what is declared, and what a look inside decides."""

import pytest

from mps_manifest.files.media_types import (
    decided_type,
    declared_type,
    format_of,
    is_media,
    must_have_facts,
    same_type,
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/b.mp4", "mp4"),
        ("a/b.MP4", "mp4"),
        ("a.b/c", None),
        ("a/.hidden", None),
        (".hidden", None),
        ("a.tar.gz", "gz"),
        ("name.", None),
        ("a/", None),
        ("", None),
        ("demix_vocals.wav.wav", "wav"),
        ("a.verylongend", None),
        ("a.副歌", None),
        ("a.b c", None),
        ("a.{resultType}", None),
    ],
)
def test_the_format_is_the_keys_ending(key: str, expected: str | None) -> None:
    """A wrong format would make readers open the file with the wrong program."""
    assert format_of(key) == expected


@pytest.mark.parametrize(
    ("key", "stored", "expected"),
    [
        ("a.srt", None, "application/x-subrip"),
        ("a.srt", "", "application/x-subrip"),
        ("a.srt", "application/octet-stream", "application/x-subrip"),
        ("a.srt", "Binary/Octet-Stream; charset=x", "application/x-subrip"),
        ("a.jpg", "image/PNG", "image/png"),
        ("a.txt", "text/plain; charset=utf-8", "text/plain"),
        ("a", "video/mp4", "video/mp4"),
        ("a.new", None, None),
        ("a", "application/octet-stream", None),
        ("a.webm", "not a type", "video/webm"),
        ("a.webm", "video/", "video/webm"),
        ("a.webm", "/", "video/webm"),
        ("a.webm", "a/b/c", "video/webm"),
        ("a.webm", f"video/{'x' * 128}", "video/webm"),
    ],
)
def test_the_stored_type_counts_where_it_says_something(
    key: str, stored: str | None, expected: str | None
) -> None:
    """Else the ending tells, the same on every machine."""
    assert declared_type(key, stored).mediatype == expected


@pytest.mark.parametrize(
    "ending",
    "mp4 webm jpg jpeg png gif srt wav mp3 pcm txt json m3u8 ts mkv flac".split(),  # noqa: SIM905
)
def test_every_format_the_services_write_has_a_type(ending: str) -> None:
    """Consumers choose by media type, so common results must not be without one."""
    assert declared_type(f"a.{ending}", None).mediatype


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("a.mp4", "video/quicktime"),
        ("a.wav", "audio/x-wav"),
        ("a.srt", "text/plain"),
        ("a.txt", "application/json; charset=utf-8"),
        ("a.mkv", "video/webm"),
        ("a.jpg", "image/jpeg"),
        ("a.unknown", "video/mp4"),
        ("a.mp4", "application/octet-stream"),
    ],
)
def test_names_of_one_family_do_not_disagree(key: str, stored: str) -> None:
    """A note about two names of the same type would only be noise."""
    assert not declared_type(key, stored).disagreement


def test_a_key_and_a_stored_type_that_disagree_call_for_a_look() -> None:
    """One of the two claims is wrong, and only the content can tell which."""
    claim = declared_type("a.mp4", "image/png")
    assert claim.disagreement == "the key suggests video/mp4, the stored Content-Type is image/png"


@pytest.mark.parametrize(
    ("key", "stored", "found", "format_", "mediatype"),
    [
        ("a.mp4", "image/png", "image/png", "png", "image/png"),
        ("a.mp4", "image/png", "video/mp4", "mp4", "video/mp4"),
        ("a.mp4", "image/png", "text/html", "html", "text/html"),
        ("a.mp4", "image/png", "audio/x-unheard", None, "audio/x-unheard"),
    ],
)
def test_the_content_decides_where_key_and_stored_type_disagree(
    key: str, stored: str | None, found: str, format_: str | None, mediatype: str
) -> None:
    """Readers must get the type that the bytes have, and learn who claimed another."""
    kind = decided_type(key, stored, found)
    assert (kind.format, kind.mediatype) == (format_, mediatype)
    assert found in kind.disagreement


@pytest.mark.parametrize(
    ("key", "stored", "found"),
    [
        ("a.jpg", "image/jpeg", "image/png"),
        ("a.jpg", None, "image/png"),
        ("a.mp4", "video/mp4", "text/plain"),
        ("a", "video/mp4", "video/webm"),
        ("a.zip", None, "text/plain"),
    ],
)
def test_a_content_that_is_not_what_all_say_is_told(
    key: str, stored: str | None, found: str
) -> None:
    """The common claim stays in the manifest, but readers must be warned."""
    kind, claim = decided_type(key, stored, found), declared_type(key, stored)
    assert (kind.format, kind.mediatype) == (claim.format, claim.mediatype)
    assert found in kind.disagreement


@pytest.mark.parametrize(
    ("key", "stored", "found", "mediatype"),
    [
        ("a.mp4", None, "video/mp4", "video/mp4"),
        ("a.m4a", "audio/mp4", "video/mp4", "audio/mp4"),
        ("a.srt", "application/octet-stream", "text/plain", "application/x-subrip"),
        ("a.json", "application/json", "text/plain", "application/json"),
        ("a.docx", "application/vnd.openxmlformats", "application/zip", None),
        ("a", None, "image/png", "image/png"),
        ("a.mp4", None, None, "video/mp4"),
    ],
)
def test_a_content_that_fits_leaves_what_is_said(
    key: str, stored: str | None, found: str | None, mediatype: str | None
) -> None:
    """First bytes tell only so much, so a more precise claim must not be replaced."""
    kind = decided_type(key, stored, found)
    assert not kind.disagreement
    assert kind.mediatype == (mediatype or stored)


@pytest.mark.parametrize(
    ("mediatype", "expected"),
    [
        ("video/mp4", True),
        ("audio/wav", True),
        ("image/png", True),
        ("image/svg+xml", False),
        ("audio/L16", False),
        ("audio/mpegurl", False),
        ("application/mxf", True),
        ("text/plain", False),
        (None, False),
    ],
)
def test_media_is_what_has_headers_to_read(mediatype: str | None, *, expected: bool) -> None:
    """Without headers a read would cost requests and yield no facts."""
    assert is_media(mediatype) is expected


ENDINGS = """
3gp video/3gpp          3g2 video/3gpp2        mka audio/matroska     mk3d video/matroska-3d
aif audio/aiff          aiff audio/aiff        aifc audio/aiff        wma audio/x-ms-wma
asf video/x-ms-asf      wmv video/x-ms-wmv     m4b audio/mp4          m4v video/mp4
oga audio/ogg           ogv video/ogg          amr audio/amr          ac3 audio/ac3
eac3 audio/eac3         dts audio/vnd.dts      mts video/mp2t         m2ts video/mp2t
mxf application/mxf     heif image/heif        heic image/heic        jxl image/jxl
jp2 image/jp2           ttml application/ttml+xml  dfxp application/ttml+xml  caf audio/x-caf
au audio/basic          mp2 audio/mpeg         mpa audio/mpeg         m2v video/mpeg
vob video/mpeg          m4s video/iso.segment  svg image/svg+xml      ico image/vnd.microsoft.icon
psd image/vnd.adobe.photoshop  dng image/x-adobe-dng  cr2 image/x-canon-cr2
"""


WORDS = ENDINGS.split()


@pytest.mark.parametrize(("ending", "mediatype"), list(zip(WORDS[::2], WORDS[1::2], strict=True)))
def test_endings_of_the_field(ending: str, mediatype: str) -> None:
    """A file without a type is a file that no catalogue shows."""
    assert declared_type(f"a.{ending.upper()}", None).mediatype == mediatype
    assert not declared_type(f"a.{ending}", mediatype).disagreement


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("video/3gpp", "video/mp4"),
        ("audio/x-ms-wma", "video/x-ms-asf"),
        ("audio/matroska", "video/x-matroska"),
        ("audio/x-aiff", "audio/aiff"),
        ("image/heif", "image/heic"),
        ("image/heif", "image/avif"),
        ("image/x-adobe-dng", "image/tiff"),
        ("audio/3gpp", "audio/amr"),
        ("audio/3gpp", "video/mp4"),
        ("image/apng", "image/png"),
        ("application/ttml+xml", "application/xml"),
        ("image/svg+xml", "application/xml"),
    ],
)
def test_types_of_the_same_bytes(one: str, other: str) -> None:
    """A note about two right names would only be noise."""
    assert same_type(one, other)
    assert same_type(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("image/heic", "image/avif"), ("audio/amr", "video/mp4"), ("a/b", "a/c")]
)
def test_a_name_of_two_kinds_joins_them_not(one: str, other: str) -> None:
    """A program for the one cannot read the other."""
    assert not same_type(one, other)


@pytest.mark.parametrize(
    ("found", "ending"),
    [
        ("audio/mpeg", "mp3"),
        ("video/mpeg", "mpg"),
        ("video/mp2t", "ts"),
        ("audio/aiff", "aiff"),
        ("video/3gpp", "3gp"),
        ("image/tiff", "tif"),
    ],
)
def test_the_format_of_a_content_is_its_usual_ending(found: str, ending: str) -> None:
    """Of several endings, the one that everybody knows."""
    assert decided_type("a.zip", "image/png", found).format == ending


@pytest.mark.parametrize(
    ("claimed", "found", "expected"),
    [
        ("video/mp4", None, True),
        ("video/mp4", "video/quicktime", True),
        ("image/avif", "image/avif", True),
        ("application/mxf", None, True),
        (None, "audio/mpeg", True),
        ("video/x-unheard", "video/mp4", True),
        ("image/jxl", None, False),
        ("image/jpeg", "image/jxl", False),
        ("image/x-adobe-dng", "image/tiff", False),
        ("image/vnd.adobe.photoshop", None, False),
        ("audio/midi", "audio/midi", False),
        ("video/x-unheard", None, False),
        ("text/plain", None, False),
        (None, None, False),
    ],
)
def test_only_types_with_a_reader_must_have_facts(
    claimed: str | None, found: str | None, *, expected: bool
) -> None:
    """That we cannot read a valid file is no fault of the file."""
    assert must_have_facts(claimed, found) is expected
