"""Read SubRip, SubViewer and WebVTT: blocks of an identifier, a timing line and a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.formats.timed_text.cue_markup import (
    unescaped,
    without_blank_lines,
    without_markup,
)
from mps_manifest.formats.timed_text.cues import Cue, Cues, gathered
from mps_manifest.formats.timed_text.timing_lines import (
    Timing,
    has_arrow,
    is_failed_timing,
    is_strict_timing,
    timing_of,
)
from mps_manifest.job_limits import MAX_CAPTION_LINES

_LINE = re.compile(r"[^\n]+")
INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""What editors put around lines, such as marks of direction: text, but no part of a time."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_NUMBER = re.compile(r"\d{1,9}")
_SIGNATURE = re.compile(r"WEBVTT(?![^ \t\n])")
_NOTE = re.compile(r"(?:NOTE|STYLE|REGION)(?![^ \t])")
_LANGUAGE = re.compile(r"(?m)^Language[ \t]{0,9}:[ \t]{0,9}([0-9A-Za-z_-]{2,35})")


class _Line(NamedTuple):
    """Where a line that is not blank lies in the text; whether one that is blank comes before.

    `text` is what can be seen of it.
    """

    start: int
    end: int
    text: str
    after_blank: bool


class _Lines:
    """The lines of a text that are not blank, as many as are read of one file.

    In WebVTT a line of spaces is no line of its own, but ends no text either, as an empty one does.
    YouTube's recognizer writes one before and after each line that scrolls.
    """

    def __init__(self, text: str, *, spaces_are_blank: bool = True) -> None:
        self.text = text
        self.is_cut = False
        self._spaces_are_blank = spaces_are_blank

    def __iter__(self) -> Iterator[_Line]:
        after_blank, end, count = True, -1, 0
        for found in _LINE.finditer(self.text):
            after_blank = after_blank or found.start() > end + 1
            end = found.end()
            line = found[0].strip()
            if not line:
                after_blank = after_blank or self._spaces_are_blank
                continue
            count += 1
            if count > MAX_CAPTION_LINES:
                self.is_cut = True
                return
            seen = _INVISIBLE.sub("", line).strip()
            yield _Line(found.start(), end, seen, after_blank)
            after_blank = False


def is_webvtt(text: str) -> bool:
    """Return whether a text says of itself that it is WebVTT."""
    return _SIGNATURE.match(text.lstrip()) is not None


def plays_as_it_is(text: str) -> bool:
    """Return whether browsers read all cues of a text that this module reads.

    They want the signature first, and a stricter form of times.
    """
    lines = _webvtt_lines(_Lines(text, spaces_are_blank=False))
    return _SIGNATURE.match(text) is not None and all(
        is_strict_timing(text[line.start : line.end]) for line, begins, _ in lines if begins
    )


# --- WebVTT --------------------------------------------------------------------------------------


def read_webvtt(text: str) -> Cues:
    """Read WebVTT as the standard has it (section 6.1), with times as people write them.

    A block without times, such as NOTE, STYLE, REGION or the header, is no cue; a text ends at an
    empty line. Times are as the file has them, whatever `X-TIMESTAMP-MAP` says.
    """
    lines = _Lines(text, spaces_are_blank=False)
    found = gathered(_webvtt_cues(lines))
    header = text.lstrip()[:1000].partition("\n\n")[0].partition("-->")[0]
    named = _LANGUAGE.search(header)
    return found._replace(is_cut=found.is_cut or lines.is_cut, language=named and named[1])


def _webvtt_cues(lines: _Lines) -> Iterator[Cue | None]:
    """Yield the cues; None for each broken one.

    Where browsers refuse the times, as of SubRip by another name, a number after a line of spaces
    and before the next times is no text.
    """
    timing: Timing | None = None
    start = end = end_before_number = 0
    is_strict = False
    for line, begins, fails in _webvtt_lines(lines):
        if timing and (line.after_blank or begins or fails):
            text_end = end if line.after_blank else end_before_number
            yield _cue(timing, _webvtt_text(lines.text[start:text_end]))
            timing = None
        if fails:
            yield None
        elif begins:
            timing, start = begins, line.end
            is_strict = is_strict_timing(lines.text[line.start : line.end])
        is_apart = line.start > end + 1
        is_number = not is_strict and is_apart and _NUMBER.fullmatch(line.text)
        end_before_number, end = end if is_number else line.end, line.end
    if timing:
        yield _cue(timing, _webvtt_text(lines.text[start:end]))


def _webvtt_lines(lines: _Lines) -> Iterator[tuple[_Line, Timing | None, bool]]:
    """Yield lines, the times of those that begin a cue, and whether one should and cannot."""
    is_open = is_note = False
    for line in lines:
        if line.after_blank:
            is_open, is_note = False, _NOTE.match(line.text) is not None
        is_text = is_open and "-->" not in line.text
        begins = None if is_text else timing_of(line.text)
        fails = not (is_text or is_note or begins) and _should_be_timed(line.text)
        is_open = begins is not None or (is_open and not fails)
        yield line, begins, fails


def _webvtt_text(text: str) -> str:
    return without_blank_lines(unescaped(without_markup(text)))


def _should_be_timed(line: str) -> bool:
    """Return whether a line is no text: none may hold an arrow (WebVTT, section 4.1)."""
    return "-->" in line or is_failed_timing(line, after_number=False)


def _cue(timing: Timing, text: str) -> Cue:
    return Cue(timing.start_ms, timing.end_ms, text)


# --- SubRip --------------------------------------------------------------------------------------


def read_subrip(text: str) -> Cues | None:
    """Read SubRip, or SubViewer, which differs in the timing lines; None where no line is one.

    A text ends where the next cue begins: blank lines do not end it (as in ffmpeg), and none is
    needed before the next. What follows a timing line that cannot be read belongs to no cue.
    """
    lines = _Lines(text)
    reading = _SubRip(lines)
    found = gathered(reading.cues())
    if not reading.is_timed:
        return None
    return found._replace(is_cut=found.is_cut or lines.is_cut)


class _SubRip:
    """A reading of SubRip, line by line: the cue that is open, and what its last line may be."""

    def __init__(self, lines: _Lines) -> None:
        self.is_timed = False
        self._lines = lines
        self._timing: Timing | None = None
        self._start = self._end = self._end_before_last = 0
        self._last: _Line | None = None
        self._next_number = 1
        # until the first times: text after the number 1 is that of a cue whose times are lost,
        # or a title
        self._is_numbered, self._is_named = True, False
        self._lost: list[int] = []
        self._is_short = False

    def cues(self) -> Iterator[Cue | None]:
        """Yield the cues in the order of the file; None for each broken one."""
        for line in self._lines:
            timing = timing_of(line.text)
            if timing and self._is_due(line, timing):
                yield from self._begun(line, timing)
            elif self._fails(line):
                yield from self._begun(line, None)
                yield None
            elif self._lacks_times(line):
                yield from self._begun(self._last or line, None, is_number=True)
                if self.is_timed:
                    yield None
                else:
                    self._lost.append(self._next_number - 1)
            else:
                self._end_before_last, self._end = self._end, line.end
                self._last = line
        yield from self._closed(self._ends_with_lost_number())

    def _is_due(self, line: _Line, timing: Timing) -> bool:
        """Return whether a timing line is one here; minutes and seconds may stand in a text, too.

        Not in a file that begins with such times.
        """
        if not self.is_timed:
            self._is_short = not timing.is_sure
        at_start = line.after_blank or self._has_number(alone=False)
        return timing.is_sure or at_start or self._is_short

    def _fails(self, line: _Line) -> bool:
        return is_failed_timing(line.text, after_number=self._has_number(alone=True))

    def _begun(
        self, line: _Line, timing: Timing | None, *, is_number: bool = False
    ) -> Iterator[Cue | None]:
        """End the cue before, and begin one: the line has its times, or is its number."""
        if not self.is_timed:
            self._is_numbered = self._has_number(alone=False)
            self._is_named = not (self._is_numbered or line.after_blank)
        number = is_number or self._ends_with_identifier(adjacent=not line.after_blank)
        yield from self._closed(number)
        self.is_timed = self.is_timed or timing is not None or has_arrow(line.text)
        named = self._number() if number else None
        if self.is_timed:
            yield from self._lost_before(named)
        self._next_number = (self._next_number if named is None else named) + 1
        self._timing, self._last = timing, None
        self._start = self._end = self._end_before_last = line.end

    def _closed(self, without_last: bool) -> Iterator[Cue]:  # noqa: FBT001 - private, one meaning
        if self._timing:
            end = self._end_before_last if without_last else self._end
            yield _cue(self._timing, without_markup(self._lines.text[self._start : end]))

    def _lost_before(self, number: int | None) -> Iterator[None]:
        """Count the cues that have lost their times; no title, after which the numbers begin."""
        lost, self._lost = self._lost, []
        yield from (None for each in lost if number is not None and each < number)

    # --- what the last line is -------------------------------------------------------------------

    def _number(self) -> int | None:
        is_number = self._last and _NUMBER.fullmatch(self._last.text)
        return int(self._last.text) if self._last and is_number else None

    def _has_number(self, *, alone: bool) -> bool:
        """Return whether the last line is a number; if asked, one after a blank line."""
        return (
            self._last is not None
            and self._number() is not None
            and (self._last.after_blank or not alone)
        )

    def _ends_with_identifier(self, *, adjacent: bool) -> bool:
        """Return whether the last line is the identifier of the cue that begins here.

        The first cue tells what identifiers a file has. A name stands alone right before the times;
        a number may lack the blank line before it, or have one after it. Where the first has none,
        as of an advertisement that was put before the others, a number is text, unless it is the
        next of a list or stands as a name does.
        """
        if self._last is None:
            return False
        alone, number = self._last.after_blank, self._number()
        if adjacent and alone:
            return self._is_named or number is not None
        is_next = self._is_numbered or number == self._next_number
        return number is not None and is_next and (adjacent or alone)

    def _lacks_times(self, line: _Line) -> bool:
        """Return whether the last line is the number of a cue and this line its text."""
        return self._ends_with_lost_number() and not line.after_blank

    def _ends_with_lost_number(self) -> bool:
        """Return whether the last line is the number of the next cue; any other is text."""
        is_next = self._is_numbered and self._number() == self._next_number
        return is_next and self._has_number(alone=True)
