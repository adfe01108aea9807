"""The composition root: what an instance does before its first event."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mps_manifest.bootstrap import Function, build
from mps_manifest.errors import ConfigurationError, Unreachable
from mps_manifest.ports import Clients
from mps_manifest.settings import Settings
from tests.fakes import HOME, FakeApi, FakeCallbacks, FakeClock, FakeParser, FakeStore
from tests.fakes import FakeTelemetry as Telemetry

ENVIRONMENT = {"BUCKET": HOME, "REGION": "cn-shanghai"}
CONTEXT = SimpleNamespace(function=SimpleNamespace(timeout=60), request_id="r")


class Store(FakeStore):
    """A store that counts the questions for its versions, and may not answer them."""

    questions = 0
    silent = False

    def versioned(self) -> bool:
        self.questions += 1
        if self.silent:
            raise Unreachable("down")
        return super().versioned()


class Factory:
    """Makes clients over fakes, and remembers how long their calls may take."""

    def __init__(self, error: Exception | None = None) -> None:
        self.store = Store()
        self.limits: list[float] = []
        self.error = error

    def __call__(self, _settings: Settings, _context: object, call_limit: float) -> Clients:
        self.limits.append(call_limit)
        if self.error:
            raise self.error
        return Clients(self.store, FakeApi(), FakeCallbacks())


def initialized(factory: Factory, environment: dict[str, str] | None = None) -> Function:
    """Let an instance get ready."""
    function = build(
        ENVIRONMENT if environment is None else environment,
        clock=FakeClock(),
        telemetry=Telemetry(),
        parser=FakeParser(),
        clients=factory,
    )
    function.initialize(CONTEXT)
    return function


def test_the_question_for_versions_is_bounded() -> None:
    """A store that keeps silent must not use up the time the platform gives to initialize."""
    factory = Factory()
    initialized(factory)
    assert factory.limits == [2.0]


def test_an_instance_gets_ready_without_keys() -> None:
    """The next call may have them; it asks for clients again, and only then the store."""
    factory = Factory(ConfigurationError("no access key"))
    function = initialized(factory)
    assert (factory.limits, factory.store.questions) == ([2.0], 0)
    factory.error = None
    function.initialize(CONTEXT)
    assert (factory.limits, factory.store.questions) == ([2.0, 2.0], 1)


def test_an_instance_gets_ready_without_a_store() -> None:
    """It may be back at the next call, which asks it again."""
    factory = Factory()
    factory.store.silent = True
    function = initialized(factory)
    assert factory.store.questions == 1
    factory.store.silent = False
    function.initialize(CONTEXT)
    assert (factory.limits, factory.store.questions) == ([2.0, 2.0], 2)


def test_bad_settings_are_no_instance() -> None:
    """All of them are named at once, before the first event."""
    with pytest.raises(ConfigurationError, match=r"BUCKET.*API_QPS"):
        initialized(Factory(), {"REGION": "cn-shanghai", "API_QPS": "many"})
