"""GetLogs: the lines of a Logstore in a period that a search statement finds.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-getlogs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, unquote

from local.jobs.errors import ApiError, reply
from local.logs.search import Search
from local.numbers import decimal
from local.reply import Reply
from local.signed_request import SignedRequest

LogLine = Mapping[str, str]
"""The fields of a line; `__time__` is its Unix time in seconds."""

_STORES = "/logstores/"
_MOST_LINES = 100
_WITHOUT_EFFECT = frozenset({"accurate", "forward", "fromNs", "toNs"})
_SUPPORTED = frozenset({"from", "to", "type", "line", "offset", "reverse", "query", "topic"})


@dataclass(frozen=True)
class LogPlace:
    """A Logstore; the project is the first label of the request's host."""

    project: str
    store: str

    @classmethod
    def of(cls, sent: SignedRequest) -> LogPlace:
        """Return what a request names."""
        project = sent.headers.get("host", "").partition(".")[0]
        return cls(project, unquote(sent.path.removeprefix(_STORES)))


@dataclass(frozen=True)
class Period:
    """Seconds from `since` to before `until`, and in which order their lines are wanted."""

    since: int
    until: int
    newest_first: bool


ReadLines = Callable[[LogPlace, Period], Iterable[Mapping[str, str]] | None]
"""Returns the lines of a period in their order; None if there is no such Logstore."""


def is_query(sent: SignedRequest) -> bool:
    """Return whether a request asks for the lines of a Logstore."""
    return sent.method == "GET" and sent.path.startswith(_STORES)


def get_logs(sent: SignedRequest, read: ReadLines) -> Reply:
    """Answer a query, raising ApiError."""
    asked = dict(parse_qsl(sent.query, keep_blank_values=True))
    _check(asked)
    place = LogPlace.of(sent)
    period = Period(
        _number(asked, "from"), _number(asked, "to"), asked.get("reverse", "").lower() == "true"
    )
    if period.since >= period.until:
        raise _invalid("from must be before to")
    search, topic = Search.parse(asked.get("query", "")), asked.get("topic", "")
    lines = read(place, period)
    if lines is None:
        raise ApiError(404, "LogStoreNotExist", f"logstore {place.store} does not exist")
    found = (
        line
        for line in lines
        if line.get("__topic__", "") == topic or not topic
        if search.finds(line)
    )
    start = _number(asked, "offset", "0")
    count = min(_number(asked, "line", str(_MOST_LINES)), _MOST_LINES)
    page = [dict(line) for line in islice(found, start, start + count)]
    headers = {"x-log-progress": "Complete", "x-log-count": str(len(page))}
    return reply(page, headers=headers)


def _check(asked: Mapping[str, str]) -> None:
    """Refuse what would be ignored otherwise."""
    if asked.get("type") != "log":
        raise _invalid("type must be log")
    if asked.get("powerSql", "false").lower() != "false":
        raise _invalid("powerSql is not supported by the local cloud")
    for name in asked.keys() - _SUPPORTED - _WITHOUT_EFFECT - {"powerSql"}:
        raise _invalid(f"{name} is not supported by the local cloud")


def _number(asked: Mapping[str, str], name: str, default: str = "") -> int:
    number = decimal(asked.get(name, default))
    if number is None:
        raise _invalid(f"{name} must be a number")
    return number


def _invalid(why: str) -> ApiError:
    return ApiError(400, "ParameterInvalid", f"The request is invalid: {why}.")
