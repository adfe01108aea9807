"""Read captions: SubRip and every other format that pysubs2 reads."""

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
"""The longest text in a format other than SubRip and WebVTT: parsing may not be linear there."""
_MAX_LINE = 2000
_LONG_LINE = re.compile(rf"[^\n]{{{_MAX_LINE}}}")
_NEEDS_FRAME_RATE = re.compile(r"\s*\{\d+\}\{\d+\}")

# formats without end times: pysubs2 invents some, and nothing here is guessed
_ENDS_UNKNOWN = {"tmp", "sami"}


class Cue(NamedTuple):
    """One caption: plain text with newlines, times in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


class _Cues(NamedTuple):
    """The readable cues in order of time, and the number of unreadable ones."""

    cues: tuple[Cue, ...]
    broken: int


def read_captions(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read a caption file; yield its summary and notes on what could not be read."""
    decoded = decode_text(body)
    if not decoded.sound:
        title = "The text encoding is not UTF-8, UTF-16 or GB18030"
        detail = f"decoded as {decoded.encoding} with replacement characters"
        yield note("unknown-encoding", title, detail)
    read = _read(decoded.text)
    if read is None:
        title = "Unrecognized file content"
        yield note("unknown-content", title, excerpt(decoded.text))
        return
    if read.broken:
        title = "Some captions could not be read and were left out"
        detail = f"{read.broken} of {len(read.cues) + read.broken} captions"
        yield note("broken-cues", title, detail)
    yield summarize_cues(read.cues, context)


def summarize_cues(cues: tuple[Cue, ...], context: FileContext) -> Captions:
    """Return the summary of timed text; cues must be in order of time."""
    if not cues:
        return Captions(0, language=language_of(context, ""))
    text = "\n".join(cue.text for cue in cues[:2000])
    last = max(cue.end_ms for cue in cues)
    return Captions(len(cues), cues[0].start_ms, last, language_of(context, text))


def webvtt(body: bytes) -> str | None:
    """Return captions as WebVTT with plain text only; None where no cue can be read."""
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
    """Return text for a WebVTT cue: markup escaped, and no blank lines, which would end it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(line for line in escaped.split("\n") if line.strip()) or "\u00a0"


# --- reading -----------------------------------------------------------------------------------


def _read(text: str) -> _Cues | None:
    """Read the cues of a caption file; None where the text is not one."""
    if not text.strip():
        return _Cues((), 0)
    is_vtt = text.lstrip().startswith("WEBVTT")
    if is_vtt or (_has_timing(text) and "[Script Info]" not in text and "[V4" not in text):
        readable, broken = _without_broken_blocks(text, _VTT_TIMING if is_vtt else _TIMING)
        parsed = _parsed(readable, "vtt" if is_vtt else "srt")
    elif _is_risky(text) or _NEEDS_FRAME_RATE.match(text):
        return None
    else:
        broken, parsed = 0, _parsed(text, None)
    if parsed is None or parsed.format in _ENDS_UNKNOWN:
        return None
    plain = (lambda text: html.unescape(_plain(text))) if is_vtt else _plain
    cues = [Cue(e.start, e.end, plain(e.text)) for e in parsed.events if not e.is_comment]
    valid = [cue for cue in cues if 0 <= cue.start_ms <= cue.end_ms]
    valid.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    return _Cues(tuple(valid), broken + len(cues) - len(valid))


def _has_timing(text: str) -> bool:
    return "-->" in text


def _is_risky(text: str) -> bool:
    """Return whether parsing the text with pysubs2 could take too long or be unsafe.

    It takes quadratic time for long lines in all formats but XML, and creates events with values
    of any type from its own JSON format.
    """
    start = text.lstrip()[:2]
    long_line = not start.startswith("<") and _LONG_LINE.search(text) is not None
    has_entities = "<!ENTITY" in text  # a few bytes of them can expand to gigabytes
    return len(text) > _MAX_ELABORATE or start == '{"' or long_line or has_entities


def _without_broken_blocks(text: str, timing: re.Pattern[str]) -> tuple[str, int]:
    """Drop each block with an invalid timing line, up to the next blank line; count them.

    Runs of blank lines are shortened, since pysubs2 takes quadratic time for them.
    """
    kept, broken, skipping = [], 0, False
    if timing is _VTT_TIMING:  # first, since a line with nothing but tags becomes blank
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
    """Return a line of WebVTT without tags, for which pysubs2 takes quadratic time."""
    return line if "-->" in line else _TAGS.sub("", line).replace("<", "&lt;")


def _parsed(text: str, kind: str | None) -> SSAFile | None:
    # importing it takes 20 ms, and only captions need it
    from pysubs2 import SSAFile  # noqa: PLC0415

    # removing tags takes pysubs2 quadratic time
    options = {"keep_html_tags": True} if kind == "srt" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SSAFile.from_string(text, format_=kind, **options)
    except Exception:  # noqa: BLE001 - its parsers raise errors of any class
        return None


def _plain(text: str) -> str:
    r"""Return text without markup such as `<i>` and `{\an8}`; `\N` becomes a newline."""
    bare = _TAGS.sub("", text)
    return bare.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").strip()
