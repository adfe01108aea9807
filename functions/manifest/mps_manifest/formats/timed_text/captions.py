"""Read caption files: what they say, when, in which language; and say what could not be read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from string import whitespace
from typing import TYPE_CHECKING

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.text.language import language_of
from mps_manifest.formats.text.language_tags import language_tag
from mps_manifest.formats.text.text_encoding import DecodedText, decode_text, excerpt
from mps_manifest.formats.text.twice_encoded import once_encoded
from mps_manifest.formats.timed_text.cues import Cue, Cues, gathered
from mps_manifest.formats.unknown_content import unknown_content, unknown_encoding
from mps_manifest.job_limits import MAX_CAPTION_LINES, MAX_CUES
from mps_manifest.problems import note

if TYPE_CHECKING:
    from pysubs2 import SSAFile

_MAX_ELABORATE = 1024 * 1024
"""The longest text in TTML, whose names take many times their length in memory, or for pysubs2."""
_MAX_LINE = 2000
_LONG_LINE = re.compile(rf"[^\n]{{{_MAX_LINE}}}")
_PART = 64 * 1024
# without looking behind, each NUL of many would be looked at for each before it
_PADDING = re.compile(r"(?<!\0)\0+(?=\n|\Z)")
_NEEDS_FRAME_RATE = re.compile(r"\s*\{\d+\}\{\d+\}")

# what pysubs2 reads with the ends that a file has: it invents those of TMP and SAMI
_ENDS_KNOWN = {"microdvd", "mpl2", "whisper_jax"}


def read_captions(body: bytes, context: FileContext) -> Iterator[Content]:
    """Read a caption file; yield its summary and notes on what could not be read."""
    yield from captions_of(decode_text(body), context)


def captions_of(decoded: DecodedText, context: FileContext) -> Iterator[Content]:
    """Read captions whose text has been decoded, as `read_captions` does."""
    read = read_cues(decoded.text)
    if read is None:
        yield unknown_content(decoded.text, context)
        return
    if not decoded.sound:
        yield unknown_encoding(decoded, "captions")
    if read.is_cut:
        title = "The file has too many captions; the rest was left out"
        detail = f"at most {MAX_CUES} captions and {MAX_CAPTION_LINES} lines are read"
        yield note("too-much-found", title, detail)
    if read.broken:
        title = "Some captions could not be read and were left out"
        detail = f"{read.broken} of {len(read.cues) + read.broken} captions"
        yield note("broken-cues", title, detail)
    elif not read.cues and decoded.text.strip():
        title = "The file is not empty, but has no captions"
        yield note("no-captions", title, excerpt(decoded.text) if context.quotable else "")
    yield summarize_cues(read.cues, context, read.language, is_sure=decoded.sound)


def summarize_cues(
    cues: tuple[Cue, ...],
    context: FileContext,
    declared: str | None = None,
    *,
    is_sure: bool = True,
) -> Captions:
    """Return the summary of timed text; cues must be in order of time.

    `declared` is the language that the file itself names; `is_sure` whether its text can tell.
    """
    text = "\n".join(cue.text for cue in cues[:2000]) if is_sure else ""
    language = (
        language_of(context, "") or language_tag(declared or "") or language_of(context, text)
    )
    if not cues:
        return Captions(0, language=language)
    last = max(cue.end_ms for cue in cues)
    return Captions(len(cues), cues[0].start_ms, last, language)


def webvtt(body: bytes) -> str | None:
    """Return captions as WebVTT with plain text only.

    None where no cue can be read, where the encoding of the text is not sure, and where the text
    would be longer than MAX_WEBVTT.
    """
    from mps_manifest.formats.timed_text.webvtt import written  # noqa: PLC0415 - only if it is wanted

    decoded = decode_text(body)
    read = read_cues(decoded.text) if decoded.sound else None
    return written(read.cues) if read and read.cues else None


def plays_as_webvtt(body: bytes) -> bool:
    """Return whether browsers read a file as it is: real WebVTT in UTF-8.

    What ends lines twice, was encoded twice, or has a NUL is read here, but otherwise by them.
    """
    from mps_manifest.formats.timed_text.cue_blocks import plays_as_it_is  # noqa: PLC0415 - as above

    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    is_odd = "\r\r\n" in text or "\0" in text or once_encoded(text) != text
    return not is_odd and plays_as_it_is(text.replace("\r\n", "\n").replace("\r", "\n"))


# --- formats -------------------------------------------------------------------------------------


def read_cues(text: str) -> Cues | None:
    """Read the cues of a caption file; None where the text is not one."""
    # only captions need these
    from mps_manifest.formats.timed_text.cue_blocks import (  # noqa: PLC0415
        INVISIBLE,
        is_webvtt,
        read_subrip,
        read_webvtt,
    )
    from mps_manifest.formats.timed_text.substation import is_substation, read_substation  # noqa: PLC0415
    from mps_manifest.formats.timed_text.ttml import is_ttml, read_ttml  # noqa: PLC0415

    if not text.strip():
        return Cues()
    # marks of joined files, and what WebVTT has in place of what no text holds
    text = _without_padding(text).replace("\ufeff", "").replace("\0", "\ufffd")
    text = text.lstrip(f"{INVISIBLE}{whitespace}")
    if is_webvtt(text):
        return read_webvtt(text)
    if is_ttml(text):
        return read_ttml(text) if len(text) <= _MAX_ELABORATE else None
    if is_substation(text):
        return read_substation(text)
    return read_subrip(text) or _read_other(text)


def _without_padding(text: str) -> str:
    """Return a text without the NULs that some writers leave at the end of a line or of a file."""
    return "".join(_PADDING.sub("", lines) for lines in _in_parts(text)) if "\0" in text else text


def _in_parts(text: str) -> Iterator[str]:
    """Yield some lines at a time: all lines at once would take many times the text in memory."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _PART) + 1 or len(text)
        yield text[at:end]
        at = end


def _read_other(text: str) -> Cues | None:
    """Read MPL2 and what else pysubs2 can, where the file has the ends of cues."""
    from mps_manifest.formats.timed_text.cue_markup import without_overrides  # noqa: PLC0415 - only captions need it

    parsed = None if _is_risky(text) or _NEEDS_FRAME_RATE.match(text) else _parsed(text)
    if parsed is None or parsed.format not in _ENDS_KNOWN:
        return None
    found = (
        Cue(e.start, e.end, without_overrides(e.text)) for e in parsed.events if not e.is_comment
    )
    return gathered(found)


def _is_risky(text: str) -> bool:
    """Return whether parsing the text with pysubs2 could take too long or be unsafe.

    It takes quadratic time for long lines, and creates events with values of any type from its own
    JSON format.
    """
    start = text.lstrip()[:2]
    is_long = len(text) > _MAX_ELABORATE or text.count("\n") > MAX_CUES
    return is_long or start == '{"' or start[:1] == "<" or _LONG_LINE.search(text) is not None


def _parsed(text: str) -> SSAFile | None:
    # importing it takes 20 ms, and only captions in rare formats need it
    from pysubs2 import SSAFile  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SSAFile.from_string(text)
    except Exception:  # noqa: BLE001 - its parsers raise errors of any class
        return None
