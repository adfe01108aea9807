"""Read the line of SubRip or WebVTT with the two times of a cue, as people and tools write it.

Translators make full-width digits and signs of it, put blanks between them and turn `-->` into
`->`, `- >` or an arrow; other tools leave out the fraction, or hours, or zeros.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COLON = r"[ ]?[:\uff1a\ufe55\u2236][ ]?"
_POINT = r"[ ]?[.,\uff0e\uff0c\u3001\u3002\u060c\u066b][ ]?"
_DECIMAL_POINTS = {".", "\uff0e", "\u3002"}
_DASHES = r"=~\u2010-\u2015\u2212\u2500\u2501\u30fc\ufe58\ufe63\uff0d\u00ad-"
_ARROWS = r"\u2192\u21d2\u2794\u279c\u279d\u279e\u27a1\u27f6\u27f9\uffeb"
_HEAD = rf"(?:[>\uff1e\u203a\u00bb{_ARROWS}]|&gt;)"
# fields are matched by \d, which takes the digits of every script, as int() does
_TIME = (
    rf"(?:(\d{{1,12}}){_COLON}(\d{{1,2}})|(\d{{1,4}})){_COLON}(\d{{1,2}})"
    # milliseconds may be a float; two digits after a colon could be a number of frames
    rf"(?:({_POINT})(\d{{3}}\.\d+|\d+)|{_COLON}(\d{{3}}))?(?!\d)"
)
_FIELDS = 7
"""Groups of a time: hours and minutes, or minutes alone, seconds, point, fraction, thousandths."""
# WebVTT wants no blank before the settings, section 6.3
_GLUED_SETTING = r"(?<=[.,]\d\d\d)(?=[A-Za-z]\w{0,20}:)"
_TIMING = re.compile(
    rf"{_TIME}[\s{_DASHES}]*{_HEAD}[\ufe0f\s>]*{_TIME}((?:\s|{_GLUED_SETTING}).*)?"
)
_ONE = re.compile(_TIME)
_SHORT = r"(\d{1,9}):(\d\d)():(\d\d)(\.)(\d{1,3})()"
_PAIR = re.compile(rf"{_SHORT},{_SHORT}")
"""How SubViewer and YouTube's SBV write it."""
_ARROW = re.compile(rf"[{_DASHES}]\s?{_HEAD}|[{_ARROWS}]")
_SIGN = r"[\dOolI?*xX]"
_CLOCK_AHEAD = re.compile(
    rf"[+-]?\s?{_SIGN}{{1,12}}{_COLON}{_SIGN}{{1,4}}(?:{_COLON}|{_POINT}){_SIGN}"
)
_CLOCK = re.compile(rf"\d{_COLON}\d")
_LETTER = re.compile(r"[^\W\d]")
_STRICT = re.compile(
    r"[ \t]*(?:[0-9]+:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}[ \t]*-->"
    r"[ \t]*(?:[0-9]+:)?[0-5][0-9]:[0-5][0-9]\.[0-9]{3}(?:[ \t].*)?"
)


class Timing(NamedTuple):
    """When a cue starts and ends, in milliseconds.

    `is_sure` is false for two times without hours and fractions, which a text may hold, too.
    """

    start_ms: int
    end_ms: int
    is_sure: bool = True


def timing_of(line: str) -> Timing | None:
    """Return the times of a line without blanks around it; None where it is no timing line.

    Fractions are decimal, of any length, and rounded. Fields may be above 59, and milliseconds
    behind a comma 1000, as players take them. What comes after the end, such as settings, is
    ignored.
    """
    if not line[:1].isdecimal():
        return None
    found = _TIMING.fullmatch(line) or _PAIR.fullmatch(line)
    fields = found.groups() if found else ()
    start, end, behind = fields[:_FIELDS], fields[_FIELDS : 2 * _FIELDS], fields[2 * _FIELDS :]
    if not found or "-->" in "".join(filter(None, behind)):
        return None
    return Timing(_ms(start), _ms(end), _is_sure(start) or _is_sure(end))


def has_arrow(line: str) -> bool:
    """Return whether there is what stands between the times of a timing line."""
    return _ARROW.search(line) is not None


def is_failed_timing(line: str, *, after_number: bool) -> bool:
    """Return whether a line that is no timing line should have been one.

    After the number of a cue there should be one, so there less tells.
    """
    if has_arrow(line):
        return after_number or _CLOCK_AHEAD.match(line) is not None
    return after_number and _LETTER.search(line) is None and _CLOCK.search(line) is not None


def is_strict_timing(line: str) -> bool:
    """Return whether browsers take a timing line (WebVTT, section 6.4)."""
    return _STRICT.fullmatch(line) is not None


def milliseconds_of(text: str) -> int | None:
    """Return the milliseconds of one time, such as `0:00:01.50`; None where it is none."""
    found = _ONE.fullmatch(text)
    return _ms(found.groups()) if found else None


def _is_sure(fields: tuple[str | None, ...]) -> bool:
    """Return whether a time has hours or a fraction."""
    hours, _, _, _, _, fraction, thousandths = fields
    return any((hours, fraction, thousandths))


def _ms(fields: tuple[str | None, ...]) -> int:
    """Return the milliseconds of what `_TIME` has found."""
    hours, minutes, only_minutes, seconds, point, fraction, thousandths = fields
    whole = (int(hours or 0) * 60 + int(minutes or only_minutes or 0)) * 60 + int(seconds or 0)
    if fraction and len(fraction) == 4 and int(fraction) == 1000 and not _is_decimal(point):
        return (whole + 1) * 1000
    digits = (fraction or thousandths or "").replace(".", "")
    return whole * 1000 + (int(digits[:4].ljust(4, "0")) + 5) // 10


def _is_decimal(point: str | None) -> bool:
    return (point or "").strip() in _DECIMAL_POINTS
