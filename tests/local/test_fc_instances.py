from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from local.fc import FunctionHost, Invocation
from tests.local.functions import decoded, has_ended, process_state, write_function
from tests.processes import running
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]

COUNT = """
    import os
    calls = []
    def initialize(context):
        calls.append("initialize " + context.request_id)
    def handler(event, context):
        calls.append("call " + context.request_id)
        return {"pid": os.getpid(), "calls": calls}
"""

# Says in a file that it has begun, then waits for another file.
WAIT = """
    import os, time
    def handler(event, context):
        name = event.decode()
        open(name + ".begun", "w").close()
        while not os.path.exists(name + ".go"):
            time.sleep(0.005)
        return name
"""


class Door:
    """The door to a host's instances, which tells when a call has to wait there."""

    def __init__(self, host: FunctionHost) -> None:
        self._places = host._places
        self.acquire, self.release = self._places.acquire, self._places.release
        self.waited_at = threading.Event()
        host._places = self  # type: ignore[assignment]  # it stands before them

    def __enter__(self) -> None:
        if not self.acquire(blocking=False):
            self.waited_at.set()
            self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def open_descriptors() -> set[str]:
    """List what this process has open; every pipe has a name of its own."""
    names = set()
    for descriptor in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):  # that of the list itself
            names.add(f"{descriptor.name} {descriptor.readlink()}")
    return names


def test_initializer_runs_once_before_the_first_call(tmp_path: Path) -> None:
    """Setup must be paid once per instance, and its time is reported with the first call."""
    config = write_function(tmp_path, COUNT, initializer="index.initialize")
    with FunctionHost(config) as host:
        first = host.invoke(b"", request_id="r-1")
        second = host.invoke(b"", request_id="r-2")
    assert decoded(second)["calls"] == ["initialize r-1", "call r-1", "call r-2"]
    assert "FC Initialize Start RequestId: r-1\nFC Initialize End RequestId: r-1\n" in first.log
    assert "Initialize" not in second.log
    assert first.start_duration > 0
    assert second.start_duration == 0


def test_without_initializer_nothing_is_initialized(tmp_path: Path) -> None:
    """A function may be configured without an initializer and must still be callable."""
    with FunctionHost(write_function(tmp_path, COUNT)) as host:
        assert decoded(host.invoke(b"", request_id="r-1"))["calls"] == ["call r-1"]


@pytest.mark.parametrize(
    ("statement", "seconds", "error"),
    [
        ("raise ValueError('bad settings')", 60, "bad settings"),
        ("os._exit(1)", 60, "Process exited unexpectedly"),
        ("time.sleep(100)", 0.5, "Function timed out after 0.5 seconds"),
        ("import not_exist_module", 60, "No module named 'not_exist_module'"),
    ],
)
def test_failed_initializer_fails_the_call_and_costs_the_instance(
    tmp_path: Path, statement: str, seconds: float, error: str
) -> None:
    """An instance that is half set up must never serve a call, and the next one starts anew."""
    source = f"""
        import os, time
        def initialize(context):
            if not os.path.exists("repaired"):
                {statement}
        def handler(event, context):
            return "fine"
    """
    config = write_function(
        tmp_path, source, initializer="index.initialize", initializer_timeout=seconds
    )
    with FunctionHost(config) as host:
        failed = host.invoke(b"")
        assert host.pids == []
        (tmp_path / "repaired").touch()
        host.config = replace(config, initializer_timeout=60)  # that of the next instance
        repaired = host.invoke(b"")
    assert failed.error_type == "InitializationError"
    assert decoded(failed)["errorMessage"].startswith(error)
    assert repaired.payload == b"fine"
    assert repaired.instance_id != failed.instance_id


def test_missing_initializer_is_an_initialization_error(tmp_path: Path) -> None:
    """A misspelt initializer must fail the call rather than be skipped."""
    config = write_function(tmp_path, COUNT, initializer="index.begin")
    with FunctionHost(config) as host:
        failed = host.invoke(b"")
    assert failed.error_type == "InitializationError"
    assert decoded(failed)["errorType"] == "HandlerNotFound"


def test_one_instance_serves_one_call_at_a_time(tmp_path: Path) -> None:
    """Two calls in one process would share what the service keeps apart."""
    with FunctionHost(write_function(tmp_path, WAIT)) as host, ThreadPoolExecutor(2) as threads:
        door = Door(host)
        first = threads.submit(host.invoke, b"first")
        wait_until((tmp_path / "first.begun").exists, "the first call runs")
        (tmp_path / "second.go").touch()
        second = threads.submit(host.invoke, b"second")
        wait_until(door.waited_at.is_set, "the second call waits")
        assert not (tmp_path / "second.begun").exists()
        (tmp_path / "first.go").touch()
        assert second.result().payload == b"second"
        assert first.result().instance_id == second.result().instance_id
        assert len(host.pids) == 1


def test_more_instances_serve_calls_at_the_same_time(tmp_path: Path) -> None:
    """Without parallel instances no race between invocations could be tested locally."""
    config = write_function(tmp_path, WAIT)
    with FunctionHost(config, max_instances=2) as host, ThreadPoolExecutor(3) as threads:
        door = Door(host)
        calls = [threads.submit(host.invoke, name) for name in (b"a", b"b")]
        wait_until((tmp_path / "a.begun").exists, "the first call runs")
        wait_until((tmp_path / "b.begun").exists, "the second call runs")
        (tmp_path / "c.go").touch()
        third = threads.submit(host.invoke, b"c")
        wait_until(door.waited_at.is_set, "the third call waits")
        assert len(host.pids) == 2
        (tmp_path / "a.go").touch()
        assert third.result().payload == b"c"
        assert third.result().instance_id == calls[0].result().instance_id
        (tmp_path / "b.go").touch()


def test_an_idle_instance_is_frozen_and_goes_on_at_the_next_call(tmp_path: Path) -> None:
    """Threads stand still between calls in the service, which must show on a laptop."""
    source = """
        import os, threading, time
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                time.sleep(0.001)
        def handler(event, context):
            if event == b"start":
                threading.Thread(target=tick, daemon=True).start()
            while len(ticks) < int(event or 0 if event != b"start" else 3):
                time.sleep(0.001)
            return str(len(ticks))
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        before = int(host.invoke(b"start").payload)
        (pid,) = host.pids
        wait_until(lambda: process_state(pid) == "T", "the instance is stopped")
        after = host.invoke(str(before + 5).encode())
        assert int(after.payload) >= before + 5
        assert host.pids == [pid]


def test_freezing_can_be_left_out(tmp_path: Path) -> None:
    """Work that outlives its call goes on without freezing, so that both cases can be tested."""
    source = """
        import threading, time
        def later():
            time.sleep(0.01)
            open("later", "w").close()
        def handler(event, context):
            threading.Thread(target=later).start()
    """
    with FunctionHost(write_function(tmp_path, source), freeze=False) as host:
        host.invoke(b"")
        wait_until((tmp_path / "later").exists, "the thread goes on after the answer")


def test_children_of_a_function_are_frozen_and_ended_with_it(tmp_path: Path) -> None:
    """A child process that kept running would burn CPU and outlive the test run."""
    source = """
        import subprocess, sys
        def handler(event, context):
            return str(subprocess.Popen([sys.executable, "-c", "while True: pass"]).pid)
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        child = int(host.invoke(b"").payload)
        wait_until(lambda: process_state(child) == "T", "the child is stopped")
    wait_until(lambda: has_ended(child), "the child has ended")


def test_a_killed_call_fails_and_the_next_gets_a_new_instance(tmp_path: Path) -> None:
    """A crash in mid-call must reach its caller as an error and must not harm later calls."""
    with FunctionHost(write_function(tmp_path, WAIT)) as host, ThreadPoolExecutor(1) as threads:
        call = threads.submit(host.invoke, b"doomed")
        wait_until((tmp_path / "doomed.begun").exists, "the call runs")
        host.kill()
        answer = call.result()
        (tmp_path / "next.go").touch()
        assert host.invoke(b"next").payload == b"next"
    assert decoded(answer)["errorMessage"].startswith("Process exited unexpectedly")
    assert answer.error_type == "UnhandledInvocationError"


def test_killing_an_idle_instance_is_no_error_of_the_next_call(tmp_path: Path) -> None:
    """The service may drop an idle instance at any time without a caller noticing."""
    with FunctionHost(write_function(tmp_path, COUNT)) as host:
        first = host.invoke(b"")
        host.kill()
        assert host.pids == []
        second = host.invoke(b"")
    assert not second.failed
    assert first.instance_id != second.instance_id


def test_an_instance_that_died_while_idle_is_replaced(tmp_path: Path) -> None:
    """The kernel may kill a frozen process, and the next call must not fail because of that."""
    with FunctionHost(write_function(tmp_path, COUNT)) as host:
        host.invoke(b"")
        (pid,) = host.pids
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: has_ended(pid), "the instance has ended")
        assert not host.invoke(b"").failed


def test_closing_ends_every_process_and_refuses_further_calls(tmp_path: Path) -> None:
    """Leftover processes would pile up in a test run, and late calls would start new ones."""
    config = write_function(tmp_path, WAIT)
    with ThreadPoolExecutor(1) as threads:
        with FunctionHost(config, max_instances=2) as host:
            (tmp_path / "idle.go").touch()
            host.invoke(b"idle")
            call = threads.submit(host.invoke, b"running")
            wait_until((tmp_path / "running.begun").exists, "the call runs")
            pids = host.pids
        assert call.result().failed
    assert [process_state(pid) for pid in pids] == ["X"] * len(pids)
    with pytest.raises(RuntimeError, match="closed"):
        host.invoke(b"")


def test_closing_gives_back_every_descriptor(tmp_path: Path) -> None:
    """Hosts are started hundreds of times in a run, so none may leak pipes or files."""
    config = write_function(tmp_path, "def handler(event, context): raise SystemExit")
    before = open_descriptors()
    with FunctionHost(config) as host:
        for _ in range(3):
            host.invoke(b"")
    assert open_descriptors() <= before


def test_an_interpreter_that_does_not_start_is_told(tmp_path: Path) -> None:
    """Neither a missing program nor one that is no Python leaves anything behind."""
    before = open_descriptors()
    missing = write_function(tmp_path, COUNT, python=tmp_path / "no-python")
    with FunctionHost(missing) as host, pytest.raises(FileNotFoundError):
        host.invoke(b"")
    with FunctionHost(write_function(tmp_path, COUNT, python=Path("/bin/false"))) as host:
        answer = host.invoke(b"")
    assert answer.error_type == "InitializationError"
    assert open_descriptors() <= before


def test_calls_from_many_threads_each_get_their_own_answer(tmp_path: Path) -> None:
    """Mixed-up answers would make every test that calls in parallel meaningless."""
    source = "def handler(event, context): return event + context.request_id.encode()"
    config = write_function(tmp_path, source)
    before = threading.enumerate()
    with FunctionHost(config, max_instances=2) as host, ThreadPoolExecutor(8) as threads:
        names = [str(number) for number in range(60)]
        answers = threads.map(lambda name: host.invoke(name.encode(), f"-{name}"), names)
        assert [answer.payload.decode() for answer in answers] == [f"{n}-{n}" for n in names]
        assert len(host.pids) <= 2
    assert [thread for thread in threading.enumerate() if thread not in before] == []


PARENT = """
import sys, threading, time
from pathlib import Path
from local.fc import FunctionConfig, FunctionHost

host = FunctionHost(FunctionConfig(name="probe", code=Path(sys.argv[1])))
if sys.argv[2] == "idle":
    (Path(sys.argv[1]) / "one.go").touch()
    host.invoke(b"one")
else:
    threading.Thread(target=host.invoke, args=(b"one",)).start()
    while not (Path(sys.argv[1]) / "one.begun").exists():
        time.sleep(0.01)
print(host.pids[0], flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("moment", ["idle", "running"])
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must signal for us")
def test_no_instance_outlives_a_killed_parent(tmp_path: Path, moment: str) -> None:
    """Neither a frozen instance nor one that runs user code stays behind."""
    write_function(tmp_path, WAIT)
    command = [sys.executable, "-c", PARENT, str(tmp_path), moment]
    with running(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: has_ended(pid), "the instance has ended")


CLOCKS = """
    import time
    from time import time as kept
    def handler(event, context):
        return {"time": time.time(), "kept": kept(), "ns": time.time_ns(), "id": context.request_id}
"""


def test_clocks_of_instances_are_apart(tmp_path: Path) -> None:
    """What instances agree on by their clocks is only tested where these differ."""
    config = write_function(tmp_path, CLOCKS, clock_offsets=(3600.0, -3600.0))
    offsets = []
    with FunctionHost(config) as host:
        for _ in range(3):
            now = time.time()
            told = decoded(host.invoke(b""))
            assert told["time"] == pytest.approx(told["kept"], abs=1)
            assert told["time"] == pytest.approx(told["ns"] / 1e9, abs=1)
            offsets.append(round((told["time"] - now) / 3600))
            host.kill()
    assert offsets == [1, -1, 1]


def test_an_instance_frozen_in_a_call_goes_on_with_it(tmp_path: Path) -> None:
    """The service may stop an instance at any moment, and so must whoever tests against it."""
    name = str(tmp_path / "one")
    with FunctionHost(write_function(tmp_path, WAIT)) as host, ThreadPoolExecutor() as pool:
        call = pool.submit(host.invoke, name.encode())
        wait_until(Path(f"{name}.begun").exists, "the call has begun")
        (instance,) = host.in_call
        instance.freeze()
        wait_until(lambda: process_state(instance.pid) == "T", "it is frozen")
        Path(f"{name}.go").touch()
        instance.thaw()
        assert call.result(20).payload.decode() == name
        assert host.in_call == []


def test_an_instance_killed_in_a_call_is_replaced(tmp_path: Path) -> None:
    """Only that call fails, and the next one has another instance."""
    name = str(tmp_path / "one")
    ends: list[Invocation] = []
    config = write_function(tmp_path, WAIT)
    with FunctionHost(config, on_end=ends.append) as host, ThreadPoolExecutor() as pool:
        call = pool.submit(host.invoke, name.encode())
        wait_until(Path(f"{name}.begun").exists, "the call has begun")
        (instance,) = host.in_call
        instance.kill()
        failed = call.result(20)
        Path(f"{name}.go").touch()
        after = host.invoke(name.encode())
    assert failed.failed
    assert after.payload.decode() == name
    assert after.instance_id != failed.instance_id
    assert ends == [failed, after]
