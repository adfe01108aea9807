"""Captions: SubRip, and whatever else pysubs2 reads."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.language import language_of
from mps_manifest.formats.text_encoding import decode_text, excerpt
from mps_manifest.problems import note

if TYPE_CHECKING:
    from pysubs2 import SSAFile

_STAMP = r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}"
_SHORT_STAMP = r"(\d{1,2}:)?\d{1,2}:\d{1,2}\.\d{1,3}"
_TIMING = re.compile(rf"\s*{_STAMP}\s*-->\s*{_STAMP}(\s.*)?")
_VTT_TIMING = re.compile(rf"\s*{_SHORT_STAMP}\s*-->\s*{_SHORT_STAMP}(\s.*)?")
_BLANK_LINES = re.compile(r"\n[ \t]*(\n[ \t]*)+")
_TAGS = re.compile(r"<[^<>]*>|\{[^{}]*\}")
_MAX_ELABORATE = 1024 * 1024
"""Only timing lines are read in linear time for sure; richer formats are read up to this."""
_MAX_LINE = 2000
_LONG_LINE = re.compile(rf"[^\n]{{{_MAX_LINE}}}")
_NEEDS_FRAME_RATE = re.compile(r"\s*\{\d+\}\{\d+\}")

# formats without end times: pysubs2 makes some up, and nothing here is guessed
_ENDS_UNKNOWN = {"tmp", "sami"}


class Cue(NamedTuple):
    """One caption: plain text with newlines, times in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


class _Read(NamedTuple):
    """All cues by time, and how many more there were that could not be read."""

    cues: tuple[Cue, ...]
    broken: int


def read_captions(body: bytes, hints: FileContext) -> Iterator[Content]:
    """Read a caption file: what it holds in sum, and what could not be read."""
    decoded = decode_text(body)
    if not decoded.sound:
        title = "The encoding of a text is neither UTF-8, UTF-16 nor GB18030"
        yield note("unknown-encoding", title, f"read as {decoded.encoding}, with replacements")
    read = _read(decoded.text)
    if read is None:
        title = "The inside of this file is of an unknown form"
        yield note("unknown-content", title, excerpt(decoded.text))
        return
    if read.broken:
        title = "Some captions could not be read, and were left out"
        yield note("broken-cues", title, f"{read.broken} of {len(read.cues) + read.broken}")
    yield summarize_cues(read.cues, hints)


def summarize_cues(cues: tuple[Cue, ...], hints: FileContext) -> Captions:
    """Say what timed text holds in sum; cues are in order of time."""
    if not cues:
        return Captions(0, language=language_of(hints, ""))
    text = "\n".join(cue.text for cue in cues[:2000])
    last = max(cue.end_ms for cue in cues)
    return Captions(len(cues), cues[0].start_ms, last, language_of(hints, text))


def webvtt(body: bytes) -> str | None:
    """Write captions as WebVTT, plain text only; None where there are none to read."""
    read = _read(decode_text(body).text)
    if read is None or not read.cues:
        return None
    blocks = [
        f"{_stamp(c.start_ms)} --> {_stamp(c.end_ms)}\n{_vtt_text(c.text)}" for c in read.cues
    ]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def _stamp(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def _vtt_text(text: str) -> str:
    """Escape what WebVTT would take for markup; a blank line would end the cue."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(line for line in escaped.split("\n") if line.strip()) or "\u00a0"


# --- reading -----------------------------------------------------------------------------------


def _read(text: str) -> _Read | None:
    """Read cues in order of time; None where this is no caption file."""
    if not text.strip():
        return _Read((), 0)
    is_vtt = text.lstrip().startswith("WEBVTT")
    if is_vtt or (_has_timing(text) and "[Script Info]" not in text and "[V4" not in text):
        sound, broken = _without_broken_blocks(text, _VTT_TIMING if is_vtt else _TIMING)
        parsed = _parsed(sound, "vtt" if is_vtt else "srt")
    elif _is_risky(text) or _NEEDS_FRAME_RATE.match(text):
        return None
    else:
        broken, parsed = 0, _parsed(text, None)
    if parsed is None or parsed.format in _ENDS_UNKNOWN:
        return None
    tell = (lambda text: html.unescape(_plain(text))) if is_vtt else _plain
    cues = [Cue(e.start, e.end, tell(e.text)) for e in parsed.events if not e.is_comment]
    sound_cues = [cue for cue in cues if 0 <= cue.start_ms <= cue.end_ms]
    sound_cues.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    return _Read(tuple(sound_cues), broken + len(cues) - len(sound_cues))


def _has_timing(text: str) -> bool:
    return "-->" in text


def _is_risky(text: str) -> bool:
    """Tell what pysubs2 is not to be given.

    It takes quadratic time for long lines of all formats but XML, and builds events of whatever
    types its own JSON form holds.
    """
    start = text.lstrip()[:2]
    long_line = not start.startswith("<") and _LONG_LINE.search(text) is not None
    has_entities = "<!ENTITY" in text  # a few bytes of which can make gigabytes
    return len(text) > _MAX_ELABORATE or start == '{"' or long_line or has_entities


def _without_broken_blocks(text: str, timing: re.Pattern[str]) -> tuple[str, int]:
    """Leave out what follows a timing line that is none, up to the next blank line.

    Runs of blank lines are cut short, since pysubs2 takes quadratic time for them.
    """
    kept, broken, skipping = [], 0, False
    if timing is _VTT_TIMING:  # before blank lines are counted: a line of tags becomes one
        text = "\n".join(_untagged(line) for line in text.split("\n"))
    for line in _BLANK_LINES.sub("\n\n", text).split("\n"):
        if "-->" in line:
            skipping = timing.fullmatch(line) is None
            broken += skipping
        elif not line.strip():
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept), broken


def _untagged(line: str) -> str:
    """Take the tags out of a line of WebVTT, for which pysubs2 takes quadratic time."""
    return line if "-->" in line else _TAGS.sub("", line).replace("<", "&lt;")


def _parsed(text: str, kind: str | None) -> SSAFile | None:
    # 20 ms to import, and needed for captions only
    from pysubs2 import SSAFile  # noqa: PLC0415

    # its own removal of tags takes quadratic time
    options = {"keep_html_tags": True} if kind == "srt" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SSAFile.from_string(text, format_=kind, **options)
    except Exception:  # noqa: BLE001 - pysubs2 raises what its parsers meet
        return None


def _plain(text: str) -> str:
    r"""Take markup out of a text: `<i>`, `{\an8}`, and the newlines of SubStation Alpha."""
    bare = _TAGS.sub("", text)
    return bare.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").strip()
