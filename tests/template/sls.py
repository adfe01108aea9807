"""Queries of SLS, run over lines of a log: the search statement here, the SQL by SQLite.

SQLite stands in for the engine of SLS, which is Presto's: it has the functions that are named here
and no others, and a table whose columns are the fields with an index. What only Presto's parser
would refuse is left to sqlglot (test_queries.py). Of each field SQL sees so many bytes as in SLS.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deploy.template import Resolved
from local.logs.search import Search

MOST_BYTES = 2_048
"""Bytes of a field that SQL sees, by default
(https://www.alibabacloud.com/help/en/sls/user-guide/why-are-field-values-truncated-when-i-query-and-analyze-logs).
"""
MOST_ROWS = 100
"""Rows of an answer without a LIMIT."""
_TYPES = {"text": "TEXT", "double": "REAL", "long": "INTEGER"}
_WORD = re.compile(r"\(|\)|[^\s()]+: ?(?:\"[^\"]*\"|[^\s()]+)|[^\s()]+")

Line = Mapping[str, str]
Row = dict[str, Any]


def queries_of(stack: Resolved) -> dict[str, str]:
    """Return the queries of a stack's alerts, charts and saved searches by their names."""
    found = {}
    for name, resource in stack.resources.items():
        own = resource.properties
        if resource.type == "ALIYUN::SLS::Alert":
            for number, query in enumerate(own["Detail"]["Configuration"]["QueryList"]):
                found[f"{name}/{number}" if number else name] = query["Query"]
        elif resource.type == "ALIYUN::SLS::Dashboard":
            for chart in own["Charts"]:
                [query] = chart["search"]["chartQueries"]
                found[chart["title"]] = query["query"]
        elif resource.type == "ALIYUN::SLS::Savedsearch":
            found[name] = own["Detail"]["SearchQuery"]
    return found


def columns_of(stack: Resolved) -> dict[str, str]:
    """Return the fields that SQL may name, with their types."""
    keys = stack.resources["LogIndex"].properties["KeyIndices"]
    return {key["Name"]: key["Type"] for key in keys if key["EnableAnalytics"]}


def run(query: str, lines: Sequence[Line], columns: Mapping[str, str]) -> list[Row]:
    """Return the rows that a query answers with, as SLS would."""
    search, _, sql = query.partition("|")
    condition = _parsed(search)
    database = sqlite3.connect(":memory:")
    try:
        database.row_factory = sqlite3.Row
        _define(database)
        _fill(database, [line for line in lines if condition(line)], columns)
        if " FROM " not in sql:
            sql += " FROM log"
        rows = [dict(row) for row in database.execute(sql)]
    finally:
        database.close()
    return rows if " LIMIT " in sql else rows[:MOST_ROWS]


def _fill(database: sqlite3.Connection, lines: Sequence[Line], columns: Mapping[str, str]) -> None:
    declared = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in columns.items())
    database.execute(f"CREATE TABLE log (__time__ INTEGER, {declared})")
    marks = ", ".join("?" * (len(columns) + 1))
    for line in lines:
        values = [_seen(line.get(name)) for name in columns]
        database.execute(
            f"INSERT INTO log VALUES ({marks})",  # noqa: S608 - question marks
            [int(line["__time__"]), *values],
        )


def _seen(value: str | None) -> str | None:
    return value if value is None else value.encode()[:MOST_BYTES].decode(errors="ignore")


# --- the search statement -------------------------------------------------------------------


def _parsed(search: str) -> Callable[[Line], bool]:
    """Read words with a field, `and`, `or` and brackets."""
    words = _WORD.findall(search)
    condition = _either(words)
    assert not words, words
    return condition


def _either(words: list[str]) -> Callable[[Line], bool]:
    parts = [_both(words)]
    while words and words[0] == "or":
        words.pop(0)
        parts.append(_both(words))
    return lambda line: any(part(line) for part in parts)


def _both(words: list[str]) -> Callable[[Line], bool]:
    parts = [_one(words)]
    while words and words[0] == "and":
        words.pop(0)
        parts.append(_one(words))
    return lambda line: all(part(line) for part in parts)


def _one(words: list[str]) -> Callable[[Line], bool]:
    word = words.pop(0)
    if word == "(":
        inner = _either(words)
        assert words.pop(0) == ")"
        return inner
    field, _, wanted = word.partition(":")
    if field == "hasFunctionError":  # which the log of the laptop does not know
        return lambda line: line.get(field, "").lower() == wanted.strip()
    return Search.parse(word).finds


# --- functions of SQL -----------------------------------------------------------------------


def _define(database: sqlite3.Connection) -> None:
    for name, count, function in (
        ("json_extract_scalar", 2, _json_extract_scalar),
        ("from_unixtime", 1, lambda seconds: seconds),
        ("date_format", 2, _date_format),
        ("split_part", 3, _part),
        ("greatest", 2, max),
        ("array_join", 2, lambda texts, mark: mark.join(json.loads(texts))),
        ("slice", 3, lambda texts, start, size: json.dumps(json.loads(texts)[start - 1 :][:size])),
    ):
        database.create_function(name, count, _of_values(function), deterministic=True)
    for name, count, aggregate in (
        ("count_if", 1, _CountIf),
        ("approx_percentile", 2, _Percentile),
        ("max_by", 2, _MaxBy),
        ("array_agg", 1, _ArrayAgg),
    ):
        database.create_aggregate(name, count, aggregate)  # type: ignore[arg-type]


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is NULL where an argument is, as those of SQL are."""
    return lambda *values: None if None in values else function(*values)


def _json_extract_scalar(text: str, path: str) -> str | None:
    """Return a scalar at a path; None for what is no JSON, as a line that was cut."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    for name in path.removeprefix("$.").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None or isinstance(value, dict | list) else str(value)


def _date_format(seconds: float, form: str) -> str:
    return time.strftime(form.replace("%i", "%M").replace("%s", "%S"), time.gmtime(seconds))


def _part(text: str, mark: str, number: int) -> str | None:
    parts = text.split(mark)
    return parts[number - 1] if number <= len(parts) else None


class _CountIf:
    def __init__(self) -> None:
        self._count = 0

    def step(self, holds: object) -> None:
        self._count += bool(holds)

    def finalize(self) -> int:
        return self._count


class _Percentile:
    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.0

    def step(self, value: float | None, share: float) -> None:
        self._share = share
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        if not self._values:
            return None
        return sorted(self._values)[max(0, math.ceil(self._share * len(self._values)) - 1)]


class _MaxBy:
    def __init__(self) -> None:
        self._pairs: list[tuple[float, Any]] = []

    def step(self, value: object, by: float | None) -> None:
        if by is not None:
            self._pairs.append((by, value))

    def finalize(self) -> Any:
        return max(self._pairs, key=lambda pair: pair[0])[1] if self._pairs else None


class _ArrayAgg:
    def __init__(self) -> None:
        self._values: list[Any] = []

    def step(self, value: object) -> None:
        self._values.append(value)

    def finalize(self) -> str | None:
        return json.dumps(self._values) if self._values else None


def lines_of(log: str, function: str, at: int) -> Iterator[Line]:
    """Yield the lines that a function printed, as SLS has them."""
    for text in log.splitlines():
        yield {"__time__": str(at), "functionName": function, "message": text}
