"""Name codecs as a player's `canPlayType` takes them (RFC 6381), by their configuration records."""

from __future__ import annotations

_EXPLICIT = 15  # ISO/IEC 14496-3, table 1.18: the frequency itself follows


def avc(entry: str, record: bytes) -> str | None:
    """Name H.264: profile, constraints and level in hexadecimal (ISO/IEC 14496-15, 5.3.3)."""
    return f"{entry}.{record[1:4].hex().upper()}" if len(record) >= 7 and record[0] == 1 else None


def hevc(entry: str, record: bytes) -> str | None:
    """Name H.265 (ISO/IEC 14496-15, annex E.3)."""
    if len(record) < 23 or record[0] != 1 or not record[12]:
        return None
    space = ("", "A", "B", "C")[record[1] >> 6]
    compatible = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    tier = "H" if record[1] & 0x20 else "L"
    constraints = "".join(f".{byte:X}" for byte in record[6:12].rstrip(b"\0"))
    return f"{entry}.{space}{record[1] & 0x1F}.{compatible:X}.{tier}{record[12]}{constraints}"


def has_alpha(record: bytes) -> bool:
    """Return whether H.265's record announces an alpha layer by its SEI message (type 165)."""
    at = 23
    for _ in range(record[22] if len(record) > 22 else 0):
        kind, count = record[at : at + 1], int.from_bytes(record[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            length = int.from_bytes(record[at : at + 2], "big")
            unit = record[at + 2 : at + 2 + length]
            if kind and kind[0] & 0x3F == 39 and unit[2:3] == b"\xa5":
                return True
            at += 2 + length
            if at >= len(record):
                return False
    return False


def av1(entry: str, record: bytes) -> str | None:
    """Name AV1 (AV1 Codec ISO Media File Format Binding, 5)."""
    if len(record) < 4 or record[0] != 0x81:
        return None
    profile, level = record[1] >> 5, record[1] & 0x1F
    tier, high, twelve = record[2] >> 7, record[2] & 0x40, record[2] & 0x20
    depth = 8 if not high else 12 if profile == 2 and twelve else 10
    return f"{entry}.{profile}.{level:02}{'H' if tier else 'M'}.{depth:02}"


def vpx(entry: str, record: bytes) -> str | None:
    """Name VP8 or VP9 (VP Codec ISO Media File Format Binding); `record` follows version, flags.

    A level of zero means that it is not known.
    """
    if len(record) < 3 or not record[1]:
        return None
    return f"{entry}.{record[0]:02}.{record[1]:02}.{record[2] >> 4:02}"


def aac(config: bytes) -> str | None:
    """Name AAC by its AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), extensions included."""
    bits = _Bits(config)
    kind = bits.take(5)
    kind = 32 + bits.take(6) if kind == 31 else kind
    if kind == 2:
        kind = _extension(bits) or kind
    return f"mp4a.40.{kind}" if kind else None


def elementary(entry: str, descriptor: bytes) -> str | None:
    """Name what an MPEG-4 elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5) describes."""
    config = _decoder_config(descriptor)
    if len(config) < 13:
        return None
    kind, specific = config[0], _descriptor(config[13:], 5)
    if entry == "mp4a" and kind == 0x40:
        return aac(specific)
    if entry == "mp4v" and kind == 0x20:
        start = specific.find(b"\0\0\1\xb0")
        return f"mp4v.20.{specific[start + 4]}" if 0 <= start < len(specific) - 4 else None
    return f"{entry}.{kind:02X}" if kind else None


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:16].ljust(16, b"\0"), "big")
        self._left = 128

    def take(self, count: int) -> int:
        self._left -= count
        return self._value >> self._left & (1 << count) - 1


def _extension(bits: _Bits) -> int:
    """Return what a backward compatible extension adds: 5 for SBR, 29 for PS; 0 for neither."""
    if bits.take(4) == _EXPLICIT:
        bits.take(24)
    bits.take(7)  # channels, and the three bits of GASpecificConfig that nearly all files have
    if bits.take(11) != 0x2B7 or bits.take(5) != 5 or not bits.take(1):
        return 0
    if bits.take(4) == _EXPLICIT:
        return 5
    return 29 if bits.take(11) == 0x548 and bits.take(1) else 5


def _decoder_config(data: bytes) -> bytes:
    """Return the content of the decoder's descriptor within that of the stream."""
    stream = _descriptor(data, 3)
    flags, at = stream[2] if len(stream) > 2 else 0, 3
    at += 2 if flags & 0x80 else 0
    at += 1 + (stream[at] if len(stream) > at else 0) if flags & 0x40 else 0
    at += 2 if flags & 0x20 else 0
    return _descriptor(stream[at:], 4)


def _descriptor(data: bytes, tag: int) -> bytes:
    """Return the content of the descriptor that the data begins with, if it has this tag."""
    if data[:1] != bytes([tag]):
        return b""
    length, at = 0, 1
    for byte in data[1:5]:
        length, at = length << 7 | byte & 0x7F, at + 1
        if not byte & 0x80:
            break
    return data[at : at + length]
