"""Read the chunks of WAV files (RIFF, and RF64 of EBU Tech 3306) and measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.formats.containers.declared_sizes import is_placeholder, lacking
from mps_manifest.formats.media.parts import Length, Parts, rounded

_MOST_CHUNKS = 100
_LARGEST_FORMAT = 1000
_IN_DS64 = 0xFFFFFFFF
_WRAPPED = 2**31  # four bytes hold no size beyond 4 GiB, so some writers leave out its upper part
_LARGE = {b"RF64", b"BW64"}
# by the tag: PCM, float, A-law, mu-law; the GUID of an extensible format begins with the tag
_PLAIN = {1, 3, 6, 7}
_LINEAR = {1, 3}
_MOST_BITS = 64
_EXTENSIBLE = 0xFFFE
_ADPCM = {2, 0x11}


class _Chunk(NamedTuple):
    kind: bytes
    start: int
    declared: int
    data: bytes


class _Wave(NamedTuple):
    """`declared` is the size of the whole file, which `is_large` where its name says so."""

    declared: int
    format: bytes
    samples: int
    sound: _Chunk
    is_large: bool


def wave_length(parts: Parts) -> Length:
    """Return the duration by the bytes of sound that are there, and what the sizes prove."""
    wave = _wave(parts)
    if wave is None:
        return Length()
    available = parts.size - wave.sound.start
    held = wave.sound.declared
    placeholder = is_placeholder(held)
    if placeholder or held > available or available - held > _WRAPPED:
        held = available
    claims = (wave.sound.start + wave.sound.declared, wave.declared)
    truncated, doubtful = "", ""
    if not placeholder:
        truncated, doubtful = lacking(parts.size, *claims)
    return Length(_duration(wave, held), truncated, doubtful)


def short_header(parts: Parts) -> tuple[bytes, int]:
    """Return a header without the other chunks, such as covers, and where its sound begins."""
    wave = _wave(parts)
    held = parts.size - wave.sound.start if wave else 0
    if wave is None or held >= _IN_DS64 - _LARGEST_FORMAT:
        return b"", 0
    if 0 < wave.sound.declared < held:
        held = wave.sound.declared
    chunk = b"fmt " + _four(len(wave.format)) + wave.format + bytes(len(wave.format) & 1)
    body = b"WAVE" + chunk + b"data" + _four(held)
    return b"RIFF" + _four(len(body) + held + (held & 1)) + body, wave.sound.start


def is_unsized(parts: Parts) -> bool:
    """Return whether a large file has no size of its sound, since it was written to a pipe."""
    wave = _wave(parts)
    return wave is not None and wave.is_large and is_placeholder(wave.sound.declared)


def _wave(parts: Parts) -> _Wave | None:
    head = parts.part(0, 12)
    if head[:4] not in {b"RIFF", *_LARGE} or head[8:] != b"WAVE":
        return None
    whole, form, samples, large = _little(head[4:8]), b"", 0, b""
    for chunk in _chunks(parts):
        if chunk.kind == b"ds64":
            large = chunk.data
        elif chunk.kind == b"fmt ":
            form = chunk.data
        elif chunk.kind == b"fact":
            samples = _little(chunk.data[:4])
        elif chunk.kind == b"data" and len(form) >= 16:
            if head[:4] in _LARGE and len(large) >= 24:
                whole, samples = _little(large[:8]), _little(large[16:24]) or samples
                if chunk.declared == _IN_DS64:
                    chunk = chunk._replace(declared=_little(large[8:16]))  # noqa: PLW2901
            return _Wave(whole + 8, form, samples, chunk, head[:4] in _LARGE)
    return None


def _chunks(parts: Parts) -> Iterator[_Chunk]:
    """Yield the chunks up to the sound; `data` has the beginning of each."""
    at = 12
    for _ in range(_MOST_CHUNKS):
        head = parts.part(at, 8)
        if len(head) < 8:
            return
        kind, size = head[:4], _little(head[4:])
        wanted = 0 if kind == b"data" else min(size, _LARGEST_FORMAT)
        yield _Chunk(kind, at + 8, size, parts.part(at + 8, wanted))
        at += 8 + size + (size & 1)


def _duration(wave: _Wave, held: int) -> int | None:
    """Return the duration of so many bytes; of compressed sound, the number of samples counts."""
    tag, rate, per_second = (
        _little(wave.format[0:2]),
        _little(wave.format[4:8]),
        _little(wave.format[8:12]),
    )
    if tag == _EXTENSIBLE:
        tag = _little(wave.format[24:26])
    block = _little(wave.format[12:14])
    if tag in _LINEAR:
        block = max(block, _least_block(wave.format))
    if tag in _PLAIN:
        return rounded(held // block, rate) or None if block and rate else None
    is_whole = held == wave.sound.declared
    if is_whole and rate and 0 < wave.samples < _IN_DS64:
        return rounded(wave.samples, rate)
    return rounded(held, per_second) or None if per_second and tag in _ADPCM else None


def _least_block(form: bytes) -> int:
    """Return the bytes that one sample of each channel takes at least, whatever the header says.

    Decoders count these, not the block that some writers leave wrong (Symphonia#409).
    """
    channels, bits = _little(form[2:4]), _little(form[14:16])
    return channels * ((bits + 7) // 8) if bits <= _MOST_BITS else 0


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _four(number: int) -> bytes:
    return number.to_bytes(4, "little")
