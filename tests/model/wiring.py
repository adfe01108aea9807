"""The function itself, wired as it wires itself, over the ports of the model."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from mps_manifest.adapters.function import Function
from mps_manifest.habit import Habit
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.recent import Recent
from tests.model.cooperative import Condition, StrandPool
from tests.model.ports import GatedApi, GatedStore
from tests.unit.fakes import FakeConnections


@dataclass(frozen=True)
class Clients:
    """What stands for the SDKs' clients."""

    store: GatedStore
    api: GatedApi
    connections: FakeConnections = field(default_factory=FakeConnections)


class Unlearned(Habit):
    """Expects nothing, whatever was met."""

    @property
    def looks_first(self) -> bool:
        return False


class ModelFunction(Function):
    """The function of one instance; `clients` are those of its present invocation."""

    clients: Clients

    def __init__(self, environment: dict[str, str], clock: Clock, telemetry: Telemetry) -> None:
        super().__init__(environment)
        self._clock = cast("Any", clock)
        self._telemetry = cast("Any", telemetry)

    def _clients_for(self, *_: Any) -> Any:
        return self.clients

    def forget_everything(self) -> None:
        """Meet every job for the first time, for ever."""
        self._seen = Recent(limit=0)
        self._habit = Unlearned()


def context(timeout: float) -> Any:
    """Make a context as the platform gives it."""
    return SimpleNamespace(
        request_id="r", region="cn-shanghai", function=SimpleNamespace(timeout=timeout)
    )


def cooperative_threads() -> ExitStack:
    """Let the product's threads take turns instead of running at the same time."""
    stack = ExitStack()
    primitives = SimpleNamespace(Condition=Condition)
    stack.enter_context(patch("mps_manifest.workers.threading", primitives))
    for module in ("workers", "adapters.function"):
        stack.enter_context(patch(f"mps_manifest.{module}.ThreadPoolExecutor", StrandPool))
    # two lines are long enough to be read as a stream
    stack.enter_context(patch("mps_manifest.tickets.READ_AT_ONCE", 66))
    return stack
