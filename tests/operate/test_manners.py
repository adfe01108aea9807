"""Manners that hold for real output: completion, documents, Ctrl-C, and no key in any of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from local.faults import FaultRule
from operate.access.target import read_target
from operate.cli import main
from operate.errors import OperatorError
from tests.operate.conftest import LOG_PROJECT, LOGSTORE, Operator
from tests.operate.test_command_line import COMMANDS
from tests.processes import running
from tests.unit.nasty_texts import OSS_ERROR, SECRET, SECRETS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs/mpsm.md").read_text(encoding="utf-8")
JOB = "1" * 32
WITHOUT_DUCKDB = find_spec("duckdb") is None

ARGUMENTS = {
    "status": ["status"],
    "explain": ["explain", JOB],
    "ls": ["ls", "manifests"],
    "logs": ["logs", JOB],
    "replay": ["replay", JOB, "--dry-run"],
    "verify": ["verify"],
    "doctor": ["doctor"],
    "export": ["export", "--ndjson", "{folder}/out", "--cache", "{folder}/cache"],
    "query": ["query", "SELECT title, detail FROM problems", "--cache", "{folder}/cache"],
}
"""How each command is run here; `sign` prints signatures, `validate` reads the caller's files."""
OF_PEOPLE = {("export", "rows"), ("replay", "jobs"), ("replay", "verdicts")}
"""Objects in documents of which the names are data."""
LISTED = [name for name in ARGUMENTS if name != "query" or not WITHOUT_DUCKDB]
DESCRIBED = [name for name in LISTED if name != "logs"]
"""All but the one whose stack is out of reach here."""


def arguments(name: str, operator: Operator) -> list[str]:
    return [each.format(folder=operator.folder) for each in ARGUMENTS[name]]


@pytest.mark.parametrize("name", DESCRIBED)
def test_documents_have_the_fields_that_are_described(operator: Operator, name: str) -> None:
    """Each field has its row in docs/mpsm.md, and each row is a field; scripts go by them."""
    operator.put_manifest(JOB)
    found = operator.run(*arguments(name, operator), "--json").document
    section = DOCS.split(f"\n## {name}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    fields = {field: text for names, text in rows for field in re.findall(r"`(\w+)`", names)}
    assert set(found) == set(fields)
    for field, value in found.items():
        if isinstance(value, dict) and (name, field) not in OF_PEOPLE:
            missing = {each for each in value if f"`{each}`" not in fields[field]}
            assert missing == set(), field


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", {"COMP_WORDS": "mpsm ", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "mpsm "}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "mpsm ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_shells_complete_every_command(
    shell: str,
    words: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By what `mpsm --install-completion` writes: it asks mpsm itself with these variables."""
    for name, value in {"_MPSM_COMPLETE": f"complete_{shell}", **words}.items():
        monkeypatch.setenv(name, value)
    assert main([]) == 0
    printed = capsys.readouterr().out
    missing = [name for name in COMMANDS if not re.search(rf"\b{name}\b", printed)]
    assert missing == []


def stopped(operator: Operator, command: Sequence[str]) -> tuple[int, str, str]:
    """Run a command, press Ctrl-C when it has asked for something, and return how it ended."""
    operator.cloud.reset_requests()
    with running(
        [sys.executable, "-m", "operate", *command, "--file", str(operator.folder / "none")],
        cwd=ROOT,
        env={**os.environ, **operator.variables(), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while process.poll() is None and not operator.cloud.requests():
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("name", ["status", "export", "verify"])
def test_ctrl_c_ends_a_command_with_one_sentence(operator: Operator, name: str) -> None:
    """While it waits for the service: no traceback, no half a document, and no file."""
    for number in range(40):
        operator.put_manifest(f"{number:032x}")
    slow = FaultRule("latency", service="oss", action="GetObject", seconds=1.0)
    operator.cloud.add_fault(slow)
    operator.cloud.add_fault(replace(slow, action="HeadObject"))
    command = [*arguments(name, operator), "--json"]
    assert stopped(operator, command) == (130, "", "Stopped by Ctrl-C.\n")
    assert not (operator.folder / "out").exists()


EARLY = """
import os, runpy, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stop())
sys.path.insert(0, "")  # runpy puts no folder of the script first, which __main__ takes away
sys.argv = ["mpsm", "status", "--file", {file!r}]
runpy.run_path("operate/__main__.py", run_name="__main__")
"""


@pytest.mark.parametrize(
    "module",
    ["operate.cli", "rich.console", "oss2", "mps_manifest.bootstrap", "operate.commands.watch"],
)
def test_ctrl_c_while_it_is_loaded_is_said(operator: Operator, module: str) -> None:
    """Which is the first second or two: no traceback, and nothing is asked."""
    script = EARLY.format(module=module, file=str(operator.folder / "none"))
    command = [sys.executable, "-c", script]
    environment = {**os.environ, **operator.variables()}
    ended = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Stopped by Ctrl-C.\n")


@pytest.mark.skipif(WITHOUT_DUCKDB, reason="DuckDB is not installed: make setup EXTRAS=sql")
def test_ctrl_c_ends_a_query_that_never_would(operator: Operator) -> None:
    """DuckDB looks for it while it works."""
    endless = (
        "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range"
    )
    command = ["query", endless, "--cache", str(operator.folder / "cache")]
    assert stopped(operator, command) == (130, "", "Stopped by Ctrl-C.\n")


def plant(operator: Operator) -> None:
    """Put secrets, the operator's own among them, wherever something is read."""
    own = operator.cloud.owner.access_key_secret
    texts = [*SECRETS.values(), f"my secret is {own}"]
    problems = [
        {"severity": "error", "type": text, "title": text, "detail": text} for text in texts
    ]
    body = {"status": "partial", "problems": problems, "job": {"userData": own}}
    operator.put_manifest(JOB, status=own[:20], algorithm=f"LTAI5t{SECRET}", body=body)
    entries = {
        f"rejected/{number:064x}.json": {"reason": text, "payload": text}
        for number, text in enumerate(texts)
    }
    due = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    parked = {f"backlog/{due}/{JOB}.json": {"api": "mps", "reason": texts[-1], "attempts": 1}}
    operator.put_state({**entries, **parked})
    line = {"message": texts[0], "jobId": JOB, "__time__": str(int(time.time()))}
    operator.cloud.put_logs(LOG_PROJECT, LOGSTORE, [line])


def printed_by(operator: Operator, *command: str) -> str:
    ended = operator.run(*command)
    return ended.out + ended.err


@pytest.mark.parametrize("name", LISTED)
def test_no_command_prints_a_key_wherever_it_is_planted(operator: Operator, name: str) -> None:
    """In manifests, state, the environment, settings, and in errors of the services."""
    plant(operator)
    own = operator.cloud.owner.access_key_secret
    command = arguments(name, operator)
    ini = operator.folder / "deploy.ini"
    printed = ""
    for setting in (
        f"[stack]\naccess_key_secret = {SECRET}\n",
        f"[parameters]\nAccessKeySecret = {SECRET}\n",
    ):
        ini.write_text(setting, encoding="utf-8")
        printed += printed_by(operator, *command)
    ini.unlink()
    for form in ([], ["--json"]):
        printed += printed_by(operator, *command, *form)
    written = [path.read_text(encoding="utf-8") for path in operator.folder.glob("out/*.ndjson")]
    for action in ("ListObjects", "GetObject", "HeadObject"):
        refuses = FaultRule("error", "oss", action, status=403, code="X", message=OSS_ERROR)
        operator.cloud.add_fault(refuses)
        printed += printed_by(operator, *command)
        operator.cloud.clear_faults()
    everything = re.sub(r"\s", "", printed + "".join(written))
    assert len(everything) > 200
    assert SECRET not in everything
    assert own not in everything


def test_a_broken_endpoints_file_is_not_quoted(operator: Operator) -> None:
    """It has the keys of the laptop's owner."""
    folder = operator.serve()
    file = folder / "build/serve/endpoints.json"
    whole = file.read_text(encoding="utf-8")
    for broken in (whole[:-1], whole.replace('"bucket"', f'"{SECRET}"'), f'"{SECRET}"'):
        file.write_text(broken, encoding="utf-8")
        with pytest.raises(OperatorError) as caught:
            read_target(laptop=True, file=operator.folder / "none", root=folder)
        said = f"{caught.value.what} {caught.value.remedy}"
        assert said.endswith("Stop make serve and start it again.")
        assert SECRET not in said
        assert operator.cloud.owner.access_key_secret not in said
