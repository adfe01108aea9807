"""What the algorithms find, one small reader for each form (facts/mps.md sections 2 and 3).

A reader takes the place where its results stand, `Result.Data` on MPS and `Result` on IMS, and
yields findings. The files an answer lists are found by the general reader, `listed_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from mps_manifest.jobs.job import AudioQuality, Cover, Finding, ListedFile, Segment
from mps_manifest.parsing.json_pointer import pointer
from mps_manifest.parsing.numbers import milliseconds, number
from mps_manifest.problems import Problem, note

Reader = Callable[[Any, str], Iterator[Finding]]

_PATH_KEYS = {"file", "Url", "Output"}
_ONE_SECOND, _ONE_MILLISECOND = 1000, 1


def listed_files(value: Any, at: str) -> Iterator[tuple[Any, str]]:
    """Find every path an answer lists: the values of `file`, `Url` and `Output`, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = at + pointer(key)
            if key in _PATH_KEYS and not isinstance(inner, dict | list):
                if inner is not None:
                    yield inner, here
            else:
                yield from listed_files(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from listed_files(inner, at + pointer(index))


def no_findings(_value: Any, _at: str) -> Iterator[Finding]:
    """Read an algorithm whose result is its files."""
    yield from ()


def covers(value: Any, at: str) -> Iterator[Finding]:
    """Read proposed covers. `Time` is the text of a number of milliseconds (measured)."""
    for item, here in _items(value, at):
        if "Url" not in item:
            continue
        at_ms = milliseconds(item.get("Time"), _ONE_MILLISECOND)
        score = number(item.get("Score"))
        yield Cover(item["Url"], score, at_ms)
        yield from _unread(item, here, Time=at_ms, Score=score)


def choruses(value: Any, at: str) -> Iterator[Finding]:
    """Read the choruses of a song, in seconds."""
    yield from _segments(value, at, "chorus", ("start", "end"))


def slides(value: Any, at: str) -> Iterator[Finding]:
    """Read the parts of a lecture, in seconds (the unit is inferred)."""
    yield from _segments(value, at, "slide", ("beginTime", "endTime"))


def summaries(value: Any, at: str) -> Iterator[Finding]:
    """Read which stretches a summary shows: texts of seconds on IMS, absent on MPS."""
    yield from _segments(value, at, "summary", ("StartTime", "EndTime"))


def _segments(
    value: Any, at: str, kind: Literal["chorus", "slide", "summary"], keys: tuple[str, str]
) -> Iterator[Finding]:
    for item, here in _items(value, at):
        if not set(keys) & set(item):
            continue
        start, end = (milliseconds(item.get(key), _ONE_SECOND) for key in keys)
        title = item.get("title")
        if start is not None and end is not None:
            yield Segment(kind, start, end, title if isinstance(title, str) else None)
        yield from _unread(item, here, **{keys[0]: start, keys[1]: end})


_GRADED = ("MOS", "Noisiness", "Coloration", "Discontinuity", "Loudness")
_MEASURED = {
    "Speech Ratio": "speechPercent",
    "Speech Ratio(%)": "speechPercent",
    "Bad Mute Ratio(%)": "badMutePercent",
    "Double Talk Ratio(%)": "doubleTalkPercent",
    "Saturated Ratio(%)": "saturatedPercent",
    "Loudness(-90dB-0dB)": "loudnessDb",
    "Channel": "channel",
    **{f"{name}(0-5)": name.lower() for name in _GRADED},
    **{f"Worst {name}(0-5)": f"worst{name.capitalize()}" for name in _GRADED},
}


def audio_quality(value: Any, at: str) -> Iterator[Finding]:
    """Read one object per channel whose values are all texts, with words for the grades."""
    for item, here in _items(value, at):
        if "Tag" not in item and "MOS(0-5)" not in item:
            continue
        values: dict[str, str | int | float] = {}
        unread: dict[str, None] = {}
        for key, name in _MEASURED.items():
            if key in item:
                measured = number(item[key])
                if name == "channel" and measured is not None:
                    measured = int(measured) if measured == int(measured) else None
                if measured is None:
                    unread[key] = None
                else:
                    values[name] = measured
        duration = milliseconds(item.get("Total Duration"), _ONE_SECOND)
        if duration is not None:
            values["durationMs"] = duration
        if isinstance(item.get("Tag"), str):
            values["tag"] = item["Tag"]
        values.update(
            {
                f"{name.lower()}Grade": item[name].lower()
                for name in _GRADED
                if isinstance(item.get(name), str) and item[name]
            }
        )
        yield AudioQuality(values)
        yield from _unread(item, here, **unread)


def _items(value: Any, at: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Walk the objects of a list, wherever the list stands: at the top or under any key."""
    if isinstance(value, Mapping):
        yield value, at
        for key, inner in value.items():
            if isinstance(inner, list | dict):
                yield from _items(inner, at + pointer(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _items(inner, at + pointer(index))


def _unread(item: Mapping[str, Any], at: str, **read: object) -> Iterator[Problem]:
    """Tell of the values that are there and could not be read."""
    for key, value in read.items():
        if value is None and item.get(key) is not None:
            yield note(
                "unreadable-number",
                "A value that should be a number is none, and was left out",
                f"{key} is {item[key]!r:.80}",
                pointer=at + pointer(key),
            )


def as_listed(files: Iterator[tuple[Any, str]], roles: tuple[str, ...]) -> Iterator[ListedFile]:
    """Return the files that were found their roles."""
    for value, at in files:
        yield ListedFile(value, at, roles)
