"""Read captions: SubRip and every other format that pysubs2 reads."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.language import language_of
from mps_manifest.formats.text_encoding import decode_text, excerpt
from mps_manifest.job_limits import MAX_CAPTION_LINES, MAX_CUES, MAX_WEBVTT
from mps_manifest.problems import note

if TYPE_CHECKING:
    from pysubs2 import SSAFile

# the times that pysubs2 reads: what is taken here, and not there, would be lost without a word
_STAMP = r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}"
_SHORT_STAMP = r"(?:\d{1,4}:)?\d\d:\d\d\.\d{2,3}"
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")
_TAGS = re.compile(r"<[^<>]*>|\{[^{}]*\}")
_MAX_ELABORATE = 1024 * 1024
"""The longest text in a format other than SubRip and WebVTT: parsing may not be linear there."""
_MAX_LINE = 2000
_LONG_LINE = re.compile(rf"[^\n]{{{_MAX_LINE}}}")
_NEWLINES = re.compile(r"\n+")
_NEEDS_FRAME_RATE = re.compile(r"\s*\{\d+\}\{\d+\}")

# formats without end times: pysubs2 invents some, and nothing here is guessed
_ENDS_UNKNOWN = {"tmp", "sami"}


class _Form(NamedTuple):
    """How a format writes a time, and the line with the two of a cue."""

    time: re.Pattern[str]
    timing: re.Pattern[str]


def _form(stamp: str) -> _Form:
    return _Form(re.compile(stamp), re.compile(rf"\s*({stamp})\s*-->\s*({stamp})(?:\s.*)?"))


_SRT, _VTT = _form(_STAMP), _form(_SHORT_STAMP)


class Cue(NamedTuple):
    """One caption: plain text with newlines, times in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


class _Cues(NamedTuple):
    """The readable cues in order of time, the number of unreadable ones; whether there are more."""

    cues: tuple[Cue, ...]
    broken: int
    is_cut: bool = False


class _Blocks(NamedTuple):
    """The text of blocks that can be read, and what was left out of it."""

    text: str
    broken: int = 0
    is_cut: bool = False


def read_captions(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read a caption file; yield its summary and notes on what could not be read."""
    decoded = decode_text(body)
    if not decoded.sound:
        title = "The text encoding is not certain"
        detail = f"read as {decoded.encoding}, without a language by the text and without WebVTT"
        yield note("unknown-encoding", title, detail)
    read = _read(decoded.text)
    if read is None:
        title = "Unrecognized file content"
        yield note("unknown-content", title, excerpt(decoded.text) if context.quotable else "")
        return
    if read.is_cut:
        title = "There are more captions than are read; the others were left out"
        detail = f"at most {MAX_CUES} captions and {MAX_CAPTION_LINES} lines are read"
        yield note("too-much-found", title, detail)
    if read.broken:
        title = "Some captions could not be read and were left out"
        detail = f"{read.broken} of {len(read.cues) + read.broken} captions"
        yield note("broken-cues", title, detail)
    yield summarize_cues(read.cues, context, sound=decoded.sound)


def summarize_cues(cues: tuple[Cue, ...], context: FileContext, *, sound: bool = True) -> Captions:
    """Return the summary of timed text; cues must be in order of time.

    Text that is not sound has no language.
    """
    if not cues:
        return Captions(0, language=language_of(context, ""))
    text = "\n".join(cue.text for cue in cues[:2000]) if sound else ""
    last = max(cue.end_ms for cue in cues)
    return Captions(len(cues), cues[0].start_ms, last, language_of(context, text))


def webvtt(body: bytes) -> str | None:
    """Return captions as WebVTT with plain text only.

    None where no cue can be read, where the encoding is not certain, and where the text would be
    longer than MAX_WEBVTT.
    """
    decoded = decode_text(body)
    read = _read(decoded.text) if decoded.sound else None
    if read is None or not read.cues:
        return None
    blocks, left = ["WEBVTT"], MAX_WEBVTT
    for c in read.cues:
        blocks.append(f"{_stamp(c.start_ms)} --> {_stamp(c.end_ms)}\n{_vtt_text(c.text)}")
        left -= len(blocks[-1])
        if left < 0:
            return None
    return "\n\n".join(blocks) + "\n"


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
        blocks = _readable_blocks(text, _VTT if is_vtt else _SRT)
        parsed = _parsed(blocks.text, "vtt" if is_vtt else "srt")
    elif _is_risky(text) or _NEEDS_FRAME_RATE.match(text):
        return None
    else:
        blocks = _Blocks(text)
        parsed = _parsed(text, None)
    if parsed is None or parsed.format in _ENDS_UNKNOWN:
        return None
    plain = (lambda text: _unescaped(_plain(text))) if is_vtt else _plain
    cues = [Cue(e.start, e.end, plain(e.text)) for e in parsed.events if not e.is_comment]
    valid = [cue for cue in cues if 0 <= cue.start_ms <= cue.end_ms]
    valid.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    return _Cues(tuple(valid), blocks.broken + len(cues) - len(valid), blocks.is_cut)


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
    is_long = len(text) > _MAX_ELABORATE or text.count("\n") > MAX_CUES
    return is_long or start == '{"' or long_line or has_entities


def _readable_blocks(text: str, form: _Form) -> _Blocks:
    """Drop each block with an invalid timing line, up to the next blank line; count them.

    Of several blank lines one is kept, since pysubs2 takes quadratic time for them. Lines are taken
    one by one, since a list of short ones takes many times their length in memory.
    """
    kept = StringIO()
    cues = broken = lines = 0
    skipping, was_blank = False, True
    for line in _lines(text):
        if form is _VTT:  # first, since a line with nothing but tags becomes blank
            line = _untagged(line)  # noqa: PLW2901 - the same line, cleaned
        is_blank = not line.strip()
        if "-->" in line:
            timing = form.timing.fullmatch(line)
            skipping = timing is None
            broken += skipping
            cues += not skipping
            if timing:
                line = f"{timing[1]} --> {timing[2]}"  # noqa: PLW2901 - settings may hold times
        elif is_blank:
            skipping = False
        if cues > MAX_CUES or lines > MAX_CAPTION_LINES:
            return _Blocks(kept.getvalue(), broken, is_cut=True)
        if not skipping and not (is_blank and was_blank):
            kept.write("\n" if is_blank else f"{_parted(line, form)}\n")
            lines += 1
            was_blank = is_blank
    return _Blocks(kept.getvalue(), broken)


def _parted(line: str, form: _Form) -> str:
    """Return a line of text that holds two times as two lines: pysubs2 would take it for a cue."""
    if "-->" in line or line.count(":") < 2:
        return line
    times = [found.start() for found in islice(form.time.finditer(line), 3)]
    return f"{line[: times[1]]}\n{line[times[1] :]}" if len(times) == 2 else line


def _lines(text: str) -> Iterator[str]:
    """Yield lines; of several empty ones in a row one."""
    at = 0
    while at <= len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end + 1
        if end + 1 < len(text) and text[at] == "\n":
            empty = _NEWLINES.match(text, at)
            at = empty.end() - 1 if empty else at


def _untagged(line: str) -> str:
    """Return a line of WebVTT without tags, for which pysubs2 takes quadratic time."""
    return line if "-->" in line else _TAGS.sub("", line).replace("<", "&lt;")


def _unescaped(text: str) -> str:
    """Decode HTML's references; a number of more digits than any character has is none."""
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))


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
