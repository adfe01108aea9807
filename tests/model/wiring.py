"""The function as it is built, over the ports of the model."""

from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from mps_manifest.bootstrap import Function, build
from mps_manifest.ports import Clients, Clock, Telemetry
from tests.fakes import FakeParser
from tests.model.cooperative import Condition, Lock, StrandPool
from tests.model.ports import GatedApi, GatedStore


class ModelInstance:
    """An instance of the function; its clients are those of its present invocation."""

    def __init__(self, environment: dict[str, str], clock: Clock, telemetry: Telemetry) -> None:
        self._clients: Clients | None = None
        self.function: Function = build(
            environment,
            clock=clock,
            telemetry=telemetry,
            parser=FakeParser(),
            clients=self._of_the_invocation,
        )

    def connect(self, store: GatedStore, api: GatedApi) -> None:
        """Set the ports of the next invocation."""
        self._clients = Clients(store, api, api)

    def _of_the_invocation(self, *_: object) -> Clients:
        assert self._clients is not None
        return self._clients


def context(timeout: float) -> Any:
    """Make a context as the platform gives it."""
    return SimpleNamespace(
        request_id="r", region="cn-shanghai", function=SimpleNamespace(timeout=timeout)
    )


def cooperative_threads() -> ExitStack:
    """Patch the product's threads to take turns instead of running at the same time."""
    stack = ExitStack()
    primitives = SimpleNamespace(Condition=Condition, Lock=Lock)
    for module in (
        "limits.worker_pool",
        "state.durations",
        "state.tickets",
        "workflow.expected_tasks",
    ):
        stack.enter_context(patch(f"mps_manifest.{module}.threading", primitives))
    for module in ("limits.worker_pool", "bootstrap"):
        stack.enter_context(patch(f"mps_manifest.{module}.ThreadPoolExecutor", StrandPool))
    # all jobs of an event but the first are bulk, and few entries are remembered
    stack.enter_context(patch("mps_manifest.events.bulk.FIRST_JOBS", 1))
    stack.enter_context(patch("mps_manifest.state.due_entries._MOST_KNOWN", 2))
    # two lines are long enough to be read as a stream
    stack.enter_context(patch("mps_manifest.state.tickets.READ_AT_ONCE", 66))
    return stack
