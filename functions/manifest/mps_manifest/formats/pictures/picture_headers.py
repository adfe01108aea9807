"""Read the size of a picture from its header, without decoding it."""

from __future__ import annotations

from collections.abc import Callable

from mps_manifest.formats.media.parts import Parts, Read

Pixels = tuple[int, int]
HEIF_FAMILY = (
    "image/avif",
    "image/heic",
    "image/heic-sequence",
    "image/heif",
    "image/heif-sequence",
)
"""The types of pictures in ISO boxes."""

_STEP = 4096
_HEADER = 33
_SEGMENT = 10
MOST_SEGMENTS = 200
# ITU-T T.81, table B.1: start-of-frame markers; the three exceptions are tables
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _FILL = 0xDA, 0xFF
_WRONG = {0x00, 0xD8, 0xD9}  # no valid picture has these before its scan
_BARE = {0x01, *range(0xD0, 0xD8)}
_BITMAPS = {40, 52, 56, 64, 108, 124}


def picture_size(kind: str, size: int, read: Read) -> Pixels | None:
    """Return width and height in pixels of a picture of `size` bytes; None if it is invalid.

    `read(start, length)` may return fewer bytes than requested, and none at the end. Only its
    errors are raised.
    """
    if kind not in PICTURES:
        return None
    found = PICTURES[kind](Parts(size, read))
    return found if found and all(found) else None


def _png(source: Parts) -> Pixels | None:
    head = source.part(0, _HEADER, _STEP)
    if head[8:16] != b"\0\0\0\x0dIHDR" or len(head) < _HEADER:
        return None
    return _big(head[16:20]), _big(head[20:24])


def _gif(source: Parts) -> Pixels | None:
    head = source.part(0, _HEADER, _STEP)
    return _little(head[6:8]), _little(head[8:10])


def _bmp(source: Parts) -> Pixels | None:
    """Read either kind of header; a negative height means rows from top to bottom.

    The size of the file in it is often wrong, and nobody looks at it (bmpsuite, badfilesize.bmp).
    """
    head = source.part(0, _HEADER, _STEP)
    length = _little(head[14:18])
    if length == 12 and _little(head[22:24]) == 1:
        return _little(head[18:20]), _little(head[20:22])
    if length not in _BITMAPS or _little(head[26:28]) != 1:
        return None
    return max(_signed(head[18:22]), 0), abs(_signed(head[22:26]))


def _webp(source: Parts) -> Pixels | None:
    """Read the first chunk: a lossy picture, a lossless one, or the extended header."""
    head = source.part(0, _HEADER, _STEP)
    if head[12:16] == b"VP8X" and len(head) >= 30:
        return _little(head[24:27]) + 1, _little(head[27:30]) + 1
    if head[12:16] == b"VP8L" and head[20:21] == b"\x2f" and len(head) >= 25:
        bits = _little(head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
    return None


def _jpeg(source: Parts) -> Pixels | None:
    """Read the segments up to the scan; the header of a frame has the size."""
    at, found = 2, None
    for _ in range(MOST_SEGMENTS):
        segment = source.part(at, _SEGMENT, _STEP)
        step = segment_length(segment)
        if not step or segment[1] == _SCAN:
            return found if step else None
        if segment[1] in _FRAMES:
            found = _frame(segment)
        at += step
    return None


def segment_length(segment: bytes) -> int:
    """Return the distance to the next segment; 0 where the segment is invalid."""
    if len(segment) < 4 or segment[0] != 0xFF or segment[1] in _WRONG:
        return 0
    if segment[1] == _FILL:
        return 1
    length = _big(segment[2:4])
    return 2 if segment[1] in _BARE else 2 + length if length >= 2 else 0


def _frame(segment: bytes) -> Pixels | None:
    """Read a frame's header; None if its length does not match the number of components."""
    if len(segment) < _SEGMENT or _big(segment[2:4]) != 8 + 3 * segment[9] or not segment[9]:
        return None
    return _big(segment[7:9]), _big(segment[5:7])


def _tiff(source: Parts) -> Pixels | None:
    from mps_manifest.formats.pictures import tiff  # noqa: PLC0415 - few pictures are of this kind

    tags = tiff.first_directory(source.read)
    return tags.get(tiff.WIDTH, 0), tags.get(tiff.HEIGHT, 0)


def _heif(source: Parts) -> Pixels | None:
    """Read the primary picture; a sequence may have none, but a track."""
    from mps_manifest.formats.containers import mp4_tracks  # noqa: PLC0415 - few pictures are of it
    from mps_manifest.formats.pictures import heif  # noqa: PLC0415 - likewise

    if still := heif.read_still(source.size, source.read):
        return still.size
    tracks = mp4_tracks.mp4_tracks(source.size, source.read)
    return next((track.size for track in tracks if track.kind == "pictures"), None)


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


PICTURES: dict[str, Callable[[Parts], Pixels | None]] = {
    **dict.fromkeys(HEIF_FAMILY, _heif),
    "image/bmp": _bmp,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/tiff": _tiff,
    "image/webp": _webp,
}
"""The media types that picture_size supports."""
