"""Replay sources: a quarantine entry goes when all that it names is safe elsewhere.

Killed at any point nothing is lost: an entry is deleted last, and what was finished before is met
again as what stands, so that nothing is written twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mps_manifest.errors import ServiceError
from mps_manifest.events import Item, JobRequest, Ticket, Unusable
from mps_manifest.workflow.core import Core
from operate.access.connection import THREADS, Connection
from operate.access.in_parallel import in_parallel
from operate.replay.jobs import LOST, Ended, JobRunner
from operate.replay.sources import Source

MOST_SHOWN = 100
"""Jobs of one source that are told one by one."""
CHUNK = 100
"""Sources of one core."""
CORE_SECONDS = 600.0
"""How long a core works, so that notes and starts of one that is killed are soon looked after."""

DONE, OPEN, PLANNED = "done", "open", "planned"


@dataclass
class Replayed:
    """What became of a source.

    `state` is `done` where all it names is safe, and an entry is gone; `open` where something is
    left to do, and `why`, so that an entry stays; `planned` in a dry run where it would be done.
    `jobs` are the first hundred.
    """

    source: Source
    state: str = DONE
    why: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    jobs: list[Ended] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, ended: Ended) -> None:
        """Count a job."""
        self.counts[ended.status] += 1
        if len(self.jobs) < MOST_SHOWN:
            self.jobs.append(ended)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        told = {
            "source": self.source.name,
            "kind": self.source.kind,
            "state": self.state,
            "why": self.why,
        }
        jobs = [each.document() for each in self.jobs]
        return {**told, "counts": dict(sorted(self.counts.items())), "jobs": jobs}


class Replayer:
    """Replays sources over a connection, whose store records in a dry run."""

    def __init__(self, connection: Connection, *, asks: bool, is_dry: bool = False) -> None:
        self._connection = connection
        self._asks = asks
        self._is_dry = is_dry

    def run(self, sources: Iterator[Source]) -> Iterator[Replayed]:
        """Yield what becomes of each source, as it comes."""
        # those of the connection do the jobs of a source that has many
        with ThreadPoolExecutor(THREADS, thread_name_prefix="replay") as threads:
            while chunk := list(islice(sources, CHUNK)):
                yield from self._run_chunk(chunk, threads)

    def _run_chunk(self, chunk: Sequence[Source], threads: Executor) -> Iterator[Replayed]:
        core = self._connection.new_core(CORE_SECONDS, yields=True)
        runner = JobRunner(core, self._connection.clock, asks=self._asks, compares=self._is_dry)
        replay = _Replay(core, runner, self._connection.threads, is_dry=self._is_dry)
        core.notes.expect(each.job_id for each in chunk if each.job_id)
        try:
            yield from in_parallel(threads, replay.one, chunk)
        finally:
            core.notes.ended()


class _Replay:
    """The replay of the sources of one core."""

    def __init__(self, core: Core, runner: JobRunner, threads: Executor, *, is_dry: bool) -> None:
        self._core = core
        self._runner = runner
        self._threads = threads
        self._is_dry = is_dry

    def one(self, source: Source) -> Replayed:
        """Replay a source; what fails keeps it. Never raises ServiceError."""
        done = Replayed(source)
        stays: set[str] = set()
        try:
            with closing(self._requests(source, done, stays)) as requests:
                self._run(requests, done, stays)
            self._end(source, done, stays)
        except ServiceError as error:
            done.state, done.why = OPEN, error.reason
        if self._is_dry and done.state == DONE:
            done.state = PLANNED
        return done

    def _run(self, requests: Iterator[JobRequest], done: Replayed, stays: set[str]) -> None:
        """Run the first job here, and if there are others all of those in parallel."""
        for request in requests:
            self._note(self._runner.run(request), done, stays)
            break
        for ended in in_parallel(self._threads, self._runner.run, requests):
            self._note(ended, done, stays)

    def _note(self, ended: Ended, done: Replayed, stays: set[str]) -> None:
        done.add(ended)
        if ended.status == "rejected":
            stays.add(self._core.quarantine.job_key(ended.api, ended.job_id))

    def _requests(
        self, source: Source, done: Replayed, stays: set[str]
    ) -> Generator[JobRequest, None, None]:
        """Yield the jobs of a source; pieces that cannot be used go to the quarantine, or stay."""
        items: list[Iterator[Item]] = [source.items(self._core)]
        while items:
            item = next(items[-1], None)
            if item is None:
                items.pop()
            elif isinstance(item, JobRequest):
                yield item
            elif isinstance(item, Ticket):
                if self._core.tickets.is_ticket(item) and len(items) == 1:
                    items.append(self._core.tickets.read(item))
            elif isinstance(item, Unusable):
                self._keep(source, item, done, stays)

    def _keep(self, source: Source, piece: Unusable, done: Replayed, stays: set[str]) -> None:
        """Keep a piece that cannot be used, unless it is what the entry has."""
        if len(done.faults) < MOST_SHOWN:
            done.faults.append(piece.reason)
        done.counts["rejected"] += 1
        if not piece.payload or self._core.quarantine.key_of(piece.payload) == source.entry:
            stays.add(source.entry)
        else:
            stays.add(self._core.quarantine.add(piece))

    def _end(self, source: Source, done: Replayed, stays: set[str]) -> None:
        """Delete an entry if all it named is safe elsewhere."""
        lost = done.counts[LOST]
        if lost:
            done.state, done.why = OPEN, _first_reason(done, LOST)
        elif not done.counts:
            done.state, done.why = OPEN, "it names no job"
        elif source.entry in stays or (stays and not source.entry):
            done.state, done.why = OPEN, _first_reason(done, "rejected")
        elif source.entry:
            self._core.store.delete(source.entry)


def _first_reason(done: Replayed, status: str) -> str:
    """Return why the first job of a status has it, or else what is wrong with the source."""
    jobs = (each.reason for each in done.jobs if each.status == status)
    return next(filter(None, (*jobs, *done.faults)), status)
