"""Measure MPEG program streams (ISO/IEC 13818-1, 2.5.3, and 11172-1)."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.formats.containers import clock_marks
from mps_manifest.formats.containers.clock_marks import Packet
from mps_manifest.formats.media.parts import Length, Parts

_PACK = b"\0\0\1\xba"
_PREFIX = b"\0\0\1"
_END = 0xB9
_PRIVATE = 0xBD
_SHORTEST = 14


def program_stream_length(parts: Parts) -> Length:
    """Return the duration by the first and the last time marks."""
    return Length(clock_marks.marked_duration(parts, program_stream_packets))


def program_stream_packets(data: bytes) -> Iterator[Packet]:
    """Yield the packets (PES) in a part of a program stream, also those after something else."""
    at = data.find(_PACK)
    while 0 <= at <= len(data) - _SHORTEST:
        kind = data[at + 3]
        if data[at : at + 3] != _PREFIX or kind < _END:
            at = data.find(_PACK, at)
            continue
        if kind == _PACK[3]:
            at += 14 + (data[at + 13] & 7) if data[at + 4] >> 6 == 1 else 12
        elif kind == _END:
            at += 4
        else:
            end = at + 6 + int.from_bytes(data[at + 4 : at + 6], "big")
            packet = clock_marks.read_packet(kind, data[at:end])
            if packet and kind > _END + 2:
                yield _numbered(packet)
            at = end


def _numbered(packet: Packet) -> Packet:
    """Separate private streams by their first byte, and leave out what is before their sound."""
    if packet.kind != _PRIVATE or not packet.data:
        return packet
    return packet._replace(stream=packet.kind << 8 | packet.data[0], data=packet.data[4:])
