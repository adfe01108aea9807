"""Listings: ranges of the key index, in the order of the keys' UTF-8 bytes."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from local.oss import schema
from local.oss.model import StoredObject

_LAST = "\U0010ffff"

# Each reads one range of the index, row by row as the caller goes on; an unbounded end is NULL.
_FROM = """SELECT key, modified, etag, kind, size, headers FROM objects
           WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key"""
_FROM_UNBOUNDED = """SELECT key, modified, etag, kind, size, headers FROM objects
                     WHERE bucket = ? AND key >= ? ORDER BY key"""
_VERSIONS = """
    SELECT * FROM (SELECT * FROM objects WHERE bucket = :bucket AND key >= :start
                   UNION ALL
                   SELECT * FROM versions WHERE bucket = :bucket AND key >= :start)
    WHERE key > :start OR sequence < :before ORDER BY key, sequence DESC"""


@dataclass(frozen=True)
class Question:
    """What to list: keys with the prefix, after the marker, at most `limit` entries."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    limit: int = 100


@dataclass(frozen=True)
class ListedObject:
    """What a listing says about an object."""

    key: str
    modified: float
    etag: str
    kind: str
    size: int
    headers: str


@dataclass
class Page:
    """One page of a listing; `last` is its last key or common prefix."""

    objects: list[ListedObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: str = ""

    @property
    def count(self) -> int:
        """How many entries the page has."""
        return len(self.objects) + len(self.prefixes)


def list_objects(database: sqlite3.Connection, question: Question) -> Page:
    """Answer a listing, grouping keys by the delimiter where there is one."""
    page = Page()
    start: str | None = _start(question)
    while start is not None:
        start = _read_range(database, question, start, page)
    return page


def list_versions(
    database: sqlite3.Connection, question: Question, before: int
) -> tuple[list[tuple[StoredObject, bool]], bool]:
    """Return versions with whether each is the latest, newest first, and if there are more.

    Of the key `question.after` only those with a sequence lower than `before` are listed.
    """
    start = max(question.after, question.prefix)
    values = {"bucket": question.bucket, "start": start, "before": before}
    if start != question.after:
        values["before"] = 1 << 62
    found: list[tuple[StoredObject, bool]] = []
    seen = question.after if before < 1 << 62 else None
    for row in database.execute(_VERSIONS, values):
        version = schema.object_from(row)
        if not version.key.startswith(question.prefix):
            break
        if len(found) == question.limit:
            return found, True
        found.append((version, version.key != seen))
        seen = version.key
    return found, False


def after_prefix(prefix: str) -> str | None:
    """Return the least key that sorts after all keys with the prefix, or None."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:
        following = 0xE000  # surrogates are no characters
    return kept[:-1] + chr(following)


def _start(question: Question) -> str | None:
    if not question.after or question.after < question.prefix:
        return question.prefix
    group = _group(question, question.after)
    if group == question.after:
        return after_prefix(group)  # the marker is a common prefix: its keys are done
    return question.after + "\0"


def _group(question: Question, key: str) -> str:
    """Return the common prefix a key is listed under, or an empty text."""
    if not question.delimiter or not key.startswith(question.prefix):
        return ""
    head, found, _ = key[len(question.prefix) :].partition(question.delimiter)
    return question.prefix + head + found if found else ""


def _read_range(
    database: sqlite3.Connection, question: Question, start: str, page: Page
) -> str | None:
    """Add entries to the page; return where to go on after a common prefix, or None."""
    for row in _rows(database, question, start):
        if page.count >= question.limit:
            page.truncated = page.count > 0
            return None
        group = _group(question, row[0])
        page.last = group or row[0]
        if group:
            page.prefixes.append(group)
            return after_prefix(group)
        page.objects.append(ListedObject(*row))
    return None


def _rows(
    database: sqlite3.Connection, question: Question, start: str
) -> Iterator[tuple[str, float, str, str, int, str]]:
    end = after_prefix(question.prefix)
    if end is None:
        yield from database.execute(_FROM_UNBOUNDED, (question.bucket, start))
    else:
        yield from database.execute(_FROM, (question.bucket, start, end))
