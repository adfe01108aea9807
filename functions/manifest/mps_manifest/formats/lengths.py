"""Measure files whose duration the parser of media does not tell reliably."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from mps_manifest.formats.parts import Length, Parts

_READERS = {
    "audio/aac": "adts",
    "audio/ac3": "dolby",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/eac3": "dolby",
    "audio/mpeg": "mpeg_audio",
    "audio/ogg": "ogg",
    "audio/wav": "wave",
    "video/mp2t": "transport_stream",
    "video/mpeg": "program_stream",
    "video/ogg": "ogg",
    "video/x-flv": "flash_video",
}


def length_of(found: str | None, parts: Parts) -> Length | None:
    """Return how long a file plays; None for a type that only the parser can measure.

    `found` is the type of the content, or None if that was not recognized.
    """
    name = _READERS.get(found or "") or (None if found else _by_magic(parts.part(0, 2)))
    # few files need a reader, and a job has files of one kind mostly
    if name is None:
        return None
    measure: Callable[[Parts], Length] = getattr(
        import_module(f"mps_manifest.formats.{name}"), f"{name}_length"
    )
    return measure(parts)


def _by_magic(head: bytes) -> str | None:
    return "mpeg_audio" if head[:1] == b"\xff" and head[1:2] >= b"\xe0" else None
