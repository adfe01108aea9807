"""Formats and media types: what is declared, and what a look inside decides."""

import pytest

from mps_manifest.files.media_types import decided_type, declared_type, format_of, is_media


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
        ("text/plain", False),
        (None, False),
    ],
)
def test_media_is_what_has_headers_to_read(mediatype: str | None, *, expected: bool) -> None:
    """Without headers a read would cost requests and yield no facts."""
    assert is_media(mediatype) is expected
