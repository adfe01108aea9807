"""Read SubStation Alpha: ASS and SSA, whatever order their fields have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mps_manifest.formats.timed_text.cue_markup import without_overrides
from mps_manifest.formats.timed_text.cues import Cue, Cues, gathered
from mps_manifest.formats.timed_text.timing_lines import milliseconds_of
from mps_manifest.job_limits import MAX_CAPTION_LINES

_HEADING = re.compile(r"(?im)^[ \t]{0,9}\[(?:script info|v4\+? styles|events)\]")
_LINE = re.compile(r"[ \t]*(Format|Dialogue)[ \t]*:[ \t]*([^\n]*)", re.IGNORECASE)
_LOOKED_AT = 10_000
_FIELDS = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect"]
"""The order where no `Format` line of `[Events]` names another; `text` comes last."""
_MOST_FIELDS = 100


def is_substation(text: str) -> bool:
    """Return whether one of the format's headings comes soon, and before any time of SubRip."""
    heading = _HEADING.search(text, 0, _LOOKED_AT)
    return heading is not None and "-->" not in text[: heading.start()]


def read_substation(text: str) -> Cues:
    """Read the `Dialogue` lines; comments, styles and attachments are no cues."""
    found = gathered(_cues(text))
    lines = 1 + text.count("\n", 0, len(text) - 1)
    return found._replace(is_cut=found.is_cut or lines > MAX_CAPTION_LINES)


def _cues(text: str) -> Iterator[Cue | None]:
    fields = [*_FIELDS, "text"]
    at = 0
    for _ in range(MAX_CAPTION_LINES):
        line = _LINE.match(text, at)
        if line and line[1].lower() == "format":
            named = [name.strip().lower() for name in line[2].split(",", _MOST_FIELDS)]
            fields = named if {"start", "end"} <= {*named} else fields
        elif line:
            yield _cue(dict(zip(fields, line[2].split(",", len(fields) - 1), strict=False)))
        at = text.find("\n", at) + 1
        if not at:
            return


def _cue(values: dict[str, str]) -> Cue | None:
    start, end = (milliseconds_of(values.get(name, "").strip()) for name in ("start", "end"))
    if start is None or end is None:
        return None
    return Cue(start, end, without_overrides(values.get("text", "")))
