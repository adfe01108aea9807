"""Lists of what there is, by what is in it: manifests, the backlog, the quarantine.

Keys are listed a page at a time, and objects looked into 64 at a time, until there are enough that
are wanted, or as many were looked into as may be. So it costs no more where there is more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, Literal, NamedTuple

from mps_manifest.errors import NotFound
from mps_manifest.events.times import parse_time
from mps_manifest.manifests.ranking import READ_AT_MOST, known_status
from mps_manifest.ports import ObjectFacts
from mps_manifest.state.due_entries import DueEntry
from operate.access.connection import Connection
from operate.access.survey import within
from operate.console.words import moment
from operate.errors import OperatorError
from operate.explain.evidence import Parked, content_of, first_error, parked, read_ticket
from operate.records.backlog_keys import entry_of
from operate.records.inputs import input_in, input_test
from operate.records.manifest_list import algorithm_in
from operate.records.rejected_entries import read_rejected

What = Literal["backlog", "rejected", "manifests"]
_AT_ONCE = 64
_READ_AT_ONCE = 4
"""Manifests that are read whole: each may have 8 MiB."""
_OF_MANIFESTS = ("algorithm", "status", "input")


class Wanted(NamedTuple):
    """What is wanted of a list; what is empty does not matter.

    `older` are seconds since it was written, or of the backlog since the job was first seen;
    `reason` is a part of one, in any case.
    """

    reason: str = ""
    older: float | None = None
    algorithm: str = ""
    status: str = ""
    input: str = ""


class Row(NamedTuple):
    """A manifest or an entry: its name, its time in seconds since the epoch, and its fields."""

    name: str
    at: float
    fields: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"name": self.name, "at": moment(self.at), **self.fields}


class Listing(NamedTuple):
    """Rows, how many objects were looked into for them, and whether there may be others."""

    rows: tuple[Row, ...]
    looked_at: int
    more: bool


def list_rows(
    connection: Connection, what: What, wanted: Wanted, *, limit: int, most: int
) -> Listing:
    """Return at most `limit` rows, for which at most `most` objects are looked into.

    Raises OperatorError for what such a list cannot be asked for, and ServiceError.
    """
    _check(what, wanted)
    look = _LOOKS[what](connection, wanted)
    listed = _listed(connection, what)
    rows: list[Row] = []
    looked_at = 0
    while len(rows) < limit and looked_at < most:
        some = list(islice(listed, min(_AT_ONCE, most - looked_at)))
        if not some:
            return Listing(tuple(rows), looked_at, more=False)
        looked_at += len(some)
        rows += filter(None, connection.threads.map(look, some))
    more = len(rows) > limit or next(listed, None) is not None
    return Listing(tuple(rows[:limit]), looked_at, more)


def _check(what: What, wanted: Wanted) -> None:
    unknown = [f"--{name}" for name in _OF_MANIFESTS if getattr(wanted, name)]
    if unknown and what != "manifests":
        raise OperatorError(
            f"What is in {what} has no {', '.join(unknown)}.", "Use --reason or --older."
        )


def _listed(connection: Connection, what: What) -> Iterator[str]:
    """Yield keys in order; those of strangers are left out."""
    keys = connection.core.keys
    prefix = {"backlog": keys.backlog, "rejected": keys.rejected, "manifests": keys.manifests}
    parse: dict[What, Callable[[str], object]] = {
        "backlog": partial(entry_of, keys),
        "rejected": keys.parse_rejected,
        "manifests": keys.parse_manifest,
    }
    for page in within(connection.pages.page, prefix[what]):
        yield from filter(parse[what], page)


# --- what is in one object -----------------------------------------------------------------------

Look = Callable[[str], Row | None]


def _manifests(connection: Connection, wanted: Wanted) -> Look:
    is_input = input_test(wanted.input)
    turns = threading.BoundedSemaphore(_READ_AT_ONCE)
    job_of = connection.core.keys.parse_manifest

    def look(key: str) -> Row | None:
        facts = connection.facts_of(key)
        if facts is None or not _is_old(connection, wanted, _written(facts)):
            return None
        place = input_in(facts.metadata)
        fields: dict[str, Any] = {
            "status": known_status(facts.metadata.get("status")) or "unknown",
            "algorithm": algorithm_in(facts.metadata),
            "input": place,
        }
        if wanted.input and not is_input(place):
            return None
        if any(
            value and value.lower() != fields[name].lower()
            for name, value in (("status", wanted.status), ("algorithm", wanted.algorithm))
        ):
            return None
        if wanted.reason:
            with turns:
                fields["reason"] = _first_error(connection, key)
            if wanted.reason.lower() not in fields["reason"].lower():
                return None
        return Row(job_of(key) or "", _written(facts), fields)

    return look


def _first_error(connection: Connection, key: str) -> str:
    """Return type, title and detail of the first error of a manifest."""
    try:
        stored = connection.core.store.read(connection.settings.bucket, key, READ_AT_MOST)
    except NotFound:
        return ""
    first = first_error(content_of(stored))
    return ": ".join(str(first[name]) for name in ("type", "title", "detail") if name in first)


def _backlog(connection: Connection, wanted: Wanted) -> Look:
    def look(key: str) -> Row | None:
        due = entry_of(connection.core.keys, key)
        if due is None:
            return None
        entry = read_ticket(connection, due) if due.is_ticket else _job_entry(connection, due)
        if entry is None or not _is_old(connection, wanted, entry.first_seen):
            return None
        told = entry.document()
        fields = {name: told[name] for name in told if name not in {"key", "firstSeen"}}
        return _row(wanted, due.job_id, entry.first_seen, fields)

    return look


def _job_entry(connection: Connection, due: DueEntry) -> Parked | None:
    entry = connection.core.backlog.read(due)
    return parked(due, entry) if entry else None


def _rejected(connection: Connection, wanted: Wanted) -> Look:
    hash_of = connection.core.keys.parse_rejected

    def look(key: str) -> Row | None:
        facts = connection.facts_of(key)
        if facts is None or not _is_old(connection, wanted, _written(facts)):
            return None
        with suppress(NotFound):
            entry = read_rejected(connection, key)
            fields = {"reason": entry.reason, "origin": entry.origin}
            fields |= {"jobId": entry.job_id} if entry.job_id else {}
            return _row(wanted, hash_of(key) or "", _written(facts), fields)
        return None

    return look


_LOOKS: dict[What, Callable[[Connection, Wanted], Look]] = {
    "manifests": _manifests,
    "backlog": _backlog,
    "rejected": _rejected,
}


def _row(wanted: Wanted, name: str, at: float, fields: dict[str, Any]) -> Row | None:
    if wanted.reason and wanted.reason.lower() not in str(fields["reason"]).lower():
        return None
    return Row(name, at, fields)


def _written(facts: ObjectFacts) -> float:
    return parse_time(facts.last_modified) or 0.0


def _is_old(connection: Connection, wanted: Wanted, since: float) -> bool:
    return wanted.older is None or connection.clock.now() - since >= wanted.older
