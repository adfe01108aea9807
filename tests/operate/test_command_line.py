"""Manners of every command: exit status, help, errors, and no key anywhere."""

from __future__ import annotations

import ast
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest
import typer

from mps_manifest.errors import Refused
from operate import commands
from operate.access.connection import as_it_is
from operate.access.target import read_target
from operate.cli import application, main
from operate.errors import OperatorError
from tests.operate.conftest import BUCKET, Operator

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(each.name for each in pkgutil.iter_modules(commands.__path__))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_json_a_laptop_and_an_example(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows one command knows all, and finds its help in 80 columns."""
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    import_module(f"{commands.__name__}.{name}").register(app)
    names = [
        each.name or str(each.callback and each.callback.__name__)
        for each in app.registered_commands
    ]
    for each in names:
        assert main([each.replace("_", "-"), "--help"]) == 0
        printed = capsys.readouterr().out
        assert "--json" in printed
        assert re.search(r"Example:\s+mpsm ", printed)
        assert max(map(len, printed.split("\n"))) <= 80


def test_help_lists_the_commands_with_whole_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """The first sentence of a docstring must fit into its line."""
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    listed = printed.split("Commands:")[1].strip().split("\n")
    assert len(listed) >= len(COMMANDS)
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("arguments", [["nope"], ["status", "--nope"], ["status", "--every", "x"]])
def test_a_mistake_at_the_keyboard_is_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A script tells it from an answer, and a person finds the help."""
    assert main(arguments) == 2
    assert "--help" in capsys.readouterr().err


CHOICES = {
    "--api": ["mps", "ims"],
    "--status": ["complete", "partial", "failed", "expired"],
    "--from-status": ["complete", "partial", "failed", "expired"],
}


@pytest.mark.parametrize(
    "command",
    [
        "explain x --api",
        "replay x --api",
        "replay --all --status",
        "ls manifests --status",
        "watch --status",
        "verify --status",
        "backfill --from-status",
    ],
)
def test_a_misspelt_value_is_refused_with_those_that_there_are(
    command: str, operator: Operator
) -> None:
    """One that is taken would find nothing, as if all were well."""
    ended = operator.run(*command.split(), "bogus")
    assert (ended.status, ended.out) == (2, "")
    for value in CHOICES[command.rsplit(maxsplit=1)[-1]]:
        assert f"'{value}'" in ended.err


def test_every_option_of_a_few_values_is_looked_at_above() -> None:
    """A command that has one as a free text is found here."""
    called = [each.callback for each in application().registered_commands if each.callback]
    free = [
        f"{command.__name__} {name}"
        for command in called
        for name, hint in get_type_hints(command).items()
        if name in {"api", "status", "from_status"} and "Literal" not in repr(hint)
    ]
    assert free == []


def test_missing_settings_are_named_at_once(operator: Operator) -> None:
    """And are a mistake of usage, since nothing was asked."""
    for name in ("REGION", "ALIBABA_CLOUD_ACCESS_KEY_ID"):
        operator.monkeypatch.delenv(name)
    ended = operator.run("status")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("Not set: ALIBABA_CLOUD_ACCESS_KEY_ID, REGION.\n")


def test_no_bucket_and_bad_settings_are_usage(operator: Operator) -> None:
    """Whatever names them: the settings file, the template, or the function itself."""
    operator.monkeypatch.delenv("BUCKET")
    assert operator.run("status").status == 2
    operator.monkeypatch.setenv("BUCKET", BUCKET)
    operator.monkeypatch.setenv("API_QPS", "many")
    ended = operator.run("status")
    assert ended.status == 2
    assert ended.err.startswith("API_QPS: must be a number (got 'many').\n")


def test_a_service_out_of_reach_is_status_3(operator: Operator) -> None:
    """Nothing is known then, which is no `no`."""
    operator.monkeypatch.setenv("OSS_ENDPOINT", "http://127.0.0.1:9")
    ended = operator.run("status")
    assert (ended.status, ended.out) == (3, "")
    assert ended.err == (
        f"oss://{BUCKET} (cn-shanghai): no answer from OSS (NewConnectionError).\n"
        "Check the network, the proxy settings and REGION.\n"
    )


@pytest.mark.parametrize("wrong", ["secret", "token", "bucket"])
def test_what_refuses_is_said_without_a_key(operator: Operator, wrong: str) -> None:
    """OSS echoes what was signed, with the key's ID and the token, to whoever has a wrong one."""
    issued = operator.cloud.issue_token()
    keys = {
        "secret": issued.__class__(issued.access_key_id, "wrong", issued.security_token),
        "token": issued.__class__(issued.access_key_id, issued.access_key_secret, "CAISwrong"),
        "bucket": issued,
    }[wrong]
    operator.become(keys)
    if wrong == "bucket":
        operator.monkeypatch.setenv("BUCKET", "no-such-bucket")
    ended = operator.run("status")
    assert ended.status == 3
    assert max(map(len, ended.err.split("\n"))) <= 80
    for secret in (keys.access_key_secret, keys.security_token, issued.access_key_secret):
        assert secret not in ended.err + ended.out


def test_nothing_up_on_the_laptop_names_the_command_that_starts_it(operator: Operator) -> None:
    """A person has to know what to type."""
    with pytest.raises(OperatorError) as caught:
        read_target(laptop=True, file=operator.folder / "none", root=operator.folder)
    assert (caught.value.status, "make serve" in caught.value.remedy) == (3, True)
    (operator.serve() / "build/serve/endpoints.json").write_text("{", encoding="utf-8")
    with pytest.raises(OperatorError, match="cannot be read"):
        read_target(laptop=True, file=operator.folder / "none", root=operator.folder)


def test_a_target_never_shows_its_keys(operator: Operator) -> None:
    """Not even in a traceback that prints it."""
    target = operator.target()
    assert operator.cloud.owner.access_key_secret in target.environment.values()
    assert operator.cloud.owner.access_key_secret not in repr(target)


def test_commands_that_read_cannot_write(operator: Operator) -> None:
    """The core that they have refuses it; one that writes has to say so."""
    core = operator.connect().core
    key = f"{core.keys.rejected}{'0' * 64}.json"
    for attempt in (
        lambda: core.quarantine.add_job("mps", "0" * 32, "why", "direct"),
        lambda: core.store.delete(key),
        lambda: core.store.withdraw(key, "1"),
    ):
        with pytest.raises(Refused, match="only reads"):
            attempt()
    assert operator.keys() == []
    written = operator.connect(as_it_is).core.quarantine.add_job("mps", "0" * 32, "why", "direct")
    assert operator.keys() == [written]


def test_a_defect_is_said_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message of an exception may quote whatever was at hand, a key as well."""

    def fail(**_: object) -> None:
        raise ValueError("secret-value")

    monkeypatch.setattr("operate.commands.status.read_target", fail)
    assert main(["status"]) == 3
    printed = capsys.readouterr()
    assert "ValueError at test_command_line.py:" in printed.err
    assert "secret-value" not in printed.err + printed.out


def test_no_command_prints_past_the_screen() -> None:
    """What is printed otherwise passes no gate."""
    past = [
        path.name
        for path in sorted((ROOT / "operate").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "typer.echo", "typer.secho", "sys.stdout.write"}
    ]
    assert past == []


def test_the_commands_are_found_by_their_modules() -> None:
    """A new one needs a file of its own, and no change of another."""
    assert "status" in COMMANDS
    assert len(application().registered_commands) >= len(COMMANDS)
