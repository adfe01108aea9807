"""The ports in memory; tests/contract holds them against the real adapters."""

from tests.fakes.clock import START, FakeClock
from tests.fakes.faults import fresh, raising
from tests.fakes.parser import FakeParser
from tests.fakes.services import FakeApi, FakeCallbacks, FakeTopic, Said
from tests.fakes.store import HOME, Call, FakeStore, Held, crc64
from tests.fakes.telemetry import FakeTelemetry

__all__ = [
    "HOME",
    "START",
    "Call",
    "FakeApi",
    "FakeCallbacks",
    "FakeClock",
    "FakeParser",
    "FakeStore",
    "FakeTelemetry",
    "FakeTopic",
    "Held",
    "Said",
    "crc64",
    "fresh",
    "raising",
]
