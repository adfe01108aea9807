"""Keep the index in step with the bucket, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from mps_manifest.errors import NotFound, Refused, ServiceError, Unauthorized
from mps_manifest.job_ids import is_job_id
from operate.gallery.index import Index
from operate.gallery.reading import read_manifest
from operate.gallery.source import Entry, Source
from operate.gallery.summary import Summary, summarize

THREADS = 12
_BATCH = 96
_LEAST_AGE = 2.0
"""Seconds between two lists; a list that takes longer is made more rarely, by _REST times."""
_REST = 20
_AFTER_ERROR = 5.0

Clock = Callable[[], float]


class Indexer:
    """Lists manifests when somebody looks, and reads those that are new or have changed."""

    def __init__(self, source: Source, index: Index, clock: Clock = time.monotonic) -> None:
        self._source = source
        self._index = index
        self._clock = clock
        self._wanted = threading.Event()
        self._listed = threading.Event()
        self._ended = threading.Event()
        self._next_list = 0.0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="manifests")
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self.error = ""
        self.is_listed = False
        """Whether a list has come to its end: the index knows of all manifests."""

    def start(self) -> None:
        """Begin with the first list."""
        self._wanted.set()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the calls that are running."""
        self._ended.set()
        self._wanted.set()
        self._thread.join()
        self._threads.shutdown(cancel_futures=True)

    def refresh(self, patience: float) -> None:
        """Have a new list made where the last one is old, waiting for it for some seconds."""
        if self._clock() >= self._next_list:
            self._listed.clear()
            self._wanted.set()
        self._listed.wait(patience)

    def read_now(self, keys: Sequence[str]) -> None:
        """Read those of these manifests that are not read yet."""
        self._read(self._index.unread(len(keys), keys))

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._list()
                self.error = ""
                self._read_all()
            except ServiceError as error:
                self.error = error.reason
                self._next_list = self._clock() + _AFTER_ERROR
            self._listed.set()

    def _list(self) -> None:
        began = self._clock()
        self._index.begin_listing()
        after, more = "", True
        while more and not self._ended.is_set():
            page = self._source.page(after)
            self._index.note(self._manifests(page.entries))
            more = page.more
            after = page.entries[-1].key if page.entries else ""
        if not self._ended.is_set():
            self._index.end_listing()
            self.is_listed = True
        ended = self._clock()
        self._next_list = ended + max(_LEAST_AGE, _REST * (ended - began))
        self._listed.set()

    def _manifests(self, entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
        """Return job IDs and entries of manifests; sidecars and what others wrote are left out."""
        named = ((self._job_id(entry.key), entry) for entry in entries)
        return [(job_id, entry) for job_id, entry in named if is_job_id(job_id)]

    def _job_id(self, key: str) -> str:
        name = key.removeprefix(self._source.prefix)
        return name.removesuffix(".json") if name.endswith(".json") else ""

    def _read_all(self) -> None:
        while not self._ended.is_set() and (batch := self._index.unread(_BATCH)):
            self._read(batch)

    def _read(self, batch: Sequence[tuple[str, str, str]]) -> None:
        """Read manifests in parallel. Raises ServiceError, after noting those that were read."""
        summaries = list(self._threads.map(self._summary_or_error, batch))
        pairs = list(zip(batch, summaries, strict=True))
        self._index.add((key, etag, s) for (key, _, etag), s in pairs if isinstance(s, Summary))
        self._index.forget(key for (key, _, _), s in pairs if isinstance(s, NotFound))
        for failed in summaries:
            if isinstance(failed, ServiceError) and not isinstance(failed, NotFound):
                raise failed

    def _summary_or_error(self, unread: tuple[str, str, str]) -> Summary | ServiceError:
        key, job_id, _ = unread
        try:
            return self._summary(key, job_id)
        except ServiceError as error:
            return error

    def _summary(self, key: str, job_id: str) -> Summary:
        """Return the row of a manifest; one that the keys may not read is no manifest for them."""
        try:
            body = self._source.manifest(key)
        except (Unauthorized, Refused):
            body = b""
        return summarize(read_manifest(body, job_id))
