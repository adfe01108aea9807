"""Formats and media types."""

import pytest

from mps_manifest.mediatypes import format_of, mediatype_of


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
    ],
)
def test_the_stored_type_counts_where_it_says_something(
    key: str, stored: str | None, expected: str | None
) -> None:
    """Else the ending tells, the same on every machine."""
    assert mediatype_of(key, stored) == expected


@pytest.mark.parametrize(
    "ending",
    [
        "mp4",
        "webm",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "srt",
        "wav",
        "mp3",
        "pcm",
        "txt",
        "json",
        "m3u8",
        "ts",
    ],
)
def test_every_format_the_services_write_has_a_type(ending: str) -> None:
    assert mediatype_of(f"a.{ending}", None)
