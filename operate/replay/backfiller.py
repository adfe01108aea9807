"""Do the jobs of a list, in chunks, and write down after each how far that is."""

from __future__ import annotations

from collections.abc import Callable

from operate.access.connection import Connection
from operate.access.in_parallel import in_parallel
from operate.replay.job_lists import Chunk, JobList
from operate.replay.jobs import JobRunner
from operate.replay.ledger import Ledger, Progress
from operate.replay.replayer import CORE_SECONDS


def backfill(
    connection: Connection,
    jobs: JobList,
    progress: Progress,
    ledger: Ledger,
    *,
    asks: bool,
    advance: Callable[[int], None],
) -> None:
    """Finish or park the jobs behind the position of the progress, which is kept up to date.

    What was killed does the jobs of one chunk again, and writes nothing twice. A job that could be
    neither finished nor parked ends it, so that the next one begins with the same chunk. Raises
    ServiceError.
    """
    for chunk in jobs.chunks(progress.position):
        done = Progress(progress.source, progress.started_at)
        _run_chunk(connection, chunk, done, asks=asks, advance=advance)
        progress.counts.update(done.counts)
        for each in done.open:
            progress.note_open(each)
        if done.counts["lost"]:
            return
        progress.position = chunk.position
        ledger.write(progress)


def _run_chunk(
    connection: Connection,
    chunk: Chunk,
    done: Progress,
    *,
    asks: bool,
    advance: Callable[[int], None],
) -> None:
    core = connection.new_core(CORE_SECONDS, yields=True)
    runner = JobRunner(core, connection.clock, asks=asks)
    core.notes.expect(each.job_id for each in chunk.requests)
    try:
        for ended in in_parallel(connection.threads, runner.run, chunk.requests):
            done.add(ended)
            advance(1)
    finally:
        core.notes.ended()
