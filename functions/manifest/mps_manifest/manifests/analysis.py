"""The `analysis` of a manifest: what the algorithm found, in one vocabulary for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import Beats, Captions
from mps_manifest.job_limits import MAX_TITLE
from mps_manifest.jobs.job import Job
from mps_manifest.jobs.result_readers import AudioQuality, Cover, Segment
from mps_manifest.parsing.foreign_text import shown

_T = TypeVar("_T")
_BLANKS = dict.fromkeys(map(ord, "\t\n\r"), " ")


def analysis(job: Job, files: list[Resource], most: int) -> tuple[dict[str, Any], bool]:
    """Return the findings, at most so many, and whether that are all."""
    room = _Remaining(most)
    names = {str(value): file.name for file in files for value in file.values}
    covers = [
        present(
            {
                "resource": names.get(str(cover.file)),
                "score": cover.score,
                "atMs": cover.at_ms,
            }
        )
        for cover in room.take(_found(Cover, job.findings))
    ]
    segments = [
        present(
            {
                "kind": s.kind,
                "startMs": s.start_ms,
                "endMs": s.end_ms,
                "title": None if s.title is None else shown(s.title.translate(_BLANKS), MAX_TITLE),
            }
        )
        for s in room.take(_segments(job, files))
    ]
    captions, beats = room.take(_captions(files)), _beats(files, room)
    quality = [dict(channel.values) for channel in room.take(_found(AudioQuality, job.findings))]
    found = {
        "covers": covers,
        "segments": segments,
        "captions": captions,
        "beats": beats,
        "audioQuality": quality,
    }
    return {key: value for key, value in found.items() if value}, not room.is_over


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without those that are None, at every level."""
    return {
        key: present(value) if isinstance(value, dict) else value
        for key, value in fields.items()
        if value is not None
    }


class _Remaining:
    """How many findings there is room for yet."""

    def __init__(self, most: int) -> None:
        self._left = most
        self.is_over = False

    def take(self, findings: Iterable[Any]) -> list[Any]:
        taken = list(islice(findings, self._left + 1))
        if len(taken) > self._left:
            self.is_over = True
            taken.pop()
        self._left -= len(taken)
        return taken


def _segments(job: Job, files: list[Resource]) -> list[Segment]:
    """Return the answer's segments, or those of the files where the answer has none.

    Not both: IMS writes the same choruses into the answer and into a file.
    """
    inside = [found for file in files for found in file.inspection.findings]
    return _found(Segment, job.findings) or _found(Segment, inside)


def _found(kind: type[_T], findings: Iterable[object]) -> list[_T]:
    return [found for found in findings if isinstance(found, kind)]


def _captions(files: list[Resource]) -> list[dict[str, Any]]:
    return [
        present(
            {
                "resource": file.name,
                "language": found.language,
                "cues": found.cues,
                "firstMs": found.first_ms,
                "lastMs": found.last_ms,
            }
        )
        for file in files
        for found in file.inspection.findings
        if isinstance(found, Captions)
    ]


def _beats(files: list[Resource], room: _Remaining) -> dict[str, Any] | None:
    for file in files:
        for found in file.inspection.findings:
            if isinstance(found, Beats):
                return {
                    "resource": file.name,
                    "beatsMs": room.take(found.beats_ms),
                    "downbeatsMs": room.take(found.downbeats_ms),
                }
    return None
