"""An instance that dies over a job: nothing that it still does reaches anybody."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.settings import Api
from tests.fakes import Call, FakeApi
from tests.unit.samples import files_answer
from tests.unit.world import BACKLOG, World

FILE = "c/a.srt"
DONE = files_answer(FILE)
LEASE = 80.0
"""Seconds after which an invocation of 60 seconds is surely over."""


class KilledError(BaseException):
    """The end of a process: no code of ours gets to do anything more."""


class _Api(FakeApi):
    """The service, as an instance sees it that dies when it asks about some jobs."""

    def __init__(self, world: DeadlyWorld) -> None:
        super().__init__()
        self.otherwise = DONE
        self._world = world

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        if job_id in self._world.deadly:
            self._world.die()
        if job_id in self._world.hanging:
            self._world.clock.pass_by(self._world.timeout)
            self._world.released.wait(10)
        return super().query(api, job_id, limit)


class DeadlyWorld(World):
    """A function whose instances die over some jobs or files, each counted."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.deadly: set[str] = set()
        self.hanging: set[str] = set()
        self.released = threading.Event()
        self.deaths = 0
        self._is_dead = False
        self.api = _Api(self)
        self.store.put(FILE, b"1\n00:00:01,000 --> 00:00:02,000\nhi\n")
        self.store.fault = self._look_at

    def _look_at(self, call: Call) -> None:
        if self._is_dead:
            raise KilledError
        if call.operation in {"read", "range"} and call.key in self.deadly:
            self.die()

    def die(self) -> None:
        """Kill the instance."""
        if not self._is_dead:
            self.deaths += 1
        self._is_dead = True
        raise KilledError

    def survives(self, invoke: Callable[[], object]) -> bool:
        """Invoke a new instance; return whether it lives to return."""
        with suppress(KilledError):
            invoke()
        was_dead, self._is_dead = self._is_dead, False
        return not was_dead

    def park(self, *job_ids: str, **fields: Any) -> None:
        """Park jobs, due now in this order."""
        for number, job_id in enumerate(job_ids):
            body = json.dumps({"jobId": job_id, "api": "mps", **fields}).encode()
            self.store.put(
                f"{BACKLOG}20231114T22{number // 60:02}{number % 60:02}Z/{job_id}.json", body
            )

    def ended(self) -> set[str]:
        """Return the jobs that have a manifest."""
        return {
            key.split("/")[1].removesuffix(".json") for key in self.store.home_keys("manifests/")
        }
