"""What people give to make is an argument of a command, never a text for make or a shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tools.with_words import with_words

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GIVEN = re.findall(r"^GIVEN +:= (.+)$", MAKEFILE, re.MULTILINE)[0].split()
OURS = set(re.findall(r"^([A-Z_]+) *:=", MAKEFILE, re.MULTILINE))
RECIPES = re.findall(r"^\t.*(?:\\\n.*)*", MAKEFILE, re.MULTILINE)
TARGETS = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
# Says what it was called with, each argument and call with a mark of its own at its end.
STUB = """#!/bin/sh
{ for each in "$@" "ARGS=$ARGS" "FUZZ_EXAMPLES=$FUZZ_EXAMPLES"; do
  printf '%s\\037' "$each"; done; printf '\\036'; } >> calls
"""
PATHS = ("PYTHON", "VENV")


def nasty(name: str) -> str:
    """Return a text that leaves files where make or a shell reads it, and that is no option."""
    parts = [
        f"it's \" {name}; touch {name}1 | touch {name}2 & `touch {name}3`",
        f"$(touch {name}4) $(shell touch {name}5) $$(touch {name}6) ${{HOME}} *",
    ]
    return (" " if name in PATHS else f"\n\ttouch {name}7 #\n").join(parts)


def stub(path: Path) -> None:
    """Put something that notes how it was called where an interpreter would be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STUB, encoding="utf-8")
    path.chmod(0o755)


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make on a copy of our Makefile, without what a make around the tests has set."""
    (folder / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603 - our own tasks
        ["make", *arguments],  # noqa: S607
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_what_is_given_is_an_argument_in_every_task(tmp_path: Path, by: str) -> None:
    """A job ID that somebody was sent may hold anything, and must not run as a command."""
    values = {name: nasty(name) for name in GIVEN}
    values["PYTHON"] = f"./{values['PYTHON']}"
    stub(tmp_path / values["PYTHON"])
    for folder in (values["VENV"], ".venv-tools"):
        stub(tmp_path / folder / "bin/python")
    before = {path.name for path in tmp_path.iterdir()} | {"Makefile", "calls"}
    given = [f"{name}={value}" for name, value in values.items()]
    tasks = [name for name in TARGETS if name != "clean"]
    if by == "argument":
        result = make(tmp_path, *tasks, *given)
    else:
        result = make(tmp_path, *tasks, **values)
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.iterdir()} == before
    calls = (tmp_path / "calls").read_text(encoding="utf-8").split("\036")
    words = [call.split("\037")[:-1] for call in calls if call]
    given_to = {" ".join(call[:4]): call for call in words}
    job = values["JOB"]
    assert ["-m", "local", "run", job] in [call[:-2] for call in words]
    invoke = given_to["tools/with_words.py -m deploy invoke"]
    assert invoke[4:] == ["{ARGS}", "--", job, f"ARGS={values['ARGS']}", invoke[-1]]
    assert f"--contacts={values['CONTACTS']}" in given_to["tools/with_words.py -m deploy alarms"]
    assert [f"--port={values['PORT']}", f"--data={values['DATA']}"] in [call[3:5] for call in words]
    assert any(f"--randomly-seed={values['SEED']}" in call for call in words)
    assert any(f"FUZZ_EXAMPLES={values['EXAMPLES']}" in call for call in words)


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ([], []),
        (["PORT=9100"], ["--port=9100"]),
        (["PORT=9100", "DATA=/some where"], ["--port=9100", "--data=/some where"]),
    ],
)
def test_serve_is_told_what_was_chosen_and_nothing_else(
    tmp_path: Path, given: list[str], arguments: list[str]
) -> None:
    """The names are those of the contract, and what is left out has the default of the command."""
    stub(tmp_path / "python")
    stub(tmp_path / ".venv/bin/python")
    assert make(tmp_path, "serve", "PYTHON=./python", *given).returncode == 0
    calls = (tmp_path / "calls").read_text(encoding="utf-8").split("\036")
    (call,) = (call for call in calls if "\037serve\037" in call)
    assert call.split("\037")[:-3] == ["-m", "local", "serve", *arguments]


def test_recipes_name_only_variables_of_ours() -> None:
    """A variable that is added for people must take the same way as the others."""
    assert len(RECIPES) > 30
    used = {name for line in RECIPES for name in re.findall(r"(?<!\$)\$[({](\w+)[)}]", line)}
    assert used - OURS - {"MAKE"} == set()
    assert OURS & set(GIVEN) == set()
    assert "?=" not in MAKEFILE


def test_every_task_is_in_a_group_of_a_list_of_80_columns() -> None:
    """Who says make for the first time has a terminal as it was made, and wants to begin."""
    listed = subprocess.run(
        ["make"],  # noqa: S607 - the user's make
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = listed.splitlines()
    assert max(map(len, lines)) <= 80
    tasks = [line.split()[1] for line in lines if line.startswith("  make ")]
    parts = {"python", "operator", "sample", "before-tests", "packages", "runtimes"}
    assert set(TARGETS) - set(tasks) == parts
    first = lines.index("See it work, on this machine alone")
    assert lines[first + 1].split()[:2] == ["make", "run"]


@pytest.mark.parametrize("python", ["python3.99", "./older"])
def test_missing_python_is_told_with_the_remedy(tmp_path: Path, python: str) -> None:
    """Say what is needed and how to name it, before anything else is looked for."""
    (tmp_path / "older").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "older").chmod(0o755)
    result = make(tmp_path, "run", f"PYTHON={python}")
    told = [line for line in result.stderr.splitlines() if not line.startswith("make: ***")]
    need, remedy = "Python 3.10 or newer is needed", "Install it, or say make PYTHON=<path of one>."
    assert told == [f"{need}, and {python} is not one.", remedy]


def test_words_are_split_as_a_shell_does_and_not_read_any_further() -> None:
    """Values with blanks must be possible, as in the settings of a stack."""
    environment = {"ARGS": "--set 'Bucket=a b' --yes $(touch x) *", "JOB": "one two"}
    words = list(with_words(["-m", "deploy", "{ARGS}", "{TESTS}", "{x}"], environment))
    given = ["--set", "Bucket=a b", "--yes", "$(touch", "x)", "*"]
    assert words == ["-m", "deploy", *given, "{x}"]


def test_quote_that_is_not_closed_is_told() -> None:
    """Whoever has typed it looks for the variable's name."""
    with pytest.raises(ValueError, match="a quote in ARGS is not closed: --set 'a"):
        list(with_words(["{ARGS}"], {"ARGS": "--set 'a"}))
