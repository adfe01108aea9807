"""Read the findings of algorithms, one reader per format (facts/mps.md sections 2 and 3).

A reader gets the decoded `Result` of an answer with the pointer to it, and yields findings: those
of MPS are in `Result.Data`, those of IMS in `Result`. The files that an answer lists are found by
the generic reader, `listed_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Literal, NamedTuple

from mps_manifest.job_limits import MAX_TITLE
from mps_manifest.jobs.job import ListedFile
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.parsing.json_pointer import below
from mps_manifest.parsing.numbers import milliseconds, number, whole_number
from mps_manifest.parsing.spelling import plain_key, with_documented_keys
from mps_manifest.problems import Problem, note


class Cover(NamedTuple):
    """A frame proposed as a cover; `file` is the value of the ListedFile of the same picture."""

    file: Any
    score: float | None
    at_ms: int | None


class Segment(NamedTuple):
    """A time range of the input."""

    kind: Literal["chorus", "slide", "summary"]
    start_ms: int
    end_ms: int
    title: str | None = None


class AudioQuality(NamedTuple):
    """The audio quality of one channel; `values` has the contract's names."""

    values: Mapping[str, str | int | float]


Finding = Cover | Segment | AudioQuality | Problem
Reader = Callable[[Any, str], Iterator[Finding]]

_PATH_KEYS = frozenset({"file", "Url", "Output"})
_PLAIN_PATH_KEYS = frozenset(map(plain_key, _PATH_KEYS))
_OUTPUT = "output"
_COVER_KEYS = frozenset({"Url", "Time", "Score"})
_ONE_SECOND, _ONE_MILLISECOND = 1000, 1


def listed_files(value: Any, at: str) -> Iterator[tuple[Any, str]]:
    """Yield every listed path with its pointer: values of `file`, `Url` and `Output`, any depth.

    These keys may be spelled in another way, as in the results of algorithms nobody knows. What is
    no path is yielded as well, since a file that is listed must not vanish.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            here = below(at, key)
            if key in _PATH_KEYS or plain_key(key) in _PLAIN_PATH_KEYS:
                yield from _paths(inner, here, may_be_other=plain_key(key) == _OUTPUT)
            else:
                yield from listed_files(inner, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from listed_files(inner, below(at, index))


def _paths(value: Any, at: str, *, may_be_other: bool = False) -> Iterator[tuple[Any, str]]:
    """Yield what the key of a path has: one, several in a list, or an object with some inside.

    An object without any is yielded itself, unless it may describe something else than a file.
    """
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, below(at, index), may_be_other=may_be_other)
    elif isinstance(value, dict):
        has_paths = may_be_other
        for found in listed_files(value, at):
            has_paths = True
            yield found
        if value and not has_paths:
            yield value, at
    elif not is_blank(value):
        yield value, at


def is_blank(value: object) -> bool:
    """Return whether an entry of a list is no entry, as services leave them: null or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


def no_findings(_value: Any, _at: str) -> Iterator[Finding]:
    """Yield nothing, for an algorithm whose only results are files."""
    yield from ()


def covers(value: Any, at: str) -> Iterator[Finding]:
    """Read proposed covers; `Time` is milliseconds as text (measured)."""
    for item in _items(value, at, _COVER_KEYS):
        if "Url" not in item.fields:
            continue
        at_ms = milliseconds(item.fields.get("Time"), _ONE_MILLISECOND)
        score = number(item.fields.get("Score"))
        given = item.fields["Url"]
        for file in [path for path, _ in _paths(given, "")] or [given]:
            yield Cover(file, score, at_ms)
        yield from item.unreadable_numbers(Time=at_ms, Score=score)


def choruses(value: Any, at: str) -> Iterator[Finding]:
    """Read the choruses of a song; times are in seconds."""
    yield from _segments(value, at, "chorus", ("start", "end"))


def slides(value: Any, at: str) -> Iterator[Finding]:
    """Read the parts of a lecture; times are in seconds (inferred)."""
    yield from _segments(value, at, "slide", ("beginTime", "endTime"))


def summaries(value: Any, at: str) -> Iterator[Finding]:
    """Read the time ranges of a summary: seconds as text on IMS, absent on MPS."""
    yield from _segments(value, at, "summary", ("StartTime", "EndTime"))


def _segments(
    value: Any, at: str, kind: Literal["chorus", "slide", "summary"], keys: tuple[str, str]
) -> Iterator[Finding]:
    for item in _items(value, at, frozenset({*keys, "title"})):
        if not set(keys) & set(item.fields):
            continue
        start, end = (milliseconds(item.fields.get(key), _ONE_SECOND) for key in keys)
        title = item.fields.get("title")
        if start is not None and end is not None and start > end:
            problem = "A time range ends before it starts; it was left out"
            yield note("unreadable-number", problem, f"{start} ms to {end} ms", pointer=item.at)
        elif start is not None and end is not None:
            # more than is shown, since a secret in it may be cut out before
            title = title[: 2 * MAX_TITLE] if isinstance(title, str) else None
            yield Segment(kind, start, end, title)
        yield from item.unreadable_numbers(**{keys[0]: start, keys[1]: end})


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
_AUDIO_KEYS = frozenset({*_GRADED, *_MEASURED, "Tag", "Total Duration"})


def audio_quality(value: Any, at: str) -> Iterator[Finding]:
    """Read one object per channel; all values are text, grades are words."""
    for item in _items(value, at, _AUDIO_KEYS):
        fields = item.fields
        if "Tag" not in fields and "MOS(0-5)" not in fields:
            continue
        values: dict[str, str | int | float] = {}
        unreadable: dict[str, None] = {}
        for key, name in _MEASURED.items():
            if key in fields:
                measured = (whole_number if name == "channel" else number)(fields[key])
                if measured is None:
                    unreadable[key] = None
                else:
                    values[name] = measured
        duration = milliseconds(fields.get("Total Duration"), _ONE_SECOND)
        if duration is not None:
            values["durationMs"] = duration
        if isinstance(fields.get("Tag"), str):
            values["tag"] = shown(fields["Tag"], MAX_TITLE)
        values.update(
            {
                f"{name.lower()}Grade": shown(fields[name], MAX_TITLE).lower()
                for name in _GRADED
                if isinstance(fields.get(name), str) and fields[name]
            }
        )
        yield AudioQuality(values)
        yield from item.unreadable_numbers(**unreadable)


class _Item(NamedTuple):
    """An object in a result: as it is, its pointer, and its fields by their documented names."""

    given: Mapping[str, Any]
    at: str
    fields: Mapping[str, Any]

    def unreadable_numbers(self, **read: object) -> Iterator[Problem]:
        """Yield a note for each value that is present but could not be read as a number."""
        for name, value in read.items():
            if value is None and self.fields.get(name) is not None:
                yield note(
                    "unreadable-number",
                    "Expected a number; the value was ignored",
                    f"{name} is {self.fields[name]!r:.80}",
                    pointer=below(self.at, self._spelled(name)),
                )

    def _spelled(self, name: str) -> str:
        """Return the key as it is spelled here."""
        if name in self.given:
            return name
        return next(key for key in self.given if plain_key(key) == plain_key(name))


def _items(value: Any, at: str, names: AbstractSet[str]) -> Iterator[_Item]:
    """Yield all objects, at the top, in lists and under any key; `names` are those of fields."""
    if isinstance(value, dict):
        yield _Item(value, at, with_documented_keys(value, names))
        for key, inner in value.items():
            if isinstance(inner, list | dict):
                yield from _items(inner, below(at, key), names)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _items(inner, below(at, index), names)


def as_listed(files: Iterator[tuple[Any, str]], roles: tuple[str, ...]) -> Iterator[ListedFile]:
    """Return the paths of `listed_files` with these roles."""
    for value, at in files:
        yield ListedFile(value, at, roles)
