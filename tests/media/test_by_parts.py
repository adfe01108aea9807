"""A file that is read by parts has the facts that MediaInfo finds in the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.adapters.mediainfo_worker import OPTIONS, add_rate, lacks_rate, tracks
from mps_manifest.formats.media.described import describe
from mps_manifest.formats.media.tracks import read_tracks
from mps_manifest.formats.sniffing import content_type
from tests.media.make import RECIPES, WITH_COVER, make, needs_ffmpeg, reading
from tests.media.opening import read_body
from tests.media.probe import UNKNOWN

pytestmark = needs_ffmpeg

PIECES = (4096, 10_000, 32_768)


@pytest.fixture(scope="module")
def parser() -> Iterator[MediaInfoParser]:
    running = MediaInfoParser()
    yield running
    running.close()


def by_path(path: Path) -> dict[str, object]:
    """Have MediaInfo open the file itself, twice where the function does."""
    from pymediainfo import MediaInfo  # noqa: PLC0415 - it loads a library

    def parse(speed: float) -> list[dict[str, object]]:
        return tracks(
            str(
                MediaInfo.parse(
                    path, parse_speed=speed, full=False, output="JSON", mediainfo_options=OPTIONS
                )
            )
        )

    found = parse(0)
    if lacks_rate(found):
        add_rate(found, parse(0.01))
    body = path.read_bytes()
    media = read_tracks(found, describe(content_type(body) or "", len(body), reading(body)))
    assert media is not None
    return media._asdict()


@pytest.mark.parametrize("name", [*RECIPES, *WITH_COVER])
def test_parts_tell_what_the_whole_file_tells(
    parser: MediaInfoParser, name: str, tmp_path: Path
) -> None:
    """MediaInfo lost the channels of AC-3 in an MP4 that it was given in one piece."""
    path = make(name, tmp_path)
    body = path.read_bytes()
    whole = by_path(path)
    ours = read_body(parser, body).media._replace(bit_rate=None)._asdict()
    if whole["duration_ms"] is None:  # it is measured by readers of ours, then
        ours["duration_ms"] = None
    assert ours == whole | dict.fromkeys(UNKNOWN.get(name, ()))


@pytest.mark.parametrize("name", [*RECIPES, *WITH_COVER])
def test_the_size_of_parts_makes_no_difference(
    parser: MediaInfoParser, name: str, tmp_path: Path
) -> None:
    """How much is read at a time depends on what was read before, and is no fact of the file."""
    body = make(name, tmp_path).read_bytes()
    read = reading(body)
    whole = read_tracks(parser.tracks(len(body), read, 10))
    for piece in PIECES:

        def part(start: int, length: int, piece: int = piece) -> bytes:
            return read(start, min(length, piece))

        assert read_tracks(parser.tracks(len(body), part, 10)) == whole, piece
