"""Every command of mpsm that a page or a document tells somebody to type."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from operate.cli import main
from operate.explain.kinds import KINDS
from tests.operate.test_command_line import COMMANDS

ROOT = Path(__file__).parents[2]
NEXT = sorted({kind.command for kind in KINDS if kind.command})
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("command", NEXT)
def test_what_explain_says_to_type_is_understood(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Command and options exist: those that do not are refused before help is shown."""
    program, *arguments = shlex.split(command.format(id="1" * 32))
    assert program == "mpsm"
    assert main([*arguments, "--help"]) == 0
    assert "Usage: mpsm" in capsys.readouterr().out


def test_an_option_that_is_not_there_is_refused_before_help_is_shown() -> None:
    """Or the test above could not fail."""
    assert main(["replay", "1" * 32, "--no-such-option", "--help"]) == 2


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_documents_name_commands_that_exist(page: Path) -> None:
    """In code, at the beginning of a line or a span."""
    named = re.findall(
        r"(?:^|`)(?:\.venv/bin/)?mpsm ([a-z]+)", page.read_text("utf-8"), re.MULTILINE
    )
    assert set(named) <= set(COMMANDS)
