"""Queries of listings: ranges of the key index, in the order of the keys' UTF-8 bytes."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from local.oss import schema
from local.oss.model import StoredObject

_LAST = "\U0010ffff"
ANY_SEQUENCE = 1 << 62
"""Beyond all sequences of versions."""

# Each reads one range of the index, row by row while the caller iterates.
_FROM = """SELECT key, modified, etag, kind, size, headers FROM objects
           WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key"""
_FROM_UNBOUNDED = """SELECT key, modified, etag, kind, size, headers FROM objects
                     WHERE bucket = ? AND key >= ? ORDER BY key"""
_COUNT = "SELECT COUNT(*) FROM objects WHERE bucket = ? AND key >= ? AND key < ?"
_VERSIONS = """
    SELECT * FROM (SELECT * FROM objects WHERE bucket = :bucket AND key >= :start
                   UNION ALL
                   SELECT * FROM versions WHERE bucket = :bucket AND key >= :start)
    WHERE key > :start OR sequence < :before ORDER BY key, sequence DESC"""


@dataclass(frozen=True)
class ListingQuery:
    """Which keys to list: those with the prefix, after the marker, at most `limit` entries."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    limit: int = 100


@dataclass(frozen=True)
class ListedObject:
    """An object in a listing."""

    key: str
    modified: float
    etag: str
    kind: str
    size: int
    headers: str


@dataclass
class Page:
    """A page of a listing; `last` is its last key or common prefix."""

    objects: list[ListedObject] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: str = ""

    @property
    def count(self) -> int:
        """The number of entries."""
        return len(self.objects) + len(self.prefixes)


def list_objects(database: sqlite3.Connection, query: ListingQuery) -> Page:
    """Return a page of a listing, grouping keys by the delimiter if there is one."""
    page = Page()
    start: str | None = _start(query)
    while start is not None:
        start = _read_range(database, query, start, page)
    return page


def count_keys(database: sqlite3.Connection, bucket: str, prefix: str) -> int:
    """Return the number of keys with a prefix."""
    end = after_prefix(prefix) or _LAST * 2
    ((number,),) = database.execute(_COUNT, (bucket, prefix, end))
    return int(number)


@dataclass
class VersionPage:
    """A page of versions, newest first, each with whether it is the latest of its key.

    `next_key` and `next_version` are where the next page begins: behind them.
    """

    versions: list[tuple[StoredObject, bool]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    next_key: str = ""
    next_version: str = ""

    @property
    def count(self) -> int:
        """The number of entries."""
        return len(self.versions) + len(self.prefixes)


def list_versions(database: sqlite3.Connection, query: ListingQuery, before: int) -> VersionPage:
    """Return a page of versions, grouping keys by the delimiter if there is one.

    Of the key `query.after` only those with a sequence lower than `before` are listed.
    """
    page = VersionPage()
    start: str | None = max(query.after, query.prefix)
    if query.after and group_of(query, query.after) == query.after:
        start = after_prefix(query.after)  # the marker is a common prefix
    seen = query.after if before < ANY_SEQUENCE else None
    while start is not None:
        until = before if start == query.after else ANY_SEQUENCE
        values: dict[str, str | int] = {"bucket": query.bucket, "start": start, "before": until}
        start, seen = _read_versions(database, query, values, page, seen)
    return page


def _read_versions(
    database: sqlite3.Connection,
    query: ListingQuery,
    values: dict[str, str | int],
    page: VersionPage,
    seen: str | None,
) -> tuple[str | None, str | None]:
    """Add entries; return where to continue after a common prefix, and the key that was last."""
    for row in database.execute(_VERSIONS, values):
        version = schema.object_from(row)
        if not version.key.startswith(query.prefix):
            break
        if page.count == query.limit:
            page.truncated = True
            break
        group = group_of(query, version.key)
        page.next_key, page.next_version = group or version.key, "" if group else version.version_id
        if group:
            page.prefixes.append(group)
            return after_prefix(group), seen
        page.versions.append((version, version.key != seen))
        seen = version.key
    return None, seen


def after_prefix(prefix: str) -> str | None:
    """Return the first key after all keys with the prefix, or None."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:
        following = 0xE000  # surrogates are not characters
    return kept[:-1] + chr(following)


def _start(query: ListingQuery) -> str | None:
    if not query.after or query.after < query.prefix:
        return query.prefix
    group = group_of(query, query.after)
    if group == query.after:
        return after_prefix(group)  # the marker is a common prefix: its keys are listed
    return query.after + "\0"


def group_of(query: ListingQuery, key: str) -> str:
    """Return the common prefix that a key is listed under, or an empty string."""
    if not query.delimiter or not key.startswith(query.prefix):
        return ""
    head, found, _ = key[len(query.prefix) :].partition(query.delimiter)
    return query.prefix + head + found if found else ""


def _read_range(
    database: sqlite3.Connection, query: ListingQuery, start: str, page: Page
) -> str | None:
    """Add entries to the page; returns where to continue after a common prefix, or None."""
    for row in _rows(database, query, start):
        if page.count >= query.limit:
            page.truncated = page.count > 0
            return None
        group = group_of(query, row[0])
        page.last = group or row[0]
        if group:
            page.prefixes.append(group)
            return after_prefix(group)
        page.objects.append(ListedObject(*row))
    return None


def _rows(
    database: sqlite3.Connection, query: ListingQuery, start: str
) -> Iterator[tuple[str, float, str, str, int, str]]:
    end = after_prefix(query.prefix)
    if end is None:
        yield from database.execute(_FROM_UNBOUNDED, (query.bucket, start))
    else:
        yield from database.execute(_FROM, (query.bucket, start, end))
