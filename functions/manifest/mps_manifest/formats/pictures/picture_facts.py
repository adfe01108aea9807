"""Read what else a picture's header says: how it is turned, whether it moves or has alpha."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from mps_manifest.formats.containers.mp4_tracks import mp4_tracks
from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.described import Described
from mps_manifest.formats.media.parts import Read, read_part
from mps_manifest.formats.pictures import heif, tiff
from mps_manifest.formats.pictures.picture_headers import (
    HEIF_FAMILY,
    MOST_SEGMENTS,
    Pixels,
    segment_length,
)

ANIMATION_LIMIT = 500 * 1024
"""The size in bytes up to which the frames of an animated picture are counted."""

_MOST_BLOCKS = 50_000  # of 255 bytes each; an animation of the limit has 2,000
_MOST_CHUNKS = 5000
_SEQUENCES = (b"avis", b"msf1", b"hevc", b"hevx")
_STEP, _LONG_STEP = 4096, 64 * 1024
_EXIF = b"Exif\0\0"
_APP1, _SCAN = 0xE1, 0xDA
_GIF_EXTENSION, _GIF_CONTROL, _GIF_IMAGE, _GIF_END = 0x21, 0xF9, 0x2C, 0x3B
_WEBP_MOVES, _WEBP_EXIF, _WEBP_ALPHA = 0x02, 0x08, 0x10
_SIDEWAYS = 5  # the first orientation that exchanges width and height


class _Details(NamedTuple):
    """What is said beside the size; `shown` is the size before it is turned, if not the same."""

    orientation: int | None = None
    alpha: bool = False
    frames: int | None = None
    duration_ms: float = 0
    transfer: str | None = None
    shown: Pixels | None = None


def picture_facts(kind: str, pixels: Pixels, size: int, read: Read) -> Media:
    """Return the facts of a picture of `size` bytes, of which `pixels` is the size as coded.

    A still picture has neither frames nor a duration. The duration of an animation is the sum of
    what its frames declare, without the least that browsers show one. For `read` see picture_size.
    """
    details = _DETAILS[kind](_Walk(size, read)) if kind in _DETAILS else _Details()
    shown = details.shown or pixels
    if (details.orientation or 1) >= _SIDEWAYS:
        shown = shown[1], shown[0]
    moves = (details.frames or 1) > 1
    return Media(
        duration_ms=(int(details.duration_ms + 0.5) or None) if moves else None,
        width_px=pixels[0],
        height_px=pixels[1],
        orientation=details.orientation,
        display_width_px=shown[0] if shown != pixels else None,
        display_height_px=shown[1] if shown != pixels else None,
        frames=details.frames if moves else None,
        alpha=details.alpha or None,
        color_transfer=details.transfer,
    )


class _Walk:
    """A file that is read forwards in parts of `step` bytes, of which the last is kept."""

    def __init__(self, size: int, read: Read, step: int = _STEP) -> None:
        self.size = size
        self.read = read
        self._step = step
        self._start, self._data = 0, b""

    def far(self) -> _Walk:
        """Return the same file, to be read in the larger parts that suit a long walk."""
        return _Walk(self.size, self.read, _LONG_STEP)

    def part(self, start: int, length: int) -> bytes:
        """Return `length` bytes at a position, fewer at the end."""
        if not self._start <= start <= start + length <= self._start + len(self._data):
            self._start = start
            self._data = read_part(self.read, start, max(length, self._step))
        return self._data[start - self._start :][:length]

    def orientation(self, start: int, end: int) -> int | None:
        """Return the orientation in EXIF data, which may have its JPEG marker before it."""
        marker = len(_EXIF) if self.part(start, len(_EXIF)) == _EXIF else 0

        def within(at: int, length: int) -> bytes:
            return self.part(at, min(length, end - at)) if at < end else b""

        return tiff.orientation_of(tiff.first_directory(within, start + marker, most=1))


def _jpeg(walk: _Walk) -> _Details:
    """Look for EXIF before the scan: it has the segment APP1 (CIPA DC-008, 4.5)."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        segment = walk.part(at, 10)
        step = segment_length(segment)
        if not step or segment[1] == _SCAN:
            break
        if segment[1] == _APP1 and segment[4:] == _EXIF:
            return _Details(walk.orientation(at + 4, at + step))
        at += step
    return _Details()


def _png(walk: _Walk) -> _Details:
    """Read the chunks before the picture; those of an animation to the end (PNG, 3rd edition)."""
    head = walk.part(0, 33)
    alpha, orientation, frames = head[25:26] in {b"\4", b"\6"}, None, None
    for kind, start, size in _chunks(walk, 8, "big"):
        if kind == b"tRNS":
            alpha = True
        elif kind == b"eXIf":
            orientation = walk.orientation(start, start + size)
        elif kind == b"acTL":
            frames = int.from_bytes(walk.part(start, 4), "big")
        elif kind == b"IDAT":
            break
    duration = _apng_duration(walk.far(), frames) if frames else 0
    return _Details(orientation, alpha, frames, duration)


def _apng_duration(walk: _Walk, frames: int) -> float:
    """Return the sum of what the frames declare; 0 where not all of them were found."""
    if walk.size > ANIMATION_LIMIT:
        return 0
    delays = [
        walk.part(start + 20, 4) for kind, start, _ in _chunks(walk, 8, "big") if kind == b"fcTL"
    ]
    if len(delays) != frames:
        return 0
    each = ((int.from_bytes(d[:2], "big"), int.from_bytes(d[2:], "big")) for d in delays)
    return sum(1000 * over / (under or 100) for over, under in each)


def _gif(walk: _Walk) -> _Details:
    """Read the blocks of a file that is small enough to its end, else up to the first picture."""
    is_small = walk.size <= ANIMATION_LIMIT
    alpha, frames, duration, control = False, 0, 0, b""
    for mark, start in _gif_blocks(walk.far() if is_small else walk):
        if mark == _GIF_CONTROL:
            control = walk.part(start, 5).ljust(5, b"\0")
        elif mark == _GIF_IMAGE:
            alpha = alpha or (not frames and bool(control[1:2]) and bool(control[1] & 1))
            frames, duration = frames + 1, duration + 10 * int.from_bytes(control[2:4], "little")
            control = b""
            if not is_small:
                break
        elif mark == _GIF_END:
            return _Details(None, alpha, frames, duration)
    return _Details(None, alpha)


def _gif_blocks(walk: _Walk) -> Iterator[tuple[int, int]]:
    """Yield the marks of blocks, and where the data of each begins (GIF89a, 19 to 27)."""
    at, steps = 13 + _palette(walk.part(10, 1)), iter(range(_MOST_BLOCKS))
    for _ in steps:
        mark = walk.part(at, 2)
        if len(mark) == 2 and mark[0] == _GIF_EXTENSION:
            yield mark[1], at + 2
            at = _after(walk, at + 2, steps)
        elif mark[:1] == bytes([_GIF_IMAGE]):
            yield _GIF_IMAGE, at + 1
            at = _after(walk, at + 11 + _palette(walk.part(at + 9, 1)), steps)
        else:
            if mark[:1] == bytes([_GIF_END]) or at == walk.size:  # some writers leave out the end
                yield _GIF_END, at
            return


def _palette(flags: bytes) -> int:
    """Return the length of the palette that a byte of flags declares."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _after(walk: _Walk, at: int, steps: Iterator[int]) -> int:
    """Return where a row of sub-blocks ends, beyond the file where it does not in so many steps."""
    for _ in steps:
        length = walk.part(at, 1)
        if not length:
            break
        at += 1 + length[0]
        if not length[0]:
            return at
    return walk.size + 1


def _webp(walk: _Walk) -> _Details:
    """Read the first chunk, and those of an animation or EXIF (RFC 9649)."""
    head = walk.part(0, 33)
    if head[12:16] == b"VP8L":
        return _Details(alpha=bool(head[24] & 0x10))
    if head[12:16] != b"VP8X":
        return _Details()
    flags, orientation, delays = head[20], None, []
    moves = bool(flags & _WEBP_MOVES)
    if flags & (_WEBP_MOVES | _WEBP_EXIF) and (walk.size <= ANIMATION_LIMIT or not moves):
        walk = walk.far() if moves else walk
        for kind, start, size in _chunks(walk, 12, "little"):
            if kind == b"ANMF":
                delays.append(int.from_bytes(walk.part(start + 12, 3), "little"))
            elif kind == b"EXIF":
                orientation = walk.orientation(start, start + size)
    frames = len(delays) or None
    return _Details(orientation, bool(flags & _WEBP_ALPHA), frames, sum(delays))


def _chunks(
    walk: _Walk, at: int, order: Literal["big", "little"]
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and length of the chunks of a PNG (big) or RIFF file (little).

    Ends before the first that is not all there.
    """
    for _ in range(_MOST_CHUNKS):
        head = walk.part(at, 8)
        kind, size = (head[4:], head[:4]) if order == "big" else (head[:4], head[4:])
        length = int.from_bytes(size, order)
        if len(head) < 8 or at + 8 + length > walk.size:
            return
        yield kind, at + 8, length
        at += 12 + length if order == "big" else 8 + length + length % 2


def _tiff(walk: _Walk) -> _Details:
    tags = tiff.first_directory(walk.part)
    alpha = tags.get(tiff.EXTRA_SAMPLES) in {1, 2}  # associated, or not; 0 says nothing
    return _Details(tiff.orientation_of(tags), alpha)


def _heif(walk: _Walk) -> _Details:
    """Read the primary picture's properties, and of a sequence its track (ISO/IEC 23008-12, 7)."""
    moves = any(brand in walk.part(0, 64) for brand in _SEQUENCES)
    tracks = mp4_tracks(walk.size, walk.read) if moves else []
    track = next((track for track in tracks if track.kind == "pictures"), Described("pictures"))
    frames, duration = track.samples, track.duration_ms or 0
    still = heif.read_still(walk.size, walk.read)
    if still is None:
        return _Details(None, track.alpha, frames, duration)
    orientation = still.orientation if still.orientation > 1 else None
    return _Details(orientation, still.alpha, frames, duration, still.transfer, still.shown)


_DETAILS: dict[str, Callable[[_Walk], _Details]] = {
    **dict.fromkeys(HEIF_FAMILY, _heif),
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/tiff": _tiff,
    "image/webp": _webp,
}
