"""`make alarms`: a stack of its own for the queues that people have to look at."""

from __future__ import annotations

import pytest

from deploy.alarm_commands import TEMPLATE
from deploy.template import Template
from tests.deploy.conftest import NAME, ROOT, Desk

GIVEN = {
    "Name": NAME,
    "DeadLetterQueue": "mps-manifest-dead-letters",
    "FailureQueue": "mps-manifest-failures",
    "ContactGroup": "on call",
}


@pytest.fixture(autouse=True)
def _own_template(desk: Desk) -> None:
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())


def stacks(desk: Desk) -> dict[str, str]:
    return {stack.name: stack.status for stack in desk.ros.ros.stacks.all()}


def test_both_queues_are_watched_and_somebody_is_told() -> None:
    """A queue that nobody looks at is where events are lost in the end."""
    rules = Template.load(TEMPLATE).resolve(GIVEN).resources.values()
    assert {rule.properties["Resources"][0]["queue"] for rule in rules} == {
        GIVEN["DeadLetterQueue"],
        GIVEN["FailureQueue"],
    }
    for rule in rules:
        assert rule.properties["ContactGroups"] == ["on call"]
        alarm = rule.properties["Escalations"]["Critical"]
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


def test_alarms_come_and_go_with_the_stack(desk: Desk) -> None:
    """They are made for its queues, changed by the same command, and removed with them."""
    assert desk.run("deploy").status == 0
    ended = desk.run("alarms", "--contacts", "on call")
    assert ended.status == 0, ended.output
    assert "Alarms of both queues go to on call." in ended.output
    [alarms] = [one for one in desk.ros.ros.stacks.all() if one.name == f"{NAME}-alarms"]
    assert alarms.values["FailureQueue"] == "mps-manifest-failures"
    assert "No changes" in desk.run("alarms", "--contacts", "on call").output
    changed = desk.run("alarms", "--contacts", "night", "--metric", "acs_smq/Other")
    assert changed.status == 0, changed.output
    assert (alarms.values["Namespace"], alarms.values["MetricName"]) == ("acs_smq", "Other")
    assert desk.run("destroy", "--yes").status == 0
    assert stacks(desk) == dict.fromkeys((NAME, f"{NAME}-alarms"), "DELETE_COMPLETE")


def test_a_metric_that_cloudmonitor_does_not_know_leaves_the_functions_alone(desk: Desk) -> None:
    """Its name differs between editions, so it must not be what the whole stack fails over."""
    desk.run("deploy")
    desk.ros.fail_at = {"Failures": "ResourceNotFound: metric ActiveMessages is not found"}
    ended = desk.run("alarms", "--contacts", "on call")
    assert ended.status == 1
    assert "metric ActiveMessages is not found" in ended.output
    assert stacks(desk)[NAME] == "CREATE_COMPLETE"
    desk.ros.fail_at = {}
    again = desk.run("alarms", "--contacts", "on call", "--metric", "acs_smq/Visible")
    assert again.status == 0, again.output


def test_without_contacts_nothing_is_made(desk: Desk) -> None:
    """An alarm that nobody gets is silence."""
    ended = desk.run("alarms")
    assert ended.status == 1
    assert "make alarms CONTACTS=" in ended.output
    assert stacks(desk) == {}
