"""A reader of a media file as the function has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mps_manifest.files.media_reading import MediaReading, open_media, read_media
from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.findings import Media
from mps_manifest.ports import MediaParser


class Whole(NamedTuple):
    """What the function knows of a file, and what it cost."""

    reading: MediaReading
    fetched: int
    capped: bool
    found: str | None

    @property
    def media(self) -> Media:
        """The facts of a file that has some."""
        assert self.reading.media is not None
        return self.reading.media

    @property
    def notes(self) -> set[str]:
        """The types of the notes on it."""
        return {note.type for note in self.reading.notes}


def read_file(parser: MediaParser, fetch: Callable[[int, int], bytes], size: int) -> Whole:
    """Read a file as the inspection does."""
    reader = RangeReader(fetch, size)
    found = open_media(reader)
    reading = read_media(parser, reader, found, 10)
    return Whole(reading, reader.fetched, reader.capped, found)


def read_body(parser: MediaParser, body: bytes) -> Whole:
    """Read a file that is in memory."""
    return read_file(parser, lambda start, length: body[start : start + length], len(body))


def told(reading: MediaReading) -> dict[str, Any]:
    """Return the facts that are known."""
    return {k: v for k, v in (reading.media or Media())._asdict().items() if v not in {None, ()}}
