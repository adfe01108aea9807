"""Write captions as WebVTT, which is what browsers play."""

from __future__ import annotations

from mps_manifest.formats.timed_text.cues import Cue
from mps_manifest.job_limits import MAX_WEBVTT


def written(cues: tuple[Cue, ...]) -> str | None:
    """Return cues as WebVTT with plain text only; None where it would exceed MAX_WEBVTT."""
    blocks, left = ["WEBVTT"], MAX_WEBVTT
    for c in cues:
        blocks.append(f"{_stamp(c.start_ms)} --> {_stamp(c.end_ms)}\n{_text(c.text)}")
        left -= len(blocks[-1])
        if left < 0:
            return None
    return "\n\n".join(blocks) + "\n"


def _stamp(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def _text(text: str) -> str:
    """Return text for a cue: markup escaped; one blank where there is none, to keep the cue."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped or "\u00a0"
