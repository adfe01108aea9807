"""What the index knows of a manifest: a row, and what its tile shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from operate.gallery.reading import (
    UNREADABLE,
    File,
    Manifest,
    mapping,
    number,
    sequence,
    text,
    whole,
)
from operate.gallery.remedies import remedy

_MOST_MARKS = 48
_LONGEST = 300
_ROLES = ("cover", "matte", "image", "output")


class Summary(NamedTuple):
    """A row of the index; `tile` is what `tile_of` returns."""

    status: str
    algorithm: str
    input: str
    user_data: str
    finished: str
    errors: int
    files: int
    tile: dict[str, Any]

    @property
    def day(self) -> str:
        """The day on which the job finished (UTC), where its API tells."""
        return self.finished[:10]


def summarize(manifest: Manifest) -> Summary:
    """Return the row of a manifest."""
    return Summary(
        manifest.status,
        manifest.algorithm,
        manifest.input.key,
        manifest.user_data[:2_000],
        manifest.finished,
        sum(problem.severity == "error" for problem in manifest.problems),
        len(manifest.files),
        tile_of(manifest),
    )


def tile_of(manifest: Manifest) -> dict[str, Any]:
    """Return what a tile shows: a picture, a drawing of findings, a type of file, or what is amiss.

    `kind` tells which; all values are JSON.
    """
    best = _best_picture(manifest)
    if best:
        shown = {"kind": best.kind, "file": best.number, "matte": best.is_cut_out}
        return {**shown, "width": best.width, "height": best.height}
    problem = next((each for each in manifest.problems if each.severity == "error"), None)
    if problem:
        return {
            "kind": "amiss",
            "title": problem.title[:_LONGEST],
            "detail": problem.detail[:_LONGEST],
            "remedy": remedy(problem.type),
        }
    if manifest.status == UNREADABLE:
        title, todo = (
            "This is not a manifest",
            "Check the object, and delete it if it is not a manifest.",
        )
        return {"kind": "amiss", "title": title, "detail": "", "remedy": todo}
    return _drawing(manifest) or {"kind": _first_kind(manifest)}


def _best_picture(manifest: Manifest) -> File | None:
    """Return the picture of the highest score, else the first one, else the first video."""
    scores = {
        text(each.get("resource")): number(each.get("score")) for each in manifest.found("covers")
    }
    there = [file for file in manifest.files if file.is_there]
    pictures = [file for file in there if file.kind == "image"]
    if pictures:
        return min(pictures, key=lambda file: (-(scores.get(file.name) or 0), _rank(file)))
    return next((file for file in there if file.kind == "video"), None)


def _rank(file: File) -> tuple[bool, int, int]:
    """Return the place of a picture by its roles; what was given comes behind what was made."""
    ranks = [place for place, role in enumerate(_ROLES) if role in file.roles]
    return file.label == "original", min(ranks, default=len(_ROLES)), file.number


def _first_kind(manifest: Manifest) -> str:
    return next((file.kind for file in manifest.files if file.is_there), "other")


def _drawing(manifest: Manifest) -> dict[str, Any] | None:
    """Return what was found as a drawing of parts of one, from left to right; None of nothing."""
    segments = manifest.found("segments")
    if segments:
        return {"kind": "segments", "marks": _spans(segments)}
    beats = mapping(manifest.analysis.get("beats"))
    times = [time for each in sequence(beats.get("beatsMs")) if (time := whole(each)) is not None]
    if times:
        strong = {whole(each) for each in sequence(beats.get("downbeatsMs"))}
        step = max(times[-1], 1)
        marks = [[time / step, time in strong] for time in times[:_MOST_MARKS]]
        return {"kind": "beats", "marks": marks}
    grades = [number(each.get("mos")) for each in manifest.found("audioQuality")]
    if any(grade is not None for grade in grades):
        marks = [[min(max(grade or 0, 0), 5) / 5] for grade in grades[:8]]
        return {"kind": "quality", "marks": marks}
    captions = manifest.found("captions")
    if captions:
        cues = sum(whole(each.get("cues")) or 0 for each in captions)
        return {"kind": "captions", "cues": cues, "languages": _languages(captions)}
    return None


def _spans(segments: list[Any]) -> list[list[float]]:
    known = [(whole(each.get("startMs")), whole(each.get("endMs"))) for each in segments]
    spans = [(start, end) for start, end in known if start is not None and end is not None]
    last = max((end for _, end in spans), default=1) or 1
    return [[start / last, max(end - start, 0) / last] for start, end in spans[:_MOST_MARKS]]


def _languages(captions: list[Any]) -> list[str]:
    return [text(each.get("language")) for each in captions[:6] if text(each.get("language"))]
