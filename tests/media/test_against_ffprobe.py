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


@pytest.mark.parametrize("name", [*RECIPES, *WITH_COVER, *WITH_SUBTITLES])
def test_facts_of_many_kinds(parser: MediaInfoParser, name: str, tmp_path: Path) -> None:
    """Files come in many containers and codecs, and wrong facts are worse than none."""
    path = make(name, tmp_path)
    check(facts(parser, path), path)
