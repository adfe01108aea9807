"""Measure MPEG transport streams (ISO/IEC 13818-1, 2.4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.formats.containers import clock_marks
from mps_manifest.formats.containers.clock_marks import Packet
from mps_manifest.formats.media.parts import Length, Parts

_PACKET = 188
_SYNC = 0x47
_PADDING = 0x1FFF
_BEGINS = 0x4000
_STEADY = 5


def transport_stream_length(parts: Parts) -> Length:
    """Return the duration by the first and the last time marks."""
    return Length(clock_marks.marked_duration(parts, transport_stream_packets))


def transport_stream_packets(data: bytes) -> Iterator[Packet]:
    """Yield the packets (PES) in a part of a transport stream."""
    kinds: dict[int, int] = {}
    for carrier in _carriers(data):
        flags = int.from_bytes(carrier[1:3], "big")
        identity, body = flags & 0x1FFF, _payload(carrier)
        if not body or identity == _PADDING:
            continue
        if flags & _BEGINS:
            packet = clock_marks.read_packet(identity, body)
            kinds.pop(identity, None)
            if packet:
                kinds[identity] = packet.kind
                yield packet
        elif identity in kinds:
            yield Packet(identity, kinds[identity], None, body)


def _carriers(data: bytes) -> Iterator[bytes]:
    """Yield the packets of 188 bytes, also those after something else."""
    at = _start(data, 0)
    while at + _PACKET <= len(data):
        if data[at] == _SYNC:
            yield data[at : at + _PACKET]
            at += _PACKET
        else:
            at = _start(data, at)


def _start(data: bytes, begin: int) -> int:
    """Return where packets begin, since a part may begin within one."""
    at = data.find(_SYNC, begin)
    while at >= 0:
        if all(mark == _SYNC for mark in data[at : at + _STEADY * _PACKET : _PACKET]):
            return at
        at = data.find(_SYNC, at + 1)
    return len(data)


def _payload(packet: bytes) -> bytes:
    control = packet[3] >> 4 & 3
    if not control & 1 or packet[3] >> 6:  # without content, or scrambled
        return b""
    return packet[5 + packet[4] :] if control & 2 else packet[4:]
