"""List what is due: urgent entries first, however many bulk ones are due before them.

The list of the store is walked page by page. Where a page ends inside of a bulk second the rest of
that second is jumped over, and listed when its turn comes. So urgent entries cost no more pages
than they fill, and one more for each such second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.job_ids import is_job_id
from mps_manifest.ports import Clock, ObjectStore
from mps_manifest.state.due_seconds import is_bulk_second
from mps_manifest.state.keys import Keys, ticket_hash

_TURNS = 8
"""Bulk seconds that take turns."""
_MOST_KNOWN = 20_000
"""Names of bulk entries that are remembered; more of them are listed once more."""
_NO_TIME = 1.0
"""The second of a stranger's key, which is urgent, so that none is jumped over for it."""


class DueEntry(NamedTuple):
    """The key of an entry in the backlog, and what it says; `due` in seconds since the epoch.

    The entry of a parked ticket has `<sha256>.ticket` in place of a job ID.
    """

    key: str
    job_id: str
    due: float

    @property
    def is_ticket(self) -> bool:
        """Whether the entry is a parked ticket."""
        return ticket_hash(self.job_id) is not None


class DueEntries:
    """What is due in the backlog, for one thread. Its methods may raise ServiceError.

    Urgent entries come in the order in which they fall due. The bulk ones of one second come in
    that of their keys, and up to eight seconds, the oldest ones, take turns: what one ticket has
    parked does not wait for all of what another one parked just before.

    `entries_seen` counts the entries on the pages of the first look, due or not: all that there
    are where they fill no page, else at least so many.
    """

    def __init__(self, store: ObjectStore, bucket: str, keys: Keys, clock: Clock) -> None:
        self._store = store
        self._bucket = bucket
        self._keys = keys
        self._clock = clock
        self._after = ""
        self.entries_seen = 0
        self._seconds: deque[_BulkSecond] = deque()
        self._known = self._turn = 0
        self._last_known = ""
        self._coming: float | None = None
        self._unlisted, self._listed_until = "", 0.0

    def look(self) -> Iterator[DueEntry]:
        """Yield the urgent entries that have become due since the last look; note the bulk ones.

        A look is to be finished before the next one begins.
        """
        now, after = self._clock.now(), self._after
        self._coming, self._unlisted = None, ""
        page = self._store.page(self._bucket, self._keys.backlog, after)
        while True:
            entries = list(self._entries(page.keys))
            if not after:
                self.entries_seen += len(entries)
            for due in entries:
                if due.due > now:
                    self._note_coming(due)
                    if self._coming is not None:
                        break  # nobody asks for what is due after that
                elif is_bulk_second(due.due):
                    self._note_bulk(due)
                else:
                    yield due
            if not page.more:
                break
            last = page.keys[-1]
            moment, _ = self._keys.parse_backlog_entry(last) or (_NO_TIME, "")
            if moment > now:
                self._unlisted, self._listed_until = self._behind(last, moment), moment
                break
            if is_bulk_second(moment):
                second = self._second(moment)
                second.rest = last if second.rest is None else second.rest
            page = self._store.page(self._bucket, self._keys.backlog, self._behind(last, moment))
        self._after = self._keys.behind_second(now)

    def next_urgent(self, before: float) -> float | None:
        """Return when the next urgent job falls due, as of the last look; None if not before that.

        Costs a request where a page of bulk entries may hide it, and looks no further than one.
        """
        if self._coming is None and self._unlisted and self._listed_until < before:
            page = self._store.page(self._bucket, self._keys.backlog, self._unlisted)
            self._unlisted = ""
            for due in self._entries(page.keys):
                self._note_coming(due)
        return self._coming if self._coming is not None and self._coming < before else None

    def next_bulk(self) -> DueEntry | None:
        """Return a bulk entry whose turn it is, and forget it; None where none is left."""
        while self._seconds:
            self._turn %= min(len(self._seconds), _TURNS)
            second = self._seconds[self._turn]
            if not second.names and second.rest is not None:
                self._list(second)
            if second.names:
                name = second.names.popleft()
                self._known -= 1
                self._turn += 1
                return DueEntry(self._keys.backlog_entry(second.due, name), name, second.due)
            if second.rest is None:
                del self._seconds[self._turn]
        return None

    # --- what a look sees ----------------------------------------------------------------------

    def _entries(self, keys: tuple[str, ...]) -> Iterator[DueEntry]:
        """Yield the entries among keys; a stranger's keys are none."""
        for key in keys:
            due, name = self._keys.parse_backlog_entry(key) or (_NO_TIME, "")
            entry = DueEntry(key, name, due)
            if is_job_id(name) or entry.is_ticket:
                yield entry

    def _note_coming(self, due: DueEntry) -> None:
        if self._coming is None and not is_bulk_second(due.due) and not due.is_ticket:
            self._coming = due.due

    def _note_bulk(self, due: DueEntry) -> None:
        second = self._second(due.due)
        if second.rest is not None:
            return  # it is listed from there on when its turn comes
        if self._known < _MOST_KNOWN:
            second.names.append(due.job_id)
            self._known += 1
            self._last_known = due.key
        else:
            second.rest = self._last_known

    def _second(self, moment: float) -> _BulkSecond:
        if not self._seconds or self._seconds[-1].due != moment:
            self._seconds.append(_BulkSecond(moment))
        return self._seconds[-1]

    def _behind(self, key: str, moment: float) -> str:
        return self._keys.behind_second(moment) if is_bulk_second(moment) else key

    def _list(self, second: _BulkSecond) -> None:
        """List one more page of a bulk second."""
        prefix = self._keys.backlog_second(second.due)
        page = self._store.page(self._bucket, prefix, second.rest or "")
        second.names.extend(due.job_id for due in self._entries(page.keys))
        self._known += len(second.names)
        second.rest = page.keys[-1] if page.more else None


class _BulkSecond:
    """The bulk entries that are due at one second.

    `names` are those that are known; if there are others, they are to be listed after `rest`.
    """

    def __init__(self, due: float) -> None:
        self.due = due
        self.names: deque[str] = deque()
        self.rest: str | None = None
