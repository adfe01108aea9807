"""What went wrong fits a terminal, and is a whole sentence for a program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import running
from tools.complaints import print_error

ROOT = Path(__file__).resolve().parents[2]
KEYS = "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, REGION"
# Each is what people meet who have just cloned the project.
WRONG = {
    "doctor": (["deploy", "doctor"], 2),
    "verify-live": (["deploy", "verify-live", "0123"], 2),
    "plan": (["deploy", "plan"], 2),
    "logs": (["deploy", "logs"], 2),
    "before an environment is made": (["deploy.prerequisites"], 2),
    "run": (["local", "run", "zzz"], 2),
    "sample ID": (["local.sample_ids", "zzz"], 2),
    "serve": (["local", "serve", "--port", "0", "--data", "/etc/passwd"], 1),
    "setup": (["tools.setup_venv", "/proc/.venv", "requirements-dev.lock"], 1),
}


def on_a_terminal(command: list[str], folder: Path) -> tuple[int, list[str]]:
    """Run a module with a terminal of 80 columns; return its exit status, and what it said."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as reading:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", *command],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "80", "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            check=False,
        )
        os.close(theirs)
        said = b""
        try:
            while piece := reading.read(4096):
                said += piece
        except OSError:  # on Linux a terminal ends so
            pass
    return done.returncode, said.decode().splitlines()


@pytest.mark.parametrize(("command", "status"), WRONG.values(), ids=WRONG)
def test_an_error_fits_a_terminal(tmp_path: Path, command: list[str], status: int) -> None:
    """Lines that a terminal breaks within a word are hard to read, and commands to copy."""
    if command[0] == "deploy":
        pytest.importorskip("alibabacloud_ros20190910")
    (tmp_path / "requirements-dev.lock").touch()
    ended, lines = on_a_terminal(command, tmp_path)
    assert ended == status
    assert len(lines) >= 2
    assert lines[0].startswith("\x1b[31m")
    plain = [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in lines]
    assert max(map(len, plain)) <= 80
    assert "Traceback" not in " ".join(plain)


def test_what_is_no_terminal_gets_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs look for whole sentences, and log files have no width."""
    print_error(f"Not set: {KEYS}.", "Export them.")
    print_error("\x1b[2J" + "x" * 100)
    assert capsys.readouterr().err == (
        f"Not set: {KEYS}.\nExport them.\n" + "\\x1b[2J" + "x" * 100 + "\n"
    )


@pytest.mark.parametrize(
    ("command", "imported"),
    [("local run", "rich"), ("local serve", "aiohttp"), ("deploy plan", "rich")],
)
def test_ctrl_c_while_it_is_imported_is_told(tmp_path: Path, command: str, imported: str) -> None:
    """The first second or two is when people notice that they have mistyped something."""
    slow = tmp_path / f"{imported}.py"
    slow.write_text("import time\nprint('importing', flush=True)\ntime.sleep(60)\n")
    with running(
        [sys.executable, "-m", *command.split()],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert (process.returncode, told) == (130, "Stopped by Ctrl-C.\n")
