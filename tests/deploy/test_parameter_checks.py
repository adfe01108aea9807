"""Wrong parameters are told before anything is built or sent."""

from __future__ import annotations

import pytest

from deploy.errors import DeployError
from deploy.parameter_checks import check_parameters
from deploy.template_outline import read_outline
from tests.deploy.conftest import ROOT, Desk

OUTLINE = read_outline((ROOT / "template.yml").read_text(encoding="utf-8"))
GIVEN = {"Bucket": "media", "CodeBucket": "code", "FunctionObject": "f.zip"}


def checked(**parameters: str) -> list[str]:
    """Check parameters beside the defaults of the template."""
    return check_parameters(
        OUTLINE, OUTLINE.completed({**GIVEN, "SdkLayerObject": "s.zip", **parameters})
    )


def test_the_defaults_are_right_and_without_remarks() -> None:
    """A warning at each deployment would soon be read by nobody."""
    assert checked() == []


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"MemorySize": "1000"}, "MemorySize: must be a multiple of 64 (is 1000)"),
        ({"SweepMemorySize": "1025"}, "SweepMemorySize: must be a multiple of 64"),
        ({"Cpu": "0.33"}, "Cpu: must be a multiple of 0.05 (is 0.33)"),
        ({"Cpu": "2"}, "1 to 4 GB per vCPU, so 2048 to 8192 MB for 2 (is 1024)"),
        ({"MemorySize": "8192"}, "MemorySize and Cpu: there must be 1 to 4 GB per vCPU"),
        ({"SweepCpu": "0.1"}, "SweepMemorySize and SweepCpu: there must be 1 to 4 GB"),
        ({"MemorySize": "64"}, "MemorySize: must be between 128 and 32768"),
        ({"MaxInstances": "0"}, "MaxInstances: must be between 1 and 99"),
        ({"MaxInstances": "1.5"}, "MaxInstances: must be a whole number"),
        ({"MaxInstances": "many"}, "MaxInstances: must be a number"),
        ({"ManifestPrefix": "jobs/done/"}, "ManifestPrefix and TicketPrefix: jobs/done/ and jobs/"),
        ({"StatePrefix": "jobs/"}, "StatePrefix and TicketPrefix: jobs/ and jobs/ overlap"),
        ({"TicketPrefix": "/jobs/"}, "TicketPrefix: must be a prefix such as"),
        ({"CaptionsVtt": "true", "MediaFacts": "false"}, "CaptionsVtt: needs MediaFacts = true"),
        ({"Concurrency": "300"}, "Concurrency: must be at most 256 (is 300)"),
        ({"JobTtlHours": "100"}, "FlowTimeout: must be longer than JobTtlHours"),
        ({"Runtime": "python3.9"}, "Runtime: must be one of python3.10, python3.12"),
        ({"Bucket": "Media"}, "Bucket: must be 3 to 63 lower-case letters"),
        (
            {"JobApi": "ims", "Queue": "mine"},
            "Queue: must start with ice-callback- with JobApi = ims (is mine)",
        ),
        (
            {"JobApi": "ims", "Queue": "ice-callback-a", "EventBridge": "false"},
            "EventBridge: must be true with JobApi = ims and a queue",
        ),
        (
            {"JobApi": "ims", "QueueExists": "true", "EventBridge": "false"},
            "EventBridge: must be true with JobApi = ims and a queue",
        ),
        (
            {"SweepSchedule": "@every 10m"},
            "must be more than two intervals of SweepSchedule, so more than 20 (is 15)",
        ),
        (
            {"SweepSchedule": "0 */10 * * * *", "AlertNoSweepMinutes": "20"},
            "so more than 20 (is 20)",
        ),
        ({"SweepSchedule": "@every 1h"}, "so more than 120 (is 15)"),
        (
            {"AllowedBuckets": ",".join(["media", *("b" * 60 + str(n) for n in range(50))])},
            "AllowedBuckets: must have at most 3000 characters",
        ),
    ],
)
def test_what_is_wrong_is_named(parameters: dict[str, str], told: str) -> None:
    """The service would say it in the middle of a deployment, and the function at its start."""
    with pytest.raises(DeployError) as raised:
        checked(**parameters)
    assert told in raised.value.what
    assert "nothing was sent" in raised.value.remedy


def test_all_that_is_wrong_is_named_at_once() -> None:
    """One by one each would cost an attempt."""
    with pytest.raises(DeployError) as raised:
        checked(MemorySize="1000", Cpu="0.33", StatePrefix="jobs/")
    assert raised.value.what.count(";") == 2


@pytest.mark.parametrize(
    "parameters",
    [
        {"MemorySize": "1024", "Cpu": "0.25"},
        {"MemorySize": "1024", "Cpu": "1"},
        {"MemorySize": "128", "Cpu": "0.05"},
        {"Cpu": "1.00"},
        {"MaxInstances": "2.0", "Timeout": "300.0"},
        {"CloudFlow": "false", "JobTtlHours": "100"},
        {"ManifestPrefix": "jobs2/"},
        {"JobApi": "ims"},
        {"JobApi": "ims", "Queue": "ice-callback-mine", "QueueExists": "true"},
        {"Queue": "mine", "EventBridge": "false"},
        {"SweepSchedule": "@every 10m", "AlertNoSweepMinutes": "26"},
        {"SweepSchedule": "@every 1h", "Alerts": "false"},
        {"SweepSchedule": "0 0 3 * * *"},
    ],
)
def test_what_is_at_the_limit_is_allowed(parameters: dict[str, str]) -> None:
    """A check that is stricter than the service would stop good deployments."""
    assert checked(**parameters) == []


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"MaxInstances": "90"}, "91 instances are reserved in all"),
        ({"AllowedBuckets": "other"}, "AllowedBuckets lacks Bucket"),
        ({"JobApi": "ims", "EventBridge": "false"}, "no event of IMS reaches the function"),
        ({"SweepSchedule": "@every 7m"}, "a long sweep (SweepTimeout) is alerted like none"),
        ({"Timeout": "600"}, "EventBridge waits for a batch 300 seconds only"),
    ],
)
def test_what_may_be_meant_is_only_remarked(parameters: dict[str, str], told: str) -> None:
    """Quotas can be raised, and other buckets may have all of the files."""
    [remark] = checked(**parameters)
    assert told in remark


@pytest.mark.parametrize("lacking", sorted(set(OUTLINE.parameters) - OUTLINE.required))
def test_a_template_may_lack_what_is_checked(lacking: str) -> None:
    """Older templates, and those of others, have fewer parameters: no check is a reason to fail."""
    wanted = OUTLINE.completed({**GIVEN, "SdkLayerObject": "s.zip", "JobApi": "ims"})
    del wanted[lacking]
    assert check_parameters(OUTLINE, wanted) == []


def test_what_may_be_meant_has_its_own_limit() -> None:
    """One instance less than the smallest quota allows needs no word."""
    assert checked(MaxInstances="89") == []


@pytest.mark.parametrize("command", ["plan", "deploy"])
def test_nothing_is_sent_with_wrong_parameters(desk: Desk, command: str) -> None:
    """A plan that found nothing wrong would be followed by a deployment that fails."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    ended = desk.run(command, "--set", "MemorySize=1000")
    assert ended.status == 1
    assert "MemorySize: must be a multiple of 64 (is 1000)" in ended.output
    assert not desk.ros.requests()
    assert not [each for each in desk.cloud.requests() if each.service == "oss"]
