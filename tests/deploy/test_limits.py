"""Limits of instances stay in force, and a topic's trigger is replaced instead of updated."""

from __future__ import annotations

import pytest

from local.identity import Denial
from tests.deploy.conftest import NAME, ROOT, Desk


@pytest.mark.parametrize("creates_first", [False, True])
def test_the_limit_is_in_force_whichever_is_replaced_first(
    desk: Desk, *, creates_first: bool
) -> None:
    """Without it all instances of the account would share the quota of queries."""
    desk.ros.ros.stacks.creates_first = creates_first
    desk.run("deploy")
    ended = desk.run("deploy", "--yes", "--set", "MaxInstances=3")
    assert ended.status == 0, ended.output
    assert desk.ros.ros.stacks.limits == {NAME: 3}
    told = f"{NAME} had no limit of instances: it is 3 again."
    assert (told in ended.output) is creates_first
    assert desk.asked("PutConcurrencyConfig") == (1 if creates_first else 0)


def test_a_limit_that_somebody_changed_is_set_again(desk: Desk) -> None:
    """Also by a deployment that changes nothing, which is what people run to be sure."""
    desk.run("deploy")
    desk.ros.ros.stacks.limits[NAME] = 50
    ended = desk.run("deploy")
    assert "No changes" in ended.output
    assert f"{NAME} had a limit of 50 instances: it is 1 again." in ended.output
    assert desk.ros.ros.stacks.limits == {NAME: 1}


def test_a_rollback_looks_at_the_limit_as_well(desk: Desk) -> None:
    """It replaces the limit like any other update."""
    desk.ros.ros.stacks.creates_first = True
    desk.run("deploy")
    desk.run("deploy", "--yes", "--set", "MaxInstances=3")
    ended = desk.run("rollback", "--yes")
    assert ended.status == 0, ended.output
    assert desk.ros.ros.stacks.limits == {NAME: 1}


@pytest.mark.parametrize("action", ["GetConcurrencyConfig", "PutConcurrencyConfig"])
def test_a_limit_that_cannot_be_made_sure_is_told(desk: Desk, action: str) -> None:
    """The deployment counts, and the missing right is named."""
    desk.ros.ros.stacks.creates_first = True
    desk.run("deploy")
    desk.ros.policy.denials.append(Denial("", "", (f"fc:{action}",)))
    ended = desk.run("deploy", "--yes", "--set", "MaxInstances=3")
    assert ended.status == 1
    assert f"whether {NAME} is limited to 3 instances could not be made sure" in ended.output
    assert f"lacks the permission fc:{action}" in ended.output
    assert len(desk.list_keys(f"{NAME}/deployments/")) == 2


@pytest.mark.slow
def test_the_templates_own_limits_and_its_topic_can_be_changed(desk: Desk) -> None:
    """Function Compute refuses to update a topic's trigger, which would fail the whole update."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    desk.ros.ros.stacks.creates_first = True
    assert desk.run("deploy").status == 0
    changes = ("--set", "Topic=other", "--set", "MaxInstances=2")
    ended = desk.run("deploy", "--yes", *changes)
    assert ended.status == 0, ended.output
    assert "TopicTrigger" in ended.output
    assert desk.ros.ros.stacks.limits == {NAME: 2, f"{NAME}-sweep": 1}
    [stack] = desk.ros.ros.stacks.all()
    assert str(stack.resources["TopicTrigger"].properties["SourceArn"]).endswith("/topics/other")
