"""A reader of a media file as the function has it."""

from __future__ import annotations

from collections.abc import Callable

from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.sample_tables import BOXED, sample_tables
from mps_manifest.formats.sniffing import ENOUGH, content_type


def reader_of(fetch: Callable[[int, int], bytes], size: int) -> RangeReader:
    """Read a file without the sample tables of an MP4."""
    reader = RangeReader(fetch, size)
    if content_type(reader.read(0, min(size, ENOUGH))) in BOXED:
        reader.leave_out(sample_tables(size, reader.glance))
    return reader
