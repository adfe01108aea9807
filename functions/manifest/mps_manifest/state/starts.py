"""Remember who was at work on what, so that a job that ends its instance is known afterwards.

A sweep writes one record that names what it is about to work on, replaces it now and then, and
deletes it at the end. One that is left behind names the suspects of what became of that sweep. An
event of several jobs has a record of its own, by its content, so that its next delivery knows that
an earlier one did not end. (docs/decisions/13)
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from mps_manifest.errors import AlreadyExists, NotFound, ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

LONGEST_INVOCATION = 24 * 3600.0
"""The longest timeout that Function Compute takes, in seconds."""
_MARGIN = 10.0
"""Seconds after its timeout by which an invocation is surely over, whatever its clock says."""
_KEPT = 7 * 24 * 3600.0
"""Seconds for which the record of an event is kept: later nobody delivers it again."""
_MAX_BYTES = 256 * 1024
"""Twice what the largest sweep writes: a thousand tickets and what is open of its jobs."""
_MAX_LISTED = 1000
_MAX_READ = 100
_AT_WORK = re.compile(r"[0-9A-Za-z.-]{1,80}")


class Start(NamedTuple):
    """What another invocation is, or was, at work on; `is_over` where it has surely ended."""

    key: str
    jobs: frozenset[str]
    is_over: bool


class _Fields(NamedTuple):
    until: float
    jobs: frozenset[str]


class Starts:
    """The record of this invocation, and those of others. Only `others` raises ServiceError."""

    def __init__(
        self,
        *,
        records: Records,
        keys: Keys,
        settings: Settings,
        deadline: Deadline,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._records = records
        self._store = records.store
        self._keys = keys
        self._bucket = settings.bucket
        self._clock = clock
        self._telemetry = telemetry
        self._own = keys.started_sweep(secrets.token_hex(8))
        self._is_written = False
        self.until = clock.now() + deadline.until_answer() + _MARGIN
        """When this invocation is surely over, in seconds since the epoch."""

    def counts(self, until: float | None) -> bool:
        """Return whether somebody who had until then may still be at work.

        A time that no invocation has is not believed.
        """
        left = 0.0 if until is None else until - self._clock.now()
        return 0 < left <= LONGEST_INVOCATION + _MARGIN

    # --- sweeps --------------------------------------------------------------------------------

    def at_work_on(self, jobs: Collection[str]) -> None:
        """Write down what is started next; without it the work goes on, unprotected."""
        if not jobs:
            return
        record = {"until": self.until, "jobs": sorted(jobs)}
        try:
            self._records.write(self._own, record, overwrite=True)
        except ServiceError as error:
            self._telemetry.log("warning", "start not noted", reason=error.reason)
        self._is_written = True  # perhaps, even where the answer was an error

    def ended(self, hanging: Collection[str]) -> None:
        """Delete the record of this sweep; where jobs hang it stays and names them."""
        if hanging:
            self.at_work_on(hanging)
        elif self._is_written:
            self._delete(self._own)

    def others(self) -> list[Start]:
        """Read what other sweeps are at work on, or were when they crashed. May raise ServiceError.

        Records that are broken or of no use any more are deleted.
        """
        page = list(islice(self._store.keys(self._bucket, self._keys.started), _MAX_LISTED))
        sweeps = [key for key in page if self._is_sweep(key) and key != self._own]
        events = [key for key in page if self._keys.parse_started_event(key)]
        found = [self._read(key) for key in [*sweeps, *events][:_MAX_READ]]
        return [start for start in found if start]

    def _read(self, key: str) -> Start | None:
        """Read a record; None for that of an event, or one that is deleted."""
        record = self._records.read(key, _MAX_BYTES, _parse)
        if record is None:
            return None
        if not isinstance(record, Record):
            self._delete(key)
        elif self._is_sweep(key):
            is_over = not self.counts(record.value.until)
            return Start(key, record.value.jobs, is_over)
        elif not self._may_come_again(record.value.until):
            self._delete(key)
        return None

    def _is_sweep(self, key: str) -> bool:
        return self._keys.parse_started_sweep(key) is not None

    def forget(self, start: Start) -> None:
        """Delete the record of a sweep that is over, and whose jobs were looked after."""
        if start.is_over:
            self._delete(start.key)

    def _may_come_again(self, until: float) -> bool:
        return abs(self._clock.now() - until) < LONGEST_INVOCATION + _KEPT

    # --- events --------------------------------------------------------------------------------

    def event_begins(self, event: bytes) -> bool:
        """Write that an event of several jobs is started; False if it was, and has not ended.

        Then an earlier delivery crashed, or is still at work.
        """
        key = self._keys.started_event(event)
        try:
            if self._store.versioned() and self._is_there(key):  # where writing refuses nothing
                return False
            self._records.write(key, {"until": self.until, "jobs": ()}, overwrite=False)
        except AlreadyExists:
            return False
        except ServiceError as error:
            self._telemetry.log("warning", "start not noted", reason=error.reason)
        return True

    def event_ends(self, event: bytes) -> None:
        """Delete the record of an event, however it ended: its next delivery is a new one."""
        self._delete(self._keys.started_event(event))

    def _is_there(self, key: str) -> bool:
        try:
            self._store.head(self._bucket, key)
        except NotFound:
            return False
        return True

    def _delete(self, key: str) -> None:
        with suppress(ServiceError):  # then a sweep deletes it when it is over
            self._store.delete(key)


def _parse(fields: Any) -> _Fields:
    jobs = frozenset(name for name in fields["jobs"] if _AT_WORK.fullmatch(name))
    return _Fields(float(fields["until"]), jobs)
