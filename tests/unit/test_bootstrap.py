"""The composition root: what an instance does before its first event."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mps_manifest.bootstrap import build
from mps_manifest.errors import ConfigurationError, ServiceError, Unreachable
from mps_manifest.ports import Clients
from mps_manifest.settings import Settings
from tests.fakes import HOME, FakeApi, FakeCallbacks, FakeClock, FakeParser, FakeStore
from tests.fakes import FakeTelemetry as Telemetry

ENVIRONMENT = {"BUCKET": HOME, "REGION": "cn-shanghai"}
CONTEXT = SimpleNamespace(function=SimpleNamespace(timeout=60), request_id="r")


class Factory:
    """Makes clients over fakes, and remembers how long their calls may take."""

    def __init__(self, error: Exception | None = None) -> None:
        self.store = FakeStore()
        self.limits: list[float] = []
        self._error = error

    def __call__(self, _settings: Settings, _context: object, call_limit: float) -> Clients:
        self.limits.append(call_limit)
        if self._error:
            raise self._error
        return Clients(self.store, FakeApi(), FakeCallbacks())


def initialized(factory: Factory, environment: dict[str, str] | None = None) -> None:
    """Let an instance get ready."""
    function = build(
        ENVIRONMENT if environment is None else environment,
        clock=FakeClock(),
        telemetry=Telemetry(),
        parser=FakeParser(),
        clients=factory,
    )
    function.initialize(CONTEXT)


def test_the_question_for_versions_is_bounded() -> None:
    """A store that keeps silent must not use up the time the platform gives to initialize."""
    factory = Factory()
    initialized(factory)
    assert factory.limits == [2.0]


@pytest.mark.parametrize("error", [ConfigurationError("no access key"), Unreachable("down")])
def test_an_instance_gets_ready_without_keys_and_without_a_store(error: Exception) -> None:
    """The first invocation may have both; and it asks again."""
    assert isinstance(error, ConfigurationError | ServiceError)
    initialized(Factory(error))


def test_bad_settings_are_no_instance() -> None:
    """All of them are named at once, before the first event."""
    with pytest.raises(ConfigurationError, match=r"BUCKET.*API_QPS"):
        initialized(Factory(), {"REGION": "cn-shanghai", "API_QPS": "many"})
