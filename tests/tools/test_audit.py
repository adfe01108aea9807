"""Advisories are asked for on every pin, and no answer is never taken for a good one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import audit

Answers = Callable[[str, str], None]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Write a lock with two versions of one package."""
    path = tmp_path / "some.lock"
    path.write_text(
        "Thing_one==1.0 ; python_full_version < '3.11' \\\n    --hash=sha256:00\n"
        "thing-one==2.0 ; python_full_version >= '3.11' \\\n    --hash=sha256:11\n"
        "    # via other\nother==3.0\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let pip-audit print this and that."""

    def set_answers(out: str, err: str) -> None:
        done = subprocess.CompletedProcess([], 1, out, err)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)

    return set_answers


def answer(**known: object) -> str:
    """Write what pip-audit prints of one package."""
    return json.dumps({"dependencies": [{"name": "other", "version": "3.0", **known}]})


def test_all_versions_are_asked_about_and_none_twice_at_once(lock: Path) -> None:
    """Ask about each pin once, whatever interpreter it is for."""
    found = audit.pins([lock, lock])
    assert found == {("thing-one", "1.0"), ("thing-one", "2.0"), ("other", "3.0")}
    assert audit.rounds(found) == [["other==3.0", "thing-one==1.0"], ["thing-one==2.0"]]


def test_advisory_fails_even_where_no_answer_would_not(
    lock: Path, answers: Answers, capfd: pytest.CaptureFixture[str]
) -> None:
    """Name the pin, the advisory and the release that is free of it."""
    answers(answer(vulns=[{"id": "PYSEC-1", "fix_versions": ["3.1"]}]), "")
    assert audit.main([str(lock), "--if-possible"]) == 1
    assert "other==3.0: PYSEC-1, fixed in 3.1" in capfd.readouterr().out


def test_no_advisory_is_a_success(
    lock: Path, answers: Answers, capfd: pytest.CaptureFixture[str]
) -> None:
    """Tell how many pins were asked about."""
    answers(answer(vulns=[]), "")
    assert audit.main([str(lock)]) == 0
    assert capfd.readouterr().out == "3 pins audited: no known advisory\n"


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        (("", "Traceback\nConnectionError: no route\n"), "ConnectionError: no route"),
        (("", ""), "pip-audit said nothing"),
        ((answer(skip_reason="not found"), ""), "it knows none of these packages"),
    ],
)
def test_no_answer_is_told_in_one_sentence(
    lock: Path,
    answers: Answers,
    capfd: pytest.CaptureFixture[str],
    printed: tuple[str, str],
    why: str,
) -> None:
    """Fail where an answer was wanted, go on where it was asked for if possible."""
    answers(*printed)
    assert audit.main([str(lock)]) == 2
    assert audit.main([str(lock), "--if-possible"]) == 0
    sentence = f"not audited, since the advisory service gave no answer: {why}\n"
    assert capfd.readouterr().out == sentence * 2


def test_packages_nobody_knows_are_named(
    lock: Path, answers: Answers, capfd: pytest.CaptureFixture[str]
) -> None:
    """Hide no package that was not looked up behind those that were."""
    known = json.loads(answer(vulns=[]))["dependencies"]
    skipped = {"name": "thing-one", "skip_reason": "not found"}
    answers(json.dumps({"dependencies": [*known, skipped]}), "")
    assert audit.main([str(lock)]) == 0
    assert "does not know thing-one, thing-one\n" in capfd.readouterr().out
