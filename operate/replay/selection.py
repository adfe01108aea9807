"""What a person names on the command line, as sources to replay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from mps_manifest.errors import NotFound
from mps_manifest.events.times import parse_time
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.settings import Api
from operate.access.connection import Connection
from operate.access.in_parallel import in_parallel
from operate.access.survey import HEX, Sample, survey, within
from operate.console.program import typed
from operate.errors import OperatorError
from operate.explain.subject import find_subject, no_job
from operate.records.manifest_list import ManifestFilter, manifest_pages
from operate.records.rejected_entries import read_rejected
from operate.replay.sources import Source

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EntryFilter(NamedTuple):
    """Which quarantine entries are meant: by a part of the reason, and by age in seconds."""

    reason: str = ""
    older: float = 0.0


class Selection(NamedTuple):
    """What is to be replayed: sources that are named, or all that match."""

    names: tuple[str, ...]
    entries: EntryFilter
    manifests: ManifestFilter
    api: Api | None
    is_all: bool

    def check(self) -> None:
        """Raise OperatorError where it cannot be told what is meant."""
        filtered = self.entries != EntryFilter() or self.manifests != ManifestFilter()
        if bool(self.names) == self.is_all:
            raise OperatorError(
                "Name jobs, entries or tickets, or say --all; not both.",
                f"{typed('mpsm replay --help')} has examples.",
            )
        if filtered and not self.is_all:
            raise OperatorError("Filters are for --all.", "Add --all, or leave the filters out.")
        if self.entries != EntryFilter() and self.manifests != ManifestFilter():
            raise OperatorError(
                "--reason and --older choose quarantine entries, the other filters manifests.",
                "Replay the ones, and then the others.",
            )

    def sources(self, connection: Connection) -> tuple[Iterator[Source], int | None]:
        """Return the sources, and how many they are where that is known.

        Raises OperatorError for a name that is none.
        """
        if self.names:
            named = [_named(connection, name, self.api) for name in dict.fromkeys(self.names)]
            return iter(named), len(named)
        if self.manifests != ManifestFilter():
            return _manifest_sources(connection, self.manifests), None
        total = _count(connection) if self.entries == EntryFilter() else None
        return _entry_sources(connection, self.entries), total


def _named(connection: Connection, name: str, api: Api | None) -> Source:
    keys, settings = connection.core.keys, connection.settings
    if _SHA256.fullmatch(name):
        return Source(entry=keys.rejected_by_hash(name))
    if name.startswith("oss://"):
        bucket, _, key = name.removeprefix("oss://").partition("/")
        return Source(ticket=(bucket, key))
    if settings.ticket_prefix and name.startswith(settings.ticket_prefix):
        return Source(ticket=(settings.bucket, name))
    if is_job_id(name):
        return _by_beginning(connection, name, api)
    raise OperatorError(
        f"{name} is neither a job ID, nor a quarantine entry's hash, nor a ticket.",
        f"A ticket is named by its key below {settings.ticket_prefix}, or by oss://bucket/key.",
    )


def _by_beginning(connection: Connection, text: str, api: Api | None) -> Source:
    """Return a job by its ID, or a job or an entry by as much as tells it from the others."""
    if is_bare_job_id(text):
        return Source(job_id=text, api=api)
    found = find_subject(connection, text)
    if found.what == "ticket":
        raise no_job(connection, text, found)
    if found.what == "piece":
        return Source(entry=connection.core.keys.rejected_by_hash(found.name))
    return Source(job_id=found.name, api=api)


def _manifest_sources(connection: Connection, wanted: ManifestFilter) -> Iterator[Source]:
    """Yield the jobs of the manifests that are meant. Raises ServiceError."""
    for page in manifest_pages(connection, wanted):
        yield from (Source(job_id=each.job_id, api=each.api) for each in page.found)


def _entry_sources(connection: Connection, wanted: EntryFilter) -> Iterator[Source]:
    """Yield the quarantine entries that are meant. Raises ServiceError."""
    for page in within(connection.pages.page, connection.core.keys.rejected):
        keys: Sequence[str] = page
        if wanted != EntryFilter():
            found = in_parallel(
                connection.threads,
                lambda key: key if _is_meant(connection, key, wanted) else "",
                page,
            )
            keys = sorted(filter(None, found))
        yield from (Source(entry=key) for key in keys)


def _count(connection: Connection) -> int:
    """Return how many quarantine entries there are, for the time that is left. One call a page."""
    counted, prefix = Sample(0), connection.core.keys.rejected
    survey(connection.pages.page, prefix, counted.note, splits=HEX, threads=connection.threads)
    return counted.total


def _is_meant(connection: Connection, key: str, wanted: EntryFilter) -> bool:
    if wanted.older:
        facts, now = connection.facts_of(key), connection.clock.now()
        if facts is None or now - (parse_time(facts.last_modified) or now) < wanted.older:
            return False
    if not wanted.reason:
        return True
    with suppress(NotFound):
        return wanted.reason.lower() in read_rejected(connection, key).reason.lower()
    return False
