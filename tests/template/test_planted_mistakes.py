"""Mistakes planted into the template: each is found, by the project's own rules or the checker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.checks import problems
from tests.template.given import changed
from tests.template.roscheck import roscheck

Change = Callable[[dict[str, Any]], None]


def at(path: str, value: Any) -> Change:
    """Set what is at a path of resource, properties and so on; a value of `...` deletes it."""

    def change(document: dict[str, Any]) -> None:
        *way, last = path.split("/")
        inner: Any = document["Resources"]
        for step in way:
            inner = inner[int(step) if step.isdigit() else step]
        key = int(last) if last.isdigit() else last
        if value is ...:
            del inner[key]
        else:
            inner[key] = value

    return change


def in_definition(old: str, new: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        definition = document["Resources"]["Flow"]["Properties"]["Definition"]
        assert old in definition["Fn::Sub"]
        definition["Fn::Sub"] = definition["Fn::Sub"].replace(old, new)

    return change


def default(parameter: str, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["Parameters"][parameter]["Default"] = value

    return change


def without_action(action: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        for statement in _statements(document):
            statement["Action"] = [one for one in statement["Action"] if one != action]

    return change


def with_statement(action: str, resource: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        written = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
        _statements(document).append(written)

    return change


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    policy = document["Resources"]["FunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


def renamed(old: str, new: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        document["Resources"][new] = document["Resources"].pop(old)

    return change


ENVIRONMENT = "Function/Properties/EnvironmentVariables"
TICKETS = "TicketTrigger/Properties/TriggerConfig"
QUEUE = "QueueTrigger/Properties/TriggerConfig"
POLICY = "FunctionRole/Properties/Policies/0/PolicyDocument/Statement"

OWN = {
    "a handler that is not there": at("Sweep/Properties/Handler", "index.swep"),
    "the other function's handler": at("Sweep/Properties/Handler", "index.handler"),
    "no initializer": at("Function/Properties/InstanceLifecycleConfig", ...),
    "a prefix that watches our own manifests": at(
        f"{TICKETS}/filter/key/prefix", {"Ref": "ManifestPrefix"}
    ),
    "a trigger on everything": at(f"{TICKETS}/filter/key/prefix", ""),
    "tickets inside the state": default("TicketPrefix", ".mps-manifest/jobs/"),
    "a wildcard event": at(f"{TICKETS}/events", ["oss:ObjectCreated:*"]),
    "parts of uploads": at(f"{TICKETS}/events/3", "oss:ObjectCreated:UploadPart"),
    "an upload that is not watched": at(f"{TICKETS}/events/2", ...),
    "the wrong function swept": at(
        "SweepTimer/Properties/FunctionName", {"Fn::GetAtt": ["Function", "FunctionName"]}
    ),
    "a share too large": at(f"{ENVIRONMENT}/MAX_INSTANCES", {"Fn::Sub": "${MaxInstances}"}),
    "a sweep without a limit": at("SweepConcurrency", ...),
    "two sweeps": at("SweepConcurrency/Properties/ReservedConcurrency", 2),
    "a setting nobody reads as it is": at(f"{ENVIRONMENT}/JOB_API", "MPS2"),
    "a setting of one function only": at(f"{ENVIRONMENT}/DIGEST", "sha256"),
    "a bucket that goes with the stack": at("ManifestBucket/DeletionPolicy", ...),
    "a public bucket": at("ManifestBucket/Properties/AccessControl", "public-read"),
    "manifests that expire": at(
        "ManifestBucket/Properties/LifecycleConfiguration/Rule/0/Prefix", {"Ref": "ManifestPrefix"}
    ),
    "an action that is missing": without_action("oss:DeleteObjectVersion"),
    "an action of an API that is missing": without_action("ice:QueryIProductionJob"),
    "an action nobody needs": with_statement("oss:DeleteBucket", "acs:oss:*:*:media"),
    "an action on too much": with_statement("oss:PutObject", "acs:oss:*:*:*"),
    "reads everywhere": with_statement("oss:GetObject", "acs:oss:*:*:*/*"),
    "lists beyond the prefixes": at(f"{POLICY}/4/Condition", ...),
    "callbacks on nothing": at(f"{POLICY}/8/Resource", []),
    "a role for strangers": at(
        "FunctionRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal",
        {"RAM": ["acs:ram::*:root"]},
    ),
    "a flow that may call anything": at(
        "FlowRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource", ["*"]
    ),
    "failures that go nowhere": at("SweepAsyncConfig/Properties/DestinationConfig", ...),
    "failures among the dead letters": at(
        "AsyncConfig/Properties/DestinationConfig/OnFailure/Destination",
        {"Fn::GetAtt": ["DeadLetterQueue", "ARN.WithSlash"]},
    ),
    "no dead letters": at(f"{QUEUE}/runOptions/deadLetterQueue", ...),
    "retries left to a default": at(f"{QUEUE}/runOptions/retryStrategy", ...),
    "a flow of another name": in_definition("Name: ${Name}-flow", "Name: other"),
    "a flow that does not wait": in_definition("WaitForCustomCallback", "RequestComplete"),
    "a flow without its token": in_definition("taskToken.$:", "token.$:"),
    "a flow that gives up early": default("FlowTimeout", 3600),
    "a flow that loses the others": in_definition("FnF.ALL", "JobFailed"),
    "a flow of the old kind": in_definition(":functions/", ":services/"),
    "a name used twice": renamed("AlertLag", "Alerts"),
    "a metric nobody writes": at(
        "AlertLag/Properties/Detail/Configuration/QueryList/0/Query",
        "message: metrics | SELECT max(cast(json_extract_scalar(message, '$.metrics.lag')"
        " AS double)) AS seconds",
    ),
    "a condition on another column": at(
        "AlertLag/Properties/Detail/Configuration/SeverityConfigurations/0/EvalCondition/Condition",
        "lag > 600",
    ),
    "a field without an index": at("LogIndex/Properties/KeyIndices/3", ...),
    "the account of whoever deploys": at(
        "TopicTrigger/Properties/SourceArn",
        {"Fn::Sub": "acs:mns:${ALIYUN::Region}:${ALIYUN::AccountId}:/topics/jobs"},
    ),
    "a reference into the void": at("Function/Properties/Role", {"Ref": "Roll"}),
    "a function that ROS does not have": at("Function/Properties/Role", {"Fn::Import": "role"}),
}

OF_THE_CHECKER = {
    "a property that is spelled wrong": at("Function/Properties/MemorySizes", 512),
    "a trigger key that is spelled wrong": at(f"{TICKETS}/event", ["oss:ObjectCreated:PutObject"]),
    "a trigger key in the wrong case": at(f"{QUEUE}/runOptions/Mode", "event-streaming"),
    "a trigger without its role": at("TopicTrigger/Properties/InvocationRole", ...),
    "a reference into the void": at("Function/Properties/Role", {"Ref": "Roll"}),
    "an attribute that is not there": at(
        "Function/Properties/Role", {"Fn::GetAtt": ["FunctionRole", "ARN"]}
    ),
    "memory that does not go with the vCPU": at("Function/Properties/MemorySize", 8192),
    "an action that is a wildcard": with_statement("oss:*", "acs:oss:*:*:media/*"),
    "all resources": with_statement("oss:GetObject", "*"),
    "a flow of another name": in_definition("Name: ${Name}-flow", "Name: other"),
    "a flow that spells the limit well": in_definition("MaxConcuccency", "MaxConcurrency"),
    "a step that leads nowhere": in_definition("Next: Done", "Next: Gone"),
    "days that are no number": at("Logstore/Properties/TTL", "a month"),
    "a resource that needs itself": at("LogsProject/DependsOn", "Logstore"),
}


@pytest.mark.parametrize("mistake", OWN)
def test_the_projects_rules_find(mistake: str) -> None:
    """A rule that does not notice the mistake it was made for protects nobody."""
    assert problems(changed(OWN[mistake])), mistake


@pytest.mark.parametrize("mistake", OF_THE_CHECKER)
def test_the_checker_finds(mistake: str, tmp_path: Path) -> None:
    """What the project's own rules leave to the checker must really be noticed by it."""
    document = changed(OF_THE_CHECKER[mistake]).document
    planted = tmp_path / "template.yml"
    planted.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    found = roscheck(planted)
    assert found.returncode == 1, found.stdout + found.stderr
