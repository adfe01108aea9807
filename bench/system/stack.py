"""The stack of template.yml beside a local cloud, with its timer, for one run."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from types import TracebackType

from bench.jobs import BUCKET
from bench.packages import Code
from bench.system.loads import LoadMeter, Loads
from bench.system.money import Size, Usage
from bench.system.requests import MANIFESTS
from local.client import LocalCloud
from local.fc.config import FunctionConfig
from local.fc.instance import Instance
from local.fc.invocation import Invocation
from local.template_deployment import TemplateDeployment

TICK_SECONDS = 60.0
"""The interval of the template's SweepSchedule."""
_LOOK_SECONDS = 0.5
_LONGEST_CALL = 400.0
_NOTHING = b"[]"

Parameters = Mapping[str, str]


class Stack:
    """The functions as they are deployed, and what they are found to take; `close` stops them.

    `code` is the built package; without it the functions run from their source. The clocks of
    successive instances are ahead by `clock_offsets`.
    """

    def __init__(
        self,
        cloud: LocalCloud,
        parameters: Parameters,
        *,
        code: Code | None = None,
        clock_offsets: tuple[float, ...] = (0.0,),
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        def adjusted(config: FunctionConfig) -> FunctionConfig:
            moved = replace(config, clock_offsets=clock_offsets)
            return replace(moved, code=code.folder, python=code.python) if code else moved

        self.cloud = cloud
        self.usage: dict[str, Usage] = defaultdict(Usage)
        self._lock = threading.Lock()
        self._sent: list[Future[Invocation]] = []
        self._ticks: list[Future[Invocation]] = []
        self._tick_seconds = tick_seconds
        self._ended = threading.Event()
        self._timer = threading.Thread(target=self._tick_on, name="timer")
        self.deployment = TemplateDeployment(
            cloud,
            {"Bucket": BUCKET, "Runtime": _runtime(code), **parameters},
            layers=code.layers if code else (),
            adjust=adjusted,
            on_end=self._note,
        )
        self.dispatcher = self.deployment.dispatcher()
        self.loads = LoadMeter(cloud.pid, self._pids)
        self._loads: Loads | None = None

    def __enter__(self) -> Stack:  # noqa: PYI034 (typing has Self from 3.11 on)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the timer and the functions."""
        self._ended.set()
        if self._timer.is_alive():
            self._timer.join()
        self.deployment.close()

    @property
    def instances(self) -> int:
        """How many instances handle events."""
        return int(self.deployment.resolved.parameters["MaxInstances"])

    @property
    def busy(self) -> list[Instance]:
        """The instances of both functions that are in a call."""
        return [each for host in self.deployment.hosts.values() for each in host.in_call]

    def sizes(self) -> dict[str, Size]:
        """Return what each function is billed for."""
        functions = self.deployment.resolved.functions()
        return {each.name: Size(each.cpu, each.memory / 1024) for each in functions}

    def warm_up(self) -> None:
        """Start all instances, so that a run does not measure ten starts on two cores."""
        with ThreadPoolExecutor(self.instances + 1) as pool:
            calls = [pool.submit(self.deployment.sweeper.invoke, _NOTHING)]
            host = self.deployment.function
            calls += [pool.submit(host.invoke, _NOTHING) for _ in range(self.instances)]
        for each in calls:
            _checked(each.result())
        self.cloud.reset_requests()
        self.usage.clear()

    # --- events ----------------------------------------------------------------------------------

    def call(self, event: bytes) -> None:
        """Send an event as an asynchronous call, as a topic's trigger does."""
        self.follow([self.deployment.function.invoke_async(event)])

    def follow(self, calls: Iterable[Future[Invocation]]) -> None:
        """Wait for these calls, too, before the run counts as over."""
        with self._lock:
            self._sent += calls

    def begin(self) -> float:
        """Send the timer's first tick, from where on the loads are measured; return the moment."""
        self.loads.start()
        moment = time.monotonic()
        self._tick()
        self._timer.start()
        return moment

    def _tick_on(self) -> None:
        while not self._ended.wait(self._tick_seconds):
            self._tick()

    def _tick(self) -> None:
        """Send a tick, unless another one waits behind a long sweep: it would expire there."""
        self._ticks = [each for each in self._ticks if not each.done()]
        if len(self._ticks) < 2:
            self._ticks.append(self.dispatcher.tick())

    # --- outcomes --------------------------------------------------------------------------------

    def written(self) -> int:
        """Return the number of manifests."""
        return self.cloud.count_keys(BUCKET, MANIFESTS)

    def wait_for(self, manifests: int, seconds: float) -> bool:
        """Wait until there are so many manifests; return False if there are fewer in the end."""
        until = time.monotonic() + seconds
        while self.written() < manifests:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def stop_measuring(self) -> Loads:
        """Return the loads until the first such call: what comes after it is only waited for."""
        if self._loads is None:
            self._loads = self.loads.stop()
        return self._loads

    def finish(self) -> Loads:
        """Wait until all calls have ended and stop the timer; return the loads that were measured.

        Without an earlier stop these are the loads until then.
        """
        self._ended.set()
        with self._lock:
            waiting = [*self._sent, *self._ticks]
        wait(waiting, _LONGEST_CALL)
        return self.stop_measuring()

    def manifests(self) -> set[str]:
        """Return the keys of all manifests."""
        return set(self.cloud.list_keys(BUCKET, MANIFESTS))

    def _note(self, function: str, outcome: Invocation) -> None:
        with self._lock:
            used = self.usage[function]
            used.calls += 1
            used.seconds += outcome.duration
            used.log_bytes += len(outcome.log)

    def _pids(self) -> Sequence[int]:
        return [pid for host in self.deployment.hosts.values() for pid in host.pids]


def _runtime(code: Code | None) -> str:
    if code:
        return code.runtime
    return "python3.10" if sys.version_info < (3, 12) else "python3.12"


def _checked(outcome: Invocation) -> None:
    if outcome.failed:
        raise RuntimeError(f"a function does not start: {outcome.payload[:500]!r}\n{outcome.log}")
