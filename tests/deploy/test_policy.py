"""`make policy`: with keys from ROS, without them from the tool's table; and it suffices."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from local.client import LocalCloud
from local.identity import ACCOUNT, Denial, Statement
from local.ros.emulator import RosEmulator
from tests.deploy.conftest import CODE_BUCKET, NAME, ROOT, Desk

OF_ROS = {"Effect": "Allow", "Action": ["fc:*", "log:CreateAlert"], "Resource": "*"}


@pytest.fixture(autouse=True)
def _own_template(desk: Desk) -> None:
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())


def policy(desk: Desk, *, keys: bool = True) -> tuple[Any, str]:
    """Run `make policy`; returns what it prints, and its notes."""
    command = [
        *(sys.executable, "-m", "deploy", "policy"),
        *("--file", str(desk.settings_file()), "--template"),
        str(desk.folder / "template.yml"),
    ]
    environment = desk.environment()
    if not keys:
        environment = {k: v for k, v in environment.items() if "ACCESS_KEY" not in k}
    ended = subprocess.run(  # noqa: S603 (our own program)
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout), ended.stderr


def actions(document: Any) -> set[str]:
    return {action for one in document["Statement"] for action in one["Action"]}


def test_without_keys_it_is_the_tools_own_table(desk: Desk) -> None:
    """Whoever asks an administrator for rights has no keys yet."""
    document, notes = policy(desk, keys=False)
    assert document["Version"] == "1"
    assert {"fc:CreateFunction", "ros:CreateStack", "oss:PutObject"} <= actions(document)
    assert "No keys are exported" in notes
    assert desk.ros.requests() == []


def test_with_keys_ros_says_first_what_the_template_needs(desk: Desk) -> None:
    """ROS knows its own calls best; what it does not name is added, so that it suffices."""
    desk.ros.ros.policy = [OF_ROS]
    document, notes = policy(desk)
    assert document["Statement"][0] == OF_ROS
    added = {action for one in document["Statement"][1:] for action in one["Action"]}
    assert not {action for action in added if action.startswith("fc:")}
    assert {"ros:CreateStack", "oss:PutBucket"} <= added
    assert "Not named by ROS, and added:" in notes
    [request] = [each for each in desk.ros.requests() if each.action == "GenerateTemplatePolicy"]
    template = (desk.folder / "template.yml").read_bytes()
    assert request.bytes_in > len(template), "the template belongs into the form, not into the URL"


def test_where_ros_refuses_it_is_the_tools_own_table(desk: Desk) -> None:
    """The right to ask ROS is one of those that somebody without rights lacks."""
    desk.ros.policy.denials = [Denial("", "", ("ros:GenerateTemplatePolicy",))]
    document, notes = policy(desk)
    assert "fc:CreateFunction" in actions(document)
    assert "lacks the permission ros:GenerateTemplatePolicy" in notes


def test_a_policy_that_ram_would_find_too_long_is_announced(desk: Desk) -> None:
    """RAM's own message would come only when somebody pastes it."""
    long = [f"fc:{'A' * 60}{number}" for number in range(100)]
    desk.ros.ros.policy = [{"Effect": "Allow", "Action": long, "Resource": ["*"]}]
    _document, notes = policy(desk)
    assert "make it two policies" in notes


def test_a_wrong_parameter_is_named(desk: Desk) -> None:
    """A policy for other names than those that are deployed would not suffice."""
    desk.parameters["Runtime"] = "python3.9"
    assert "Runtime" in desk.run("policy").output


@pytest.mark.parametrize("name", [NAME, "other"])
def test_every_command_works_with_just_that_policy(
    desk: Desk, ros: RosEmulator, running_cloud: LocalCloud, name: str
) -> None:
    """The page sends people to this policy, so nothing that the tool calls may be missing."""
    desk.parameters["Name"] = name
    document, _ = policy(desk, keys=False)
    allowed = [
        Statement(one["Effect"], tuple(one["Action"]), tuple(one["Resource"]))
        for one in document["Statement"]
    ]
    deployer = running_cloud.issue_token("deployer", statements=allowed)
    ros.keys.add(deployer)
    desk.identity = deployer
    ros.log_lines[f"{name}-{ACCOUNT}", name] = []
    commands = (
        ("plan",),
        ("deploy", "--create-code-bucket"),
        ("invoke", "0" * 32),
        ("logs",),
        ("deploy", "--set", "MaxInstances=2", "--yes"),
        ("rollback", "--yes"),
        ("destroy", "--yes"),
    )
    for command in commands:
        ended = desk.run(*command)
        assert ended.status == 0, (command, ended.output)
    assert {key.partition("/")[0] for key in running_cloud.list_keys(CODE_BUCKET)} == {name}
