from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from tests.media.fakes import Fake, children, fake_package


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """Make parsers with a pymediainfo of some lines of code."""
    made: list[MediaInfoParser] = []

    def build(code: str) -> MediaInfoParser:
        made.append(MediaInfoParser(package=fake_package(tmp_path, code)))
        return made[-1]

    yield build
    for parser in made:
        parser.close()


@pytest.fixture
def real() -> Iterator[MediaInfoParser]:
    parser = MediaInfoParser()
    yield parser
    parser.close()


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No process is left behind, dead or alive."""
    before = children()
    yield
    assert children().keys() <= before.keys()
