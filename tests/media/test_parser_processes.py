"""The processes that parse: few, kept, replaced where they died, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.errors import OutOfTime, Unreadable
from tests.media.fakes import (
    FINE,
    PATIENCE,
    SIZE,
    TRACKS,
    Fake,
    children,
    fake_package,
    first,
    idle,
)
from tests.media.make import SAMPLES, reading

CODE = Path(__file__).parents[2] / "functions" / "manifest"

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_waiting_for_a_free_process_ends_with_patience(tmp_path: Path) -> None:
    """A file that is stuck in the parser must not hold up others beyond their own time."""
    freed = tmp_path / "freed"
    stuck = f"while data.startswith(b'bad') and not os.path.exists({str(freed)!r})"
    package = fake_package(tmp_path, f"{stuck}: time.sleep(0.01)\n{FINE}")
    parser = MediaInfoParser(children=1, package=package)
    started = threading.Event()

    def read(start: int, length: int) -> bytes:
        started.set()
        return first(b"bad")(start, length)

    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(parser.tracks, SIZE, read, PATIENCE)
        assert started.wait(PATIENCE)
        with pytest.raises(OutOfTime):
            parser.tracks(SIZE, first(), 1.0)  # in which a further process would have answered
        assert not hanging.done(), "it was waited for"
        freed.touch()
        assert hanging.result() == TRACKS
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS
    parser.close()


def test_no_more_processes_than_allowed(tmp_path: Path) -> None:
    """Each process takes memory, of which an instance has only a little."""
    parser = MediaInfoParser(children=2, package=fake_package(tmp_path, FINE))
    before = children().keys()
    both = threading.Barrier(2)
    seen: list[int] = []

    def read(start: int, length: int) -> bytes:
        both.wait(PATIENCE)
        seen.append(len(children().keys() - before))
        return first()(start, length)

    with ThreadPoolExecutor(12) as threads:
        answers = [threads.submit(parser.tracks, SIZE, read, PATIENCE) for _ in range(12)]
        assert [answer.result() for answer in answers] == [TRACKS] * 12
    assert seen == [2] * 12
    assert len(idle(parser)) == 2
    parser.close()


def test_a_process_killed_while_idle_is_replaced_unseen(real: MediaInfoParser) -> None:
    """A frozen instance may lose it, or the kernel runs out of memory."""
    body = (SAMPLES / "plain.mp4").read_bytes()
    for _ in range(3):
        assert real.tracks(len(body), reading(body), PATIENCE)
        (pid,) = idle(real)
        os.kill(pid, signal.SIGKILL)
    assert real.tracks(len(body), reading(body), PATIENCE)
    assert pid not in idle(real)


def test_a_process_that_dies_on_being_asked_is_replaced_once(
    real: MediaInfoParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It seemed alive when it was taken."""
    body = (SAMPLES / "plain.mp4").read_bytes()
    real.tracks(len(body), reading(body), PATIENCE)
    child = real._idle[0]
    monkeypatch.setattr(type(child), "idle", True)
    os.kill(child._process.pid, signal.SIGKILL)
    assert real.tracks(len(body), reading(body), PATIENCE)[0]["Format"] == "MPEG-4"


def test_a_library_that_cannot_be_loaded_is_told_each_time(fake: Fake, tmp_path: Path) -> None:
    """A broken layer must be reported for every file, not only for the first."""
    parser = fake(FINE)
    (tmp_path / "pymediainfo.py").write_text("raise OSError('no such library')")
    for _ in range(2):
        with pytest.raises(Unreadable, match="exited"):
            parser.tracks(SIZE, first(), PATIENCE)


def test_without_pymediainfo_it_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer is optional, so code must be able to ask for it before it fails."""
    assert MediaInfoParser().available
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    parser = MediaInfoParser()
    assert not parser.available
    with pytest.raises(Unreadable):
        parser.tracks(SIZE, first(), PATIENCE)


def test_processes_are_started_when_they_are_needed(real: MediaInfoParser) -> None:
    """A cold start must not pay for a parser that many jobs never need."""
    assert real.available
    assert idle(real) == []


def test_closing_ends_all_processes(fake: Fake) -> None:
    """A parser left behind would hold memory for nothing."""
    parser = fake(FINE)
    both = threading.Barrier(2)

    def read(start: int, length: int) -> bytes:
        both.wait(PATIENCE)
        return first()(start, length)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: parser.tracks(SIZE, read, PATIENCE), range(2)))
    processes = set(idle(parser))
    assert len(processes & children().keys()) == 2
    parser.close()
    assert processes & children().keys() == set()
    parser.close()


def test_a_process_ends_when_its_parent_is_gone(real: MediaInfoParser) -> None:
    """A platform kills the parent only; closed pipes are all a child sees of it."""
    body = (SAMPLES / "plain.mp4").read_bytes()
    real.tracks(len(body), reading(body), PATIENCE)
    process = real._idle[0]._process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE) == 0


def test_no_keys_reach_the_process(real: MediaInfoParser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser reads files from outside, so whoever takes it over must find no keys."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    body = (SAMPLES / "plain.mp4").read_bytes()
    real.tracks(len(body), reading(body), PATIENCE)
    (pid,) = idle(real)
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert [variable for variable in variables if variable] == [b"LD_LIBRARY_PATH=/nowhere"]
    assert b"secret" not in Path(f"/proc/{pid}/cmdline").read_bytes()


PARENT = """
import sys
from pathlib import Path
from mps_manifest.adapters.mediainfo import MediaInfoParser

body = Path(sys.argv[1]).read_bytes()
parser = MediaInfoParser()
tracks = parser.tracks(len(body), lambda start, length: body[start : start + length], 60.0)
(child,) = parser._idle
for maps in ("/proc/self/maps", f"/proc/{child.pid}/maps"):
    print("libmediainfo" in Path(maps).read_text())
parser.close()
print("pymediainfo" in sys.modules, tracks[0]["Format"])
"""


def test_the_parent_never_loads_the_library() -> None:
    """Else its crashes would be the function's."""
    parent = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", PARENT, str(SAMPLES / "plain.mp4")],
        cwd=CODE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert parent.stdout.split() == ["False", "True", "False", "MPEG-4"]
