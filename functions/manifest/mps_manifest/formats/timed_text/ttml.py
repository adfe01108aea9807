"""Read TTML, also known as DFXP, and its profiles such as IMSC and EBU-TT-D."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple
from xml.parsers import expat

from mps_manifest.formats.text.language import SEVERAL
from mps_manifest.formats.timed_text.cue_markup import without_blank_lines
from mps_manifest.formats.timed_text.cues import Cue, Cues, gathered
from mps_manifest.parsing.strict_xml import ForbiddenXml, strict_parser

_MAX_DEPTH = 60
_STEP = 64 * 1024
"""Characters that are parsed at a time, so that what was found is counted meanwhile."""
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?tt[\s/>]")
_LOOKED_AT = 10_000
_CLOCK = re.compile(r"(\d{1,9}):(\d\d):(\d\d)(?:[.,](\d{1,12})\d*|:(\d{1,4})(?:\.\d+)?)?")
_OFFSET = re.compile(r"(\d{1,12})(?:\.(\d{1,12})\d*)?(h|ms|m|s|f|t)")
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_HIDDEN = {"head", "metadata", "title", "desc", "copyright", "agent"}
_SPACES = re.compile(r"[ \t]+")


class _Rates(NamedTuple):
    """How many frames and ticks a second has, and whether that says when something is shown.

    The defaults are those of TTML2, section 7.2. `ticks` is None where the rate is not certain.
    """

    frames: Fraction = Fraction(30)
    ticks: Fraction | None = Fraction(1)
    certain: bool = True


class _Element(NamedTuple):
    """An open element: when it is shown, in seconds; `end` is None where nobody says.

    `timed` is whether it has times of its own, `odd` whether some cannot be read.
    """

    name: str
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    timed: bool = False
    odd: bool = False
    hidden: bool = False
    keeps_spaces: bool = False
    language: str = ""


def is_ttml(text: str) -> bool:
    """Return whether a text starts like XML and has the root of TTML in 10,000 characters."""
    return text.lstrip()[:1] == "<" and _ROOT.search(text, 0, _LOOKED_AT) is not None


def read_ttml(text: str) -> Cues | None:
    """Read the paragraphs of TTML, or their timed spans; None where it is not well-formed.

    Times of an element count from the start of the one around it (TTML2, section 12.2). Broken are
    paragraphs without an end, in a sequence, or with times that need to know a tape's time code.
    """
    reading = _Reading()
    try:
        found = gathered(_fed(text, reading))
    except (expat.ExpatError, ForbiddenXml):
        return None
    return found._replace(language=reading.language())


def _fed(text: str, reading: _Reading) -> Iterator[Cue | None]:
    parser = strict_parser(reading)
    text = text.strip()  # nothing may stand before the declaration
    for at in range(0, len(text), _STEP):
        is_last = at + _STEP >= len(text)
        parser.Parse(text[at : at + _STEP].encode("utf-8", "replace"), is_last)
        yield from reading.found
        reading.found.clear()


class _Reading:
    """A reading of TTML: the open elements, the text that is collected, and what was found."""

    def __init__(self) -> None:
        self.found: list[Cue | None] = []
        self._languages: set[str] = set()
        self._open: list[_Element] = []
        self._rates = _Rates()
        self._collector: _Element | None = None
        self._texts: list[str] = []

    def language(self) -> str | None:
        """Return the language that the cues are said to be in; `mul` for several."""
        if len(self._languages) > 1:
            return SEVERAL
        return next(iter(self._languages), None)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        name = _local(name)
        if len(self._open) >= _MAX_DEPTH or not (self._open or name == "tt"):
            raise ForbiddenXml
        values = {_local(key): value.strip() for key, value in attributes.items()}
        if not self._open:
            self._rates = _rates(values)
        element = self._inside(self._open[-1] if self._open else _Element(""), name, values)
        self._open.append(element)
        if name == "br" and not element.hidden:
            self._texts.append("\n")
        if name == "p" or (name == "span" and element.timed and self._is_untimed_paragraph()):
            self._collector, self._texts = element, []

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._collector and not self._open[-1].hidden:
            keeps = self._open[-1].keeps_spaces
            self._texts.append(text if keeps else text.replace("\n", " "))

    def end(self, _name: str) -> None:
        """End an element; one that collects is a cue, unless it says nothing at no time."""
        element = self._open.pop()
        if element is not self._collector:
            return
        text, self._collector = self._collected(element), None
        if not (text or element.timed):
            return
        self._languages |= {element.language} if element.language else set()
        known = element.end is not None and not element.odd
        start, end = _milliseconds(element.start), _milliseconds(element.end or Fraction(0))
        self.found.append(Cue(start, end, text) if known else None)

    def _is_untimed_paragraph(self) -> bool:
        paragraph = next((each for each in self._open if each.name == "p"), None)
        collects = self._collector is None or self._collector is paragraph
        return paragraph is not None and not paragraph.timed and collects

    def _collected(self, element: _Element) -> str:
        text = "".join(self._texts)
        if not element.keeps_spaces:
            text = _SPACES.sub(" ", text).replace(" \n", "\n")
        return without_blank_lines(text)

    def _inside(self, around: _Element, name: str, values: Mapping[str, str]) -> _Element:
        """Return what an element is, given the one around it."""
        given = {key: values[key] for key in ("begin", "end", "dur") if key in values}
        times = {key: _seconds(text, self._rates) for key, text in given.items()}
        start = around.start + (times.get("begin") or 0)
        ends = [around.end]
        ends += [around.start + time for key, time in times.items() if key == "end" and time]
        ends += [start + time for key, time in times.items() if key == "dur" and time is not None]
        odd = None in times.values() or values.get("timeContainer") == "seq"
        space, language = values.get("space"), values.get("lang")
        return _Element(
            name,
            start,
            min((end for end in ends if end is not None), default=None),
            bool(given),
            around.odd or odd,
            around.hidden or name in _HIDDEN,
            around.keeps_spaces if space is None else space == "preserve",
            around.language if language is None else language,
        )


def _local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


# --- times ---------------------------------------------------------------------------------------


def _rates(values: Mapping[str, str]) -> _Rates:
    """Return the rates that the root tells."""
    multiplier = _multiplier(values.get("frameRateMultiplier"))
    nominal = _whole(values.get("frameRate"))
    frames = (nominal or Fraction(30)) * multiplier
    ticks = _whole(values.get("tickRate"))
    if ticks is None and nominal:
        within = _whole(values.get("subFrameRate")) or 1
        ticks = nominal * within if multiplier == 1 else None
    elif ticks is None:
        ticks = Fraction(1)
    base = values.get("timeBase", "media")
    counted = multiplier == 1 and values.get("dropMode", "nonDrop") == "nonDrop"
    return _Rates(frames, ticks, base == "media" or (base == "smpte" and counted))


def _whole(text: str | None) -> Fraction | None:
    """Return a whole number above zero."""
    return Fraction(text) if text and re.fullmatch(r"0{0,9}[1-9][0-9]{0,9}", text) else None


def _multiplier(text: str | None) -> Fraction:
    """Return such as `1000 1001`, or `1000:1001`, as it was written in drafts."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})[\s:]([1-9][0-9]{0,8})", text or "")
    return Fraction(int(found[1]), int(found[2])) if found else Fraction(1)


def _seconds(text: str, rates: _Rates) -> Fraction | None:
    """Return a time expression (TTML2, section 12.3.1) in seconds; None where it is none."""
    if not rates.certain:
        return None
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds, fraction, frames = clock.groups()
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        return whole + _decimal(fraction) + int(frames or 0) / rates.frames
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return None
    count = int(offset[1]) + _decimal(offset[2])
    if offset[3] == "f":
        return count / rates.frames
    if offset[3] == "t":
        return count / rates.ticks if rates.ticks else None
    return count * _SECONDS[offset[3]]


def _decimal(digits: str | None) -> Fraction:
    return Fraction(int(digits), 10 ** len(digits)) if digits else Fraction(0)


def _milliseconds(seconds: Fraction) -> int:
    """Return whole milliseconds, rounded half up."""
    return (seconds * 1000 + Fraction(1, 2)).__floor__()
