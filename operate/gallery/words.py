"""How the pages' templates write times, sizes and texts of strangers."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from mps_manifest.parsing.foreign_text import printable

_BEFORE_A_WORD = re.compile(r"(?<=[a-z0-9.])(?=[A-Z])")
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
LONGEST = 4_000


def shown(value: Any) -> Any:
    """Return what a template writes: a text with whatever steers a reader's eye made visible."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")
    return value


def breakable(name: str) -> Markup:
    """Return a name in CamelCase that a narrow page breaks between its words, not within one."""
    return Markup("<wbr>").join(_BEFORE_A_WORD.split(shown(name)))


def clock(milliseconds: float | None) -> str:
    """Return a time as 1:02.5 or 1:00:00; tenths only where there are any."""
    if milliseconds is None:
        return ""
    tenths = round(milliseconds / 100)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    found = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{found}.{tenth}" if tenth else found


def size(count: int | None) -> str:
    """Return a size in bytes with a unit of thousands."""
    if count is None:
        return ""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (
        f"{value:.0f} {_UNITS[unit]}" if value >= 10 or not unit else f"{value:.1f} {_UNITS[unit]}"
    )


def amount(count: int, one: str, more: str = "") -> str:
    """Return a number with its noun: 1 job, 10,000 jobs."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def decimal(value: float | None, places: int = 2) -> str:
    """Return a number without zeros at its end."""
    if value is None:
        return ""
    return f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
