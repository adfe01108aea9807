"""What the tracks of a file say of themselves, beyond what MediaInfo tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mps_manifest.formats.containers.sample_tables import BOXED
from mps_manifest.formats.media.parts import Read

BY_NAME = {
    "mp3": "mp3",
    "opus": "opus",
    "vorbis": "vorbis",
    "flac": "flac",
    "ac3": "ac-3",
    "eac3": "ec-3",
    "theora": "theora",
}
"""RFC 6381's names of codecs without profiles, by ffmpeg's."""

_MATROSKA = {"video/webm", "video/x-matroska"}

Shape = tuple[int, int]
"""The width of a pixel, and its height, in any unit."""


class Described(NamedTuple):
    """A track, whose `kind` is `video`, `audio`, `pictures` (a sequence of them) or `chapters`.

    `codec` is RFC 6381's name, None where that is not certain. `samples` is the number of frames.
    `size` is the coded one; `aperture` is that of the part that is shown, before it is turned;
    `is_mirrored` is whether it is mirrored then. Of chapters only the `number` is told, by which
    the container knows the track.
    """

    kind: str
    codec: str | None = None
    alpha: bool = False
    shape: Shape | None = None
    aperture: tuple[int, int] | None = None
    is_mirrored: bool = False
    size: tuple[int, int] | None = None
    samples: int | None = None
    duration_ms: int | None = None
    number: int = 0


def describe(kind: str, size: int, read: Read) -> list[Described]:
    """Return what the tracks say of themselves in content of a type, where it has a reader.

    `read(start, length)` may return fewer bytes than requested, and none at the end.
    """
    if kind in BOXED:
        from mps_manifest.formats.containers.mp4_tracks import mp4_tracks  # noqa: PLC0415 - few jobs need it

        return mp4_tracks(size, read)
    if kind in _MATROSKA:
        from mps_manifest.formats.containers.matroska import matroska_tracks  # noqa: PLC0415 - likewise

        return matroska_tracks(size, read)
    return []


def codecs_of(tracks: Sequence[Described]) -> str | None:
    """Return the names of all codecs, video first; None where one of them is not certain."""
    kinds = ("video", "audio")
    names = [track.codec for kind in kinds for track in tracks if track.kind == kind]
    return ",".join(dict.fromkeys(filter(None, names))) if names and all(names) else None
