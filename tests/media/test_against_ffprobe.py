"""Every media fact of a file is what ffprobe says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.formats.findings import Media
from tests.media.make import RECIPES, WITH_COVER, WITH_SUBTITLES, make, needs_ffmpeg
from tests.media.make import samples as sample_files
from tests.media.opening import read_body
from tests.media.probe import check

pytestmark = needs_ffmpeg


@pytest.fixture(scope="module")
def parser() -> Iterator[MediaInfoParser]:
    running = MediaInfoParser()
    yield running
    running.close()


def facts(parser: MediaInfoParser, path: Path) -> Media:
    whole = read_body(parser, path.read_bytes())
    assert (whole.reading.truncated, whole.notes) == ("", set())
    return whole.media


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.name)
def test_facts_of_the_sample_files(parser: MediaInfoParser, path: Path) -> None:
    """The samples are what everybody sees first, so an independent tool must agree on them."""
    check(facts(parser, path), path)


@pytest.mark.parametrize("first", [b"free", b"wide", b"skip"])
@pytest.mark.parametrize(
    "name", ["one.m4a", "five-one.m4a", "layer-three.mp4", "surround.mp4", "lossless.m4a"]
)
def test_channels_of_an_mp4_that_does_not_begin_with_its_brand(
    parser: MediaInfoParser, name: str, first: bytes, tmp_path: Path
) -> None:
    """Old QuickTime has none, and some writers leave room before it."""
    path = make(name, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"ftyp", first, 1))
    check(facts(parser, path), path)


@pytest.mark.parametrize("name", [*RECIPES, *WITH_COVER, *WITH_SUBTITLES])
def test_facts_of_many_kinds(parser: MediaInfoParser, name: str, tmp_path: Path) -> None:
    """Files come in many containers and codecs, and wrong facts are worse than none."""
    path = make(name, tmp_path)
    check(facts(parser, path), path)
