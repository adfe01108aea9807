"""Read what the tracks of a Matroska or WebM file say of their codecs (RFC 9559, 5.1.4)."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.formats.media import rfc6381
from mps_manifest.formats.media.described import Described, Shape
from mps_manifest.formats.media.parts import Parts, Read, read_part

_EBML, _SEGMENT, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1654AE6B, 0x1F43B675
_ENTRY, _TYPE, _CODEC, _PRIVATE, _VIDEO = 0xAE, 0x83, 0x86, 0x63A2, 0xE0
_PIXELS, _DISPLAY, _UNIT, _ALPHA = (0xB0, 0xBA), (0x54B0, 0x54BA), 0x54B2, 0x53C0
_GLOBAL = {0xEC, 0xBF}  # empty room and checksums (RFC 8794, 11.3), allowed before a segment
_CROPPED = (0x54AA, 0x54BB, 0x54CC, 0x54DD)
_UNKNOWN_UNIT = 4
_HEAD = 12
_MOST_ELEMENTS = 30  # there are about five before the first cluster
_MOST_TRACKS = 512 * 1024
_KINDS = {1: "video", 2: "audio"}
_NAMES = {
    "A_AAC/MPEG2/LC": "mp4a.40.2",
    "A_AAC/MPEG4/LC": "mp4a.40.2",
    "A_AAC/MPEG4/LC/SBR": "mp4a.40.5",
    "A_AC3": "ac-3",
    "A_ALAC": "alac",
    "A_EAC3": "ec-3",
    "A_FLAC": "flac",
    "A_MPEG/L3": "mp3",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "V_THEORA": "theora",
    "V_VP8": "vp8",
}


def matroska_tracks(size: int, read: Read) -> list[Described]:
    """Return the descriptions of a file's video and audio tracks, as far as it has any.

    They are looked for before the first cluster only. A VP9 track of which the profile is not
    said is `vp9`, which means the first profile. `read` is that of Boxes.
    """
    for name, start, end in _outer(size, read):
        if name == _TRACKS and end - start <= _MOST_TRACKS:
            data = read_part(read, start, end - start)
            entries = (data[one:two] for kind, one, two in _elements(data) if kind == _ENTRY)
            return [track for track in map(_described, entries) if track]
        if name == _CLUSTER:
            break
    return []


def segments_end(parts: Parts) -> int:
    """Return where the last segment ends by its own size; 0 where that is not certain.

    What follows and does not begin as Matroska does is no part of the file.
    """
    at = end = 0
    for _ in range(_MOST_ELEMENTS):
        name, head, length = _element(parts.part(at, _HEAD)) or (0, 0, None)
        if name not in {_EBML, _SEGMENT, *_GLOBAL} or length is None:
            return end
        at += head + length
        end = at if name == _SEGMENT else end
    return 0


def _outer(size: int, read: Read) -> Iterator[tuple[int, int, int]]:
    """Yield the elements of the segment: name, start and end of the content."""
    at = 0
    for _ in range(_MOST_ELEMENTS):
        found = _element(read_part(read, at, _HEAD))
        if found is None:
            return
        name, head, length = found
        if name == _SEGMENT:
            at += head
            continue
        if length is None or at + head + length > size:
            return
        yield name, at + head, at + head + length
        at += head + length


def _described(entry: bytes) -> Described | None:
    parts = {name: entry[start:end] for name, start, end in _elements(entry)}
    kind = _KINDS.get(_number(parts.get(_TYPE, b"")))
    if kind is None:
        return None
    codec = parts.get(_CODEC, b"").rstrip(b"\0").decode("latin-1")
    picture = parts.get(_VIDEO, b"")
    video = {name: _number(picture[start:end]) for name, start, end in _elements(picture)}
    return Described(
        kind, _named(codec, parts.get(_PRIVATE, b"")), video.get(_ALPHA) == 1, _shape(video)
    )


def _named(codec: str, private: bytes) -> str | None:
    if codec == "V_MPEG4/ISO/AVC":
        return rfc6381.avc("avc1", private)
    if codec == "V_MPEGH/ISO/HEVC":
        return rfc6381.hevc("hvc1", private)
    if codec == "V_AV1":
        return rfc6381.av1("av01", private)
    if codec == "V_VP9":
        return _vp9(private)
    return rfc6381.aac(private) if codec == "A_AAC" else _NAMES.get(codec)


def _vp9(private: bytes) -> str | None:
    """Name VP9 by its list of features (WebM's Codec Private Data for VP9): number, length, value.

    1 is the profile, 2 the level, 3 the depth.
    """
    if not private:
        return "vp9"
    features = dict(zip(private[0:12:3], private[2:12:3], strict=False))
    record = bytes((features.get(1, 0), features.get(2, 0), features.get(3, 0) << 4 & 0xF0))
    return rfc6381.vpx("vp09", record) if features.get(3) and private[1:2] == b"\1" else None


def _shape(video: dict[int, int]) -> Shape | None:
    """Return the shape of a pixel by the size in pixels and that for display."""
    (wide, high), (shown, tall) = ([video.get(n, 0) for n in each] for each in (_PIXELS, _DISPLAY))
    if not all((wide, high, shown, tall)) or video.get(_UNIT, 0) >= _UNKNOWN_UNIT:
        return None
    return None if any(video.get(n) for n in _CROPPED) else (shown * high, tall * wide)


def _elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield name, start and end of the elements that consecutive bytes consist of."""
    at = 0
    while found := _element(data[at : at + _HEAD]):
        name, head, length = found
        if length is None or at + head + length > len(data):
            return
        yield name, at + head, at + head + length
        at += head + length


def _element(head: bytes) -> tuple[int, int, int | None] | None:
    """Return name, length of the header, and length of the content if it is known (RFC 8794)."""
    name = 9 - head[0].bit_length() if head and head[0] else 0
    rest = head[name:] if 0 < name <= 4 else b""
    width = 9 - rest[0].bit_length() if rest and rest[0] else 0
    if not width or len(rest) < width:
        return None
    mask = (1 << 7 * width) - 1
    length = int.from_bytes(rest[:width], "big") & mask
    return _number(head[:name]), name + width, None if length == mask else length


def _number(data: bytes) -> int:
    return int.from_bytes(data[:8], "big")
