"""Read the first directory of a TIFF file, which is also how EXIF begins (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from mps_manifest.formats.media.parts import Read, read_part

WIDTH, HEIGHT, ORIENTATION, EXTRA_SAMPLES = 256, 257, 274, 338
_SUBFILE, _INNER = 254, 330
_WANTED = frozenset({_SUBFILE, WIDTH, HEIGHT, ORIENTATION, EXTRA_SAMPLES})
_SHORT, _LONG, _LONG8 = 3, 4, 16
_LENGTHS = {_SHORT: 2, _LONG: 4, _LONG8: 8}
_MOST_ENTRIES = 1000  # real directories have a few dozen
_MOST_DIRECTORIES = 8


class _Form(NamedTuple):
    """The layout of a directory: lengths of its count, of an entry, and of a value in it."""

    order: Literal["big", "little"]
    of_count: int
    of_entry: int
    of_value: int


def first_directory(read: Read, start: int = 0, most: int = _MOST_DIRECTORIES) -> dict[int, int]:
    """Return the first value of each known tag; empty where there is no valid directory.

    `start` is where the TIFF header is, from which its offsets count. Of at most so many
    directories those of pictures of reduced size are passed over, with which cameras' raw files
    begin, unless there are no others.
    """
    head = read_part(read, start, 16)
    form, at = _form(head)
    reduced: list[dict[int, int]] = []
    has_inner = 0  # directories within one: a raw file has the picture itself there
    for _ in range(most):
        if form is None or at < 8:
            break
        tags, following = _directory(read, start + at, form)
        has_inner |= tags.pop(_INNER, 0)
        if not tags.pop(_SUBFILE, 0) & 1:
            return tags
        reduced.append(tags)
        at = following if following > at else 0
    return reduced[0] if reduced and not has_inner else {}


def _directory(read: Read, at: int, form: _Form) -> tuple[dict[int, int], int]:
    """Return the tags of a directory, and the offset of the next; none where it is invalid."""
    count = int.from_bytes(read_part(read, at, form.of_count), form.order)
    if not 0 < count <= _MOST_ENTRIES:
        return {}, 0
    length = count * form.of_entry
    entries = read_part(read, at + form.of_count, length + form.of_value)
    following = int.from_bytes(entries[length:], form.order)
    return (dict(_tags(entries[:length], form)), following) if len(entries) >= length else ({}, 0)


def orientation_of(tags: dict[int, int]) -> int | None:
    """Return the orientation, 2 to 8; None where the picture is upright or it is not said."""
    orientation = tags.get(ORIENTATION, 1)
    return orientation if 2 <= orientation <= 8 else None


def _form(head: bytes) -> tuple[_Form | None, int]:
    """Return the layout by the header, and the offset of the first directory."""
    order: Literal["big", "little"] = "big" if head[:2] == b"MM" else "little"
    if head[:2] not in {b"II", b"MM"}:
        return None, 0
    version = int.from_bytes(head[2:4], order)
    if version == 42:
        return _Form(order, 2, 12, 4), int.from_bytes(head[4:8], order)
    if version == 43 and int.from_bytes(head[4:6], order) == 8:
        return _Form(order, 8, 20, 8), int.from_bytes(head[8:16], order)
    return None, 0


def _tags(entries: bytes, form: _Form) -> list[tuple[int, int]]:
    found = []
    for at in range(0, len(entries), form.of_entry):
        tag = int.from_bytes(entries[at : at + 2], form.order)
        length = _LENGTHS.get(int.from_bytes(entries[at + 2 : at + 4], form.order), 0)
        count = int.from_bytes(entries[at + 4 : at + 4 + form.of_value], form.order)
        value = at + 4 + form.of_value
        if tag == _INNER:
            found.append((tag, count))
        if tag in _WANTED and count and 0 < length * count <= form.of_value:
            found.append((tag, int.from_bytes(entries[value : value + length], form.order)))
    return found
