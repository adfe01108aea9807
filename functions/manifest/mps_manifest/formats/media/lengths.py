"""Measure files whose duration the parser of media does not tell reliably."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from mps_manifest.formats.media.parts import Length, Parts

_READERS = {
    "audio/aac": "sound.adts",
    "audio/ac3": "sound.dolby",
    "audio/amr": "sound.amr",
    "audio/amr-wb": "sound.amr",
    "audio/eac3": "sound.dolby",
    "audio/mpeg": "sound.mpeg_audio",
    "audio/ogg": "sound.ogg",
    "audio/wav": "sound.wave",
    "video/mp2t": "containers.transport_stream",
    "video/mpeg": "containers.program_stream",
    "video/ogg": "sound.ogg",
    "video/x-flv": "containers.flash_video",
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
        import_module(f"mps_manifest.formats.{name}"), f"{name.split('.')[1]}_length"
    )
    return measure(parts)


def _by_magic(head: bytes) -> str | None:
    return "sound.mpeg_audio" if head[:1] == b"\xff" and head[1:2] >= b"\xe0" else None
