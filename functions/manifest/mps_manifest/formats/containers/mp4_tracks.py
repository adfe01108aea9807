"""Read what the tracks of an MP4 or MOV file say of their codecs (ISO/IEC 14496-12, 8.5.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from mps_manifest.formats.containers.mp4_boxes import Box, Boxes, boxes_in, clean_aperture
from mps_manifest.formats.media import rfc6381
from mps_manifest.formats.media.described import Described, Shape
from mps_manifest.formats.media.parts import Read

_OUTER_STEP = 64 * 1024
_IN_TRACK = (b"mdia", b"minf", b"stbl")
_KINDS = {b"vide": "video", b"soun": "audio", b"pict": "pictures"}
_MOST_DESCRIPTION = 64 * 1024  # a colour profile is the largest part of one
_MOST_REFERENCES = 4096
_VISUAL, _SOUND, _SOUND_V1 = 86, 36, 52
# the box with the record of a sample entry, where in it the record begins, and who reads it
_RECORDS: dict[str, tuple[bytes, int, Callable[[str, bytes], str | None]]] = {
    "av01": (b"av1C", 0, rfc6381.av1),
    **dict.fromkeys(("avc1", "avc2", "avc3", "avc4"), (b"avcC", 0, rfc6381.avc)),
    **dict.fromkeys(("hvc1", "hev1"), (b"hvcC", 0, rfc6381.hevc)),
    **dict.fromkeys(("vp08", "vp09"), (b"vpcC", 4, rfc6381.vpx)),
    **dict.fromkeys(("mp4a", "mp4v"), (b"esds", 4, rfc6381.elementary)),
}
# sample entries whose name alone says it all, other than by its own four letters
_NAMES = {"Opus": "opus", "fLaC": "flac", ".mp3": "mp3"}
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3}")
# others need more than their name, which is not read
_NOT_ALONE = {"ac-4", "enca", "encv", "mha1", "mhm1"}
_NOT_ALONE |= {"dav1", "dva1", "dvav", "dvh1", "dvhe", "hvt1", "lhv1", "vvc1", "vvi1"}
_WITH_ALPHA = {"ap4h", "ap4x", "rle ", "png "}


def mp4_tracks(size: int, read: Read) -> list[Described]:
    """Return the descriptions of a file's video, audio and picture tracks, as far as it has any.

    A track with the chapters of another one, as pictures or texts, is neither (QuickTime File
    Format, Chapter Lists). For `read` see Boxes.
    """
    boxes = Boxes(read)
    for box in boxes.between(0, size, _OUTER_STEP):
        if box.kind == b"moov":
            tracks = (t for t in boxes.between(box.inside, box.end) if t.kind == b"trak")
            parts = [_by_kind(boxes.leaves(track, _IN_TRACK)) for track in tracks]
            chapters = {number for each in parts for number in _chapters(boxes, each)}
            described = (_described(boxes, each, chapters) for each in parts)
            return [track for track in described if track]
    return []


def _by_kind(leaves: Iterable[Box]) -> dict[bytes, Box]:
    by_kind: dict[bytes, Box] = {}
    for box in leaves:
        by_kind.setdefault(box.kind, box)  # QuickTime has a second handler, that of the data
    return by_kind


def _number(by_kind: dict[bytes, Box]) -> int:
    header = by_kind.get(b"tkhd")
    return header.number(28 if header.data[8:9] == b"\1" else 20) if header else 0


def _chapters(boxes: Boxes, by_kind: dict[bytes, Box]) -> Iterator[int]:
    """Yield the numbers of the tracks that a track names as those of its chapters."""
    if b"tref" not in by_kind:
        return
    data = boxes.content(by_kind[b"tref"], _MOST_REFERENCES)
    for kind, start, end in boxes_in(data, 0, len(data)):
        if kind == b"chap":
            named = (int.from_bytes(data[at : at + 4], "big") for at in range(start, end, 4))
            yield from (number for number in named if number != _number(by_kind))


def _described(boxes: Boxes, by_kind: dict[bytes, Box], chapters: set[int]) -> Described | None:
    if _number(by_kind) in chapters:
        return Described("chapters", number=_number(by_kind))
    handler, description = by_kind.get(b"hdlr"), by_kind.get(b"stsd")
    kind = _KINDS.get(handler.data[16:20]) if handler else None
    if kind is None or description is None:
        return None
    data = boxes.content(description, _MOST_DESCRIPTION)
    entries = list(_entries(data, kind))
    if not entries:
        return Described(kind)
    first, codecs = entries[0], {entry.codec for entry in entries}
    samples = by_kind.get(b"stsz") or by_kind.get(b"stz2")
    return first._replace(
        codec=first.codec if len(codecs) == 1 else None,
        is_mirrored=_is_mirrored(by_kind.get(b"tkhd")),
        samples=samples.number(16) if samples else None,
        duration_ms=_duration(by_kind.get(b"mdhd")),
    )


def _entries(data: bytes, kind: str) -> Iterator[Described]:
    for name, start, end in boxes_in(data, 8, len(data)):
        entry = name.decode("latin-1")
        first = start - 8 + (_sound_header(data, start - 8) if kind == "audio" else _VISUAL)
        parts = _parts(data, first, end)
        if b"wave" in parts:  # QuickTime's place for what decoders need
            parts |= _parts(parts[b"wave"], 0, len(parts[b"wave"]))
        if entry in {"encv", "enca"}:
            scheme = _parts(parts.get(b"sinf", b""), 0, len(parts.get(b"sinf", b"")))
            entry = scheme.get(b"frma", b"")[:4].decode("latin-1")
        deep = kind == "video" and data[start + 74 : start + 76] == b"\0\x20"
        alpha = (deep and entry in _WITH_ALPHA) or rfc6381.has_alpha(parts.get(b"hvcC", b""))
        shape, aperture = _shape(parts.get(b"pasp", b"")), clean_aperture(parts.get(b"clap", b""))
        wide, high = (int.from_bytes(data[start + at : start + at + 2], "big") for at in (24, 26))
        size = (wide, high) if kind != "audio" else None
        yield Described(kind, _codec(entry, parts), alpha, shape, aperture, size=size)


def _parts(data: bytes, start: int, end: int) -> dict[bytes, bytes]:
    return {kind: data[one:two] for kind, one, two in boxes_in(data, start, end)}


def _sound_header(data: bytes, at: int) -> int:
    """Return the length of a sound's description before its boxes: QuickTime has longer forms."""
    version = int.from_bytes(data[at + 16 : at + 18], "big")
    if data[0] or version not in {1, 2}:
        return _SOUND
    return _SOUND_V1 if version == 1 else int.from_bytes(data[at + 36 : at + 40], "big")


def _codec(entry: str, parts: dict[bytes, bytes]) -> str | None:
    """Return the name of a sample entry's codec; None where its record is not there or invalid."""
    if entry in _RECORDS:
        kind, start, name = _RECORDS[entry]
        return name(entry, parts.get(kind, b"")[start:])
    if entry in _NOT_ALONE:
        return None
    return _NAMES.get(entry) or (entry if _PLAIN.fullmatch(entry) else None)


def _shape(data: bytes) -> Shape | None:
    wide, high = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    return (wide, high) if wide and high else None


def _is_mirrored(box: Box | None) -> bool:
    """Return whether a track's matrix (8.3.2) exchanges left and right, or top and bottom."""
    if box is None:
        return False
    first = 60 if box.data[8:9] == b"\1" else 48
    a, b, c, d = (
        int.from_bytes(box.data[first + at : first + at + 4], "big", signed=True)
        for at in (0, 4, 12, 16)
    )
    return a * d - b * c < 0


def _duration(box: Box | None) -> int | None:
    """Return the duration in a media header; None where it is unknown."""
    if box is None:
        return None
    long = box.data[8:9] == b"\1"
    scale, at, length = box.number(28 if long else 20), 32 if long else 24, 8 if long else 4
    duration = box.number(at, length)
    unknown = duration == 2 ** (8 * length) - 1
    return (2000 * duration + scale) // (2 * scale) if scale and duration and not unknown else None
