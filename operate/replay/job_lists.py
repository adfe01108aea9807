"""Where a backfill takes its jobs from: a file, or manifests that stand."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from mps_manifest.events import Item, JobRequest, Unusable, decode_lines, decode_ticket, holds_lines
from mps_manifest.events.bulk import FIRST_JOBS
from mps_manifest.job_limits import MAX_JSON_BYTES
from mps_manifest.parsing.canonical_json import canonical_text
from operate.access.connection import Connection
from operate.errors import OperatorError
from operate.records.manifest_list import ManifestFilter, manifest_pages

CHUNK = 100
"""Jobs after which it is written down how far a backfill has come."""
ORIGIN = "mpsm backfill"
_READ_AT_ONCE = 64 * 1024


class Chunk(NamedTuple):
    """Some jobs, and the position behind them."""

    requests: list[JobRequest]
    position: str


class JobList(Protocol):
    """A list of jobs, the same ones in the same order each time."""

    @property
    def source(self) -> str:
        """What it is, which names the ledger."""

    @property
    def total(self) -> int | None:
        """How many jobs it has, where that is known."""

    def chunks(self, position: str) -> Iterator[Chunk]:
        """Yield the jobs behind a position. Raises ServiceError."""


class FileOfJobs:
    """A file as tickets are: lines of job IDs, or a direct body. Its content is its name.

    Raises OperatorError where it cannot be read, or has anything else in it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        digest, self.total = sha256(), 0
        try:
            with file.open("rb") as opened:
                while part := opened.read(_READ_AT_ONCE):
                    digest.update(part)
            for item in self._items():
                if isinstance(item, Unusable):
                    raise OperatorError(
                        f"{file.name}: {item.reason}.", "Correct the file; nothing was done."
                    )
                self.total += isinstance(item, JobRequest)
        except OSError as error:
            raise OperatorError(
                f"{file.name} cannot be read ({error.strerror}).", "Name a file of job IDs."
            ) from None
        if not self.total:
            raise OperatorError(f"{file.name} names no job.", "One job ID a line will do.")
        self.source = f"file {digest.hexdigest()}"

    def chunks(self, position: str) -> Iterator[Chunk]:
        """Yield the jobs behind a position, which is the number of those before."""
        done = int(position) if position.isdecimal() else 0
        requests = (each for each in self._items() if isinstance(each, JobRequest))
        rest = islice(requests, done, None)
        while found := list(islice(rest, CHUNK)):
            done += len(found)
            yield Chunk([each._replace(task_token=None, task_jobs=()) for each in found], str(done))

    def _items(self) -> Iterator[Item]:
        """Yield what is in the file; lines are read as they are needed."""
        with self._file.open("rb") as opened:
            head = opened.read(_READ_AT_ONCE)
            opened.seek(0)
            if len(head) == _READ_AT_ONCE and holds_lines(head):
                yield from decode_lines(iter(lambda: opened.read(_READ_AT_ONCE), b""), ORIGIN)
            else:
                yield from decode_ticket(opened.read(MAX_JSON_BYTES + 1), ORIGIN)


class StandingManifests:
    """The jobs of the manifests that match a filter."""

    total = None

    def __init__(self, connection: Connection, wanted: ManifestFilter) -> None:
        self._connection = connection
        self._wanted = wanted
        self.source = f"manifests {canonical_text(wanted._asdict())}"

    def chunks(self, position: str) -> Iterator[Chunk]:
        """Yield the jobs of each page of manifests; a position is the last key of a page."""
        jobs = 0
        for page in manifest_pages(self._connection, self._wanted, position):
            requests = []
            for each in page.found:
                jobs += 1
                bulk = jobs > FIRST_JOBS
                requests.append(JobRequest(each.job_id, each.api, "park", ORIGIN, bulk=bulk))
            yield Chunk(requests, page.last)
