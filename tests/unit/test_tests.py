"""What the house asks of every test, held by a test."""

from __future__ import annotations

import ast
import gc
import re
import socket
from pathlib import Path

import pytest
from hypothesis import settings

from mps_manifest import ports
from mps_manifest.errors import Busy, OutOfTime, Refused
from tests.conftest import NotLoopbackError
from tests.fakes import raising
from tests.soaks import THIRDS, third_of

ROOT = Path(__file__).parent.parent
MODULES = sorted(ROOT.rglob("*.py"))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """List the functions and methods of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_has_a_sentence_of_intent(path: Path) -> None:
    """Who breaks a test has to know what it is there for."""
    without = [
        function.name
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert without == []


@pytest.mark.parametrize("number", range(4))
def test_thirds_of_a_long_table_make_the_whole(number: int) -> None:
    """An input that is in none of them would be measured by nobody, not even by make soak."""
    inputs = {str(each): each for each in range(10)}
    thirds = [third_of(inputs, number, third) for third in range(len(THIRDS))]
    assert sorted(each for third in thirds for each in third.values()) == [*range(10)]
    assert [len(third) for third in sorted(thirds, key=len)] == [3, 3, 4]


def classes(path: Path) -> dict[str, set[str]]:
    """Return the classes of a file, and the methods that each one defines itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


PORTS = {name: methods for name, methods in classes(Path(ports.__file__)).items() if methods}
NO_FAKES = {
    "local/conftest.py Api": "calls the laptop's API as the core SDK does",
    "memory/child.py BytesApi": "the fake with another answer",
    "model/ports.py GatedApi": "lets the model decide when the fake is called",
    "model/ports.py GatedStore": "lets the model decide when the fake is called",
    "model/strands.py VirtualClock": "the time of threads that take turns",
    "operate/matrix.py Lines": "writes into the laptop's log",
    "operate/matrix.py TroubledApi": "the real adapter, which fails for some jobs",
    "unit/deadly.py _Api": "the fake, during whose calls a process may die",
    "unit/soon_after.py RunningJobs": "the fake, whose jobs end with the time",
    "unit/test_leased_windows.py Own": "one of several clocks that differ in one world",
}
"""Classes outside of tests/fakes that have all methods of a port, and what they are instead."""


def test_fakes_live_in_one_place() -> None:
    """A second fake of a port would drift away from the one that the contract tests hold."""
    assert len(PORTS) == 8
    found = {
        f"{path.relative_to(ROOT).as_posix()} {name}"
        for path in MODULES
        if path.parent.name != "fakes"
        for name, methods in classes(path).items()
        if any(port <= methods for port in PORTS.values())
    }
    assert found == set(NO_FAKES)


ERRORS = [Refused("no", code="X", status=400), OutOfTime(3), Busy(), ValueError("a", 5)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_scripted_error_is_raised_as_a_copy(error: Exception) -> None:
    """What one call or test writes on an error must not be what the next one reads."""
    before = dict(vars(error))
    raised = []
    for calls in (7, 8):
        with pytest.raises(type(error), match=re.escape(str(error))) as caught:
            raising(error)(None)
        assert vars(caught.value) == before
        caught.value.calls = calls  # type: ignore[attr-defined]
        raised.append(caught.value)
    assert len({id(each) for each in (error, *raised)}) == 3
    assert (vars(error), error.__traceback__) == (before, None)


def test_the_profile_has_no_deadline() -> None:
    """A busy machine must not make a property fail."""
    assert settings.default is not None
    assert settings.default.deadline is None


def test_the_collector_of_garbage_does_not_look_at_tests(request: pytest.FixtureRequest) -> None:
    """Going through fifteen thousand of them again and again takes a tenth of all the time."""
    assert gc.isenabled()
    assert gc.is_tracked(request.node)
    assert id(request.node) not in map(id, gc.get_objects())


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_no_test_leaves_the_machine(host: str) -> None:
    """Also not by accident: an SDK's default endpoint, say."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one, pytest.raises(NotLoopbackError, match=host):
        one.connect((host, 443))


def test_a_test_may_talk_to_this_machine() -> None:
    """The local cloud listens on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as one:
        one.connect(server.getsockname())
