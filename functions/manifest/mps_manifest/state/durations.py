"""Remember how long jobs of each algorithm took, so that running ones are looked at when they end.

One small record for all instances. Nobody locks it: whoever learned something reads it, adds that
and writes it back, so what another one wrote meanwhile is lost, which only costs knowledge.
(docs/decisions/17)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from mps_manifest.errors import ServiceError
from mps_manifest.ports import Clock
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

_MOST_ALGORITHMS = 64
_MOST_JOBS = 32
"""The latest jobs of an algorithm, which count."""
_MAX_BYTES = 64 * 1024
_LONGEST = 7 * 24 * 3600
"""Seconds that a job is believed to have taken at most."""
_FRESH = 300.0
"""Seconds after which an instance reads the record again."""
_TRY_AGAIN = 30.0
"""Seconds after which it does so where reading failed."""
_NAME = re.compile(r"[0-9A-Za-z_.-]{1,64}")

Durations = dict[str, tuple[float, list[int]]]
"""By algorithm, when the last job was learned of, and the seconds that the latest ones took."""


class LearnedDurations:
    """What one instance knows of durations, for several threads and all of its invocations."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.known: Durations = {}
        self.new: Durations = {}
        self.fresh_until = float("-inf")


class DurationRecord:
    """The record of durations, over what this instance knows of it."""

    def __init__(self, records: Records, keys: Keys, learned: LearnedDurations) -> None:
        self._records = records
        self._key = keys.durations
        self._learned = learned

    def of(self, algorithm: str) -> Sequence[int]:
        """Return the seconds that the latest jobs of an algorithm took, sorted.

        Empty where nothing is known, or the record cannot be read.
        """
        telemetry = self._records.telemetry
        with self._learned.lock:
            if self._learned.clock.monotonic() >= self._learned.fresh_until:
                try:
                    self._read()
                except ServiceError as error:
                    self._be_fresh_for(_TRY_AGAIN)
                    telemetry.log("warning", "durations not read", reason=error.reason)
            return sorted(self._learned.known.get(algorithm, (0.0, []))[1])

    def learn(self, algorithm: str, seconds: float) -> None:
        """Remember how long a job took; `save` writes it down."""
        if not _NAME.fullmatch(algorithm):
            return
        took = [min(max(1, round(seconds)), _LONGEST)]
        with self._learned.lock:
            now = self._learned.clock.now()
            for durations in (self._learned.known, self._learned.new):
                _add(durations, algorithm, now, took)

    def save(self) -> None:
        """Write down what was learned, if anything; where that fails a later invocation does it."""
        telemetry = self._records.telemetry
        with self._learned.lock:
            if not self._learned.new:
                return
            try:
                self._read()
                self._records.write(self._key, _fields(self._learned.known), overwrite=True)
                self._learned.new = {}
            except ServiceError as error:
                telemetry.log("warning", "durations not noted", reason=error.reason)

    def _read(self) -> None:
        """Read what all instances know, and add what is new here. Raises ServiceError."""
        learned = self._learned
        record = self._records.read(self._key, _MAX_BYTES, _parse)
        self._be_fresh_for(_FRESH)
        learned.known = record.value if isinstance(record, Record) else {}
        for algorithm, (moment, took) in learned.new.items():
            _add(learned.known, algorithm, moment, took)

    def _be_fresh_for(self, seconds: float) -> None:
        self._learned.fresh_until = self._learned.clock.monotonic() + seconds


def _add(durations: Durations, algorithm: str, moment: float, took: Sequence[int]) -> None:
    """Add the latest jobs of an algorithm; the one that was not met for longest gives way."""
    _, before = durations.get(algorithm, (0.0, []))
    durations[algorithm] = (moment, [*before, *took][-_MOST_JOBS:])
    while len(durations) > _MOST_ALGORITHMS:
        del durations[min(durations, key=lambda name: durations[name][0])]


def _fields(durations: Durations) -> Mapping[str, Any]:
    return {
        name: {"learned": moment, "seconds": took} for name, (moment, took) in durations.items()
    }


def _parse(fields: Any) -> Durations:
    """Parse the record; what is not as it should be is left out."""
    durations: Durations = {}
    for name, known in fields.items():
        if _NAME.fullmatch(name) and isinstance(known, dict):
            took = [n for n in known["seconds"] if type(n) is int and 0 < n <= _LONGEST]
            if took:
                _add(durations, name, float(known["learned"]), took)
    return durations
