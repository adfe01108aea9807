"""Measure Ogg files (RFC 3533) by the positions that their pages tell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from mps_manifest.formats.media.parts import Length, Parts, rounded

_HEADER = 27
_HEAD = 64 * 1024
_TAIL = 130 * 1024  # the last page is in it, which has 65,307 bytes at most
_WHOLE = 320 * 1024
_PLACES = 5
_AT_PLACE = 20 * 1024
_AFTER_HEADERS = 100 * 1024
_FULL_PAGE = 27 + 255 + 255 * 255
_FIRST, _NOTHING = 2, 2**64 - 1
_OPUS_RATE = 48_000
# RFC 6716, 3.1: samples of a frame at 48 kHz by the upper bits of its first byte
_OPUS_FRAMES = (
    *((480, 960, 1920, 2880) * 3),
    *((480, 960) * 2),
    *((120, 240, 480, 960) * 4),
)


class _Page(NamedTuple):
    at: int
    flags: int
    position: int
    stream: int
    lacing: bytes
    data: bytes

    @property
    def packets(self) -> list[bytes]:
        """The beginnings of the packets that end in it; of the first one maybe only its end."""
        found, start, at = [], 0, 0
        for size in self.lacing:
            at += size
            if size < 255:
                found.append(self.data[start:at])
                start = at
        return found


class _Stream(NamedTuple):
    """`rate` is a number of units per second as a fraction; `shift` is Theora's."""

    codec: str
    rate: int
    per: int = 1
    skipped: int = 0
    shift: int = 0
    block: int = 0


def ogg_length(parts: Parts) -> Length:
    """Return the duration of the longest stream; none where one stream follows another."""
    head = list(_pages(parts.part(0, _WHOLE if parts.size <= _WHOLE else _HEAD)))
    pages = head
    if parts.size > _WHOLE:
        begin, end = _end_of_headers(parts, head), parts.size - _TAIL
        head += _pages(parts.part(begin, _AFTER_HEADERS), begin) if begin else []
        places = chain(
            [(end, parts.part(end, _TAIL))], parts.places(_HEAD, end, _PLACES, _AT_PLACE)
        )
        found = chain(head, chain.from_iterable(_pages(part, at) for at, part in places))
        pages = sorted({page.at: page for page in found}.values())
    streams = {page.stream: _stream(page.data) for page in head if page.flags & _FIRST}
    if not _in_order(streams, pages):
        return Length()
    first = {
        page.stream: page for page in reversed(head) if page.position and not page.flags & _FIRST
    }
    last = {page.stream: page.position for page in pages}
    times = [
        _time(stream, first.get(number), last[number])
        for number, stream in streams.items()
        if stream and number in last
    ]
    known = [time for time in times if time]
    return Length(max(known) if known and len(known) == len(times) else None)


def _pages(data: bytes, begin: int = 0) -> Iterator[_Page]:
    """Yield consecutive pages that end within some bytes and finish a packet.

    `begin` is the position of the bytes in the file.
    """
    at = max(data.find(b"OggS"), 0)
    while data[at : at + 5] == b"OggS\0" and at + _HEADER <= len(data):
        segments = at + _HEADER
        lacing = data[segments : segments + data[segments - 1]]
        start = segments + len(lacing)
        end = start + sum(lacing)
        if end > len(data):
            return
        flags, position = data[at + 5], _little(data[at + 6 : at + 14])
        stream = _little(data[at + 14 : at + 18])
        if position != _NOTHING:
            yield _Page(begin + at, flags, position, stream, lacing, data[start:end])
        at = end


def _end_of_headers(parts: Parts, head: list[_Page]) -> int:
    """Return where the last page of a header larger than the head begins, such as a cover; else 0.

    All pages before that are full, so a few of them are enough to find it.
    """
    if not head or head[-1].position:
        return 0
    start = head[-1].at + _HEADER + len(head[-1].lacing) + len(head[-1].data)

    def is_full(number: int) -> bool:
        page = parts.part(start + number * _FULL_PAGE, _HEADER)
        return page[:4] == b"OggS" and page[6:14] == b"\xff" * 8 and page[26:] == b"\xff"

    full, beyond = -1, 0
    while is_full(beyond):
        full, beyond = beyond, 2 * beyond + 1
    while beyond - full > 1:
        middle = (full + beyond) // 2
        full, beyond = (middle, beyond) if is_full(middle) else (full, middle)
    return start + beyond * _FULL_PAGE


def _in_order(streams: dict[int, _Stream | None], pages: list[_Page]) -> bool:
    """Return whether positions grow from page to page, and no further stream begins."""
    reached: dict[int, int] = {}
    begun = False
    for page in pages:
        number, stream, begins = page.stream, streams.get(page.stream), page.flags & _FIRST
        if number not in streams or (begins and begun):  # streams of a file begin together
            return False
        begun = begun or not begins
        units = _units(stream, page.position) if stream else 0
        if units < reached.get(number, 0):
            return False
        reached[number] = units
    return True


def _stream(header: bytes) -> _Stream | None:
    """Return how a stream counts, by its first packet."""
    if header.startswith(b"\x01vorbis") and len(header) >= 30:
        return _Stream("vorbis", _little(header[12:16]), block=1 << (header[28] >> 4))
    if header.startswith(b"OpusHead") and len(header) >= 19:
        return _Stream("opus", _OPUS_RATE, skipped=_little(header[10:12]))
    if header.startswith(b"\x7fFLAC") and len(header) >= 51:
        rate = int.from_bytes(header[27:30], "big") >> 4
        return _Stream("flac", rate, block=int.from_bytes(header[19:21], "big"))
    if header.startswith(b"\x80theora") and len(header) >= 42:
        rate, per = (int.from_bytes(header[at : at + 4], "big") for at in (22, 26))
        return _Stream("theora", rate, per, shift=int.from_bytes(header[40:42], "big") >> 5 & 31)
    return None


def _units(stream: _Stream, position: int) -> int:
    mask = (1 << stream.shift) - 1
    return (position >> stream.shift) + (position & mask) if stream.shift else position


def _time(stream: _Stream, first: _Page | None, last: int) -> int | None:
    """Return the duration of a stream; None if its beginning is not certain."""
    if first is None or not stream.rate or not stream.per:
        return None
    reached, end = _units(stream, first.position), _units(stream, last)
    start = max(0, reached - _in_page(stream, first))
    if stream.codec == "vorbis" and start:
        return None  # short blocks cannot be told from long ones
    units = end - start - stream.skipped
    return rounded(units * stream.per, stream.rate) if units > 0 else None


def _in_page(stream: _Stream, page: _Page) -> int:
    """Return how many samples or pictures the packets of a page have, at most."""
    packets = page.packets
    if stream.codec == "opus":
        return sum(_opus_samples(packet) for packet in packets)
    if stream.codec == "theora":
        return len(packets)
    return len(packets) * stream.block


def _opus_samples(packet: bytes) -> int:
    if not packet:
        return 0
    code = packet[0] & 3
    count = (1, 2, 2)[code] if code < 3 else (packet[1] & 63 if len(packet) > 1 else 0)
    return count * _OPUS_FRAMES[packet[0] >> 3]


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
