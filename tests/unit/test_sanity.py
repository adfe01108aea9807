"""Numbers that no real file has are left out."""

from __future__ import annotations

import pytest

from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.sanity import sane

VIDEO = Media(2000, 7680, 4320, 240.0, "hevc", "aac", 192_000, 24)


def test_what_real_files_have_stands() -> None:
    """A limit that is too low would lose facts of good files."""
    for media in (VIDEO, Media(), Media(width_px=300_000, height_px=200_000)):
        assert sane(media) == media
    longest = Media(999 * 3_600_000, sample_rate=22_579_200, channels=255)
    assert sane(longest) == longest


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("duration_ms", 2 * 10**15),
        ("frame_rate", 90_000.0),
        ("sample_rate", 4 * 10**9),
        ("channels", 65_535),
    ],
)
def test_what_none_has_is_left_out(name: str, number: float) -> None:
    """A damaged header has any number, and the other facts may be right."""
    damaged = VIDEO._replace(**{name: number})  # type: ignore[arg-type]
    assert sane(damaged) == VIDEO._replace(**{name: None})  # type: ignore[arg-type]


def test_of_a_size_both_sides_are_left_out() -> None:
    """A width without a height describes nothing."""
    gone = VIDEO._replace(width_px=None, height_px=None)
    assert sane(VIDEO._replace(width_px=100_000)) == gone
    assert sane(VIDEO._replace(display_height_px=100_000)) == gone
    assert sane(Media(width_px=4 * 10**9, height_px=5)) == Media()
