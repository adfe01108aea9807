"""Mistakes planted into the template: each is found by its rule, the project's or the checker's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


def both(*changes: Change) -> Change:
    def change(document: dict[str, Any]) -> None:
        for each in changes:
            each(document)

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
CHART = "OverviewDashboard/Properties/Charts/0"
POLICY = "FunctionRole/Properties/Policies/0/PolicyDocument/Statement"

OWN = {
    "a handler that is not there": (
        at("Sweep/Properties/Handler", "index.swep"),
        "Sweep: index.py has no 'index.swep'",
    ),
    "the other function's handler": (
        at("Sweep/Properties/Handler", "index.handler"),
        "Sweep: index.handler is another's handler",
    ),
    "no initializer": (
        at("Function/Properties/InstanceLifecycleConfig", ...),
        "Function: '' does not initialize",
    ),
    "a prefix that watches our own manifests": (
        at(f"{TICKETS}/filter/key/prefix", {"Ref": "ManifestPrefix"}),
        "TicketTrigger watches 'manifests/', and the function writes to 'manifests/'",
    ),
    "a trigger on everything": (
        at(f"{TICKETS}/filter/key/prefix", ""),
        "TicketTrigger watches '', and the function writes to '.mps-manifest/'",
    ),
    "tickets inside the state": (
        default("TicketPrefix", ".mps-manifest/jobs/"),
        (
            "STATE_PREFIX and TICKET_PREFIX: '.mps-manifest/' and '.mps-manifest/jobs/' overlap; "
            "use a separate folder for each"
        ),
    ),
    "a wildcard event": (
        at(f"{TICKETS}/events", ["oss:ObjectCreated:*"]),
        "TicketTrigger: oss:ObjectCreated:* is no upload",
    ),
    "parts of uploads": (
        at(f"{TICKETS}/events/3", "oss:ObjectCreated:UploadPart"),
        "TicketTrigger: oss:ObjectCreated:UploadPart is no upload",
    ),
    "an upload that is not watched": (
        at(f"{TICKETS}/events/2", ...),
        "TicketTrigger: oss:ObjectCreated:CompleteMultipartUpload is not watched",
    ),
    "the wrong function swept": (
        at("SweepTimer/Properties/FunctionName", {"Fn::GetAtt": ["Function", "FunctionName"]}),
        "SweepTimer calls mps-manifest",
    ),
    "a share too large": (
        at(f"{ENVIRONMENT}/MAX_INSTANCES", {"Fn::Sub": "${MaxInstances}"}),
        "Function: MAX_INSTANCES is 1, reserved are {'mps-manifest': 1, 'mps-manifest-sweep': 1}",
    ),
    "a sweep without a limit": (
        at("SweepConcurrency", ...),
        "Sweep: nothing limits its instances",
    ),
    "two sweeps": (
        at("SweepConcurrency/Properties/ReservedConcurrency", 2),
        "Sweep: MAX_INSTANCES is 2, reserved are {'mps-manifest': 1, 'mps-manifest-sweep': 2}",
    ),
    "memory that does not go with the vCPU": (
        default("MemorySize", 8192),
        "Function: 8192 MB do not go with 1 vCPU",
    ),
    "a setting nobody reads as it is": (
        at(f"{ENVIRONMENT}/JOB_API", "MPS2"),
        "JOB_API: must be one of mps, ims (got 'MPS2')",
    ),
    "a setting of one function only": (
        at(f"{ENVIRONMENT}/DIGEST", "sha256"),
        "the functions' variables differ",
    ),
    "a bucket that goes with the stack": (
        at("ManifestBucket/DeletionPolicy", ...),
        "ManifestBucket goes with the stack",
    ),
    "a public bucket": (
        at("ManifestBucket/Properties/AccessControl", "public-read"),
        "ManifestBucket is not private",
    ),
    "manifests that expire": (
        at(
            "ManifestBucket/Properties/LifecycleConfiguration/Rule/0/Prefix",
            {"Ref": "ManifestPrefix"},
        ),
        "ManifestBucket: manifests/ would expire or be kept against the plan",
    ),
    "an action that is missing": (
        without_action("oss:DeleteObjectVersion"),
        "oss:DeleteObjectVersion is needed but not allowed",
    ),
    "an action of an API that is missing": (
        without_action("ice:QueryIProductionJob"),
        "ice:QueryIProductionJob is needed but not allowed",
    ),
    "an action nobody needs": (
        with_statement("oss:DeleteBucket", "acs:oss:*:*:media"),
        "oss:DeleteBucket is allowed but never called",
    ),
    "an action on too much": (
        with_statement("oss:PutObject", "acs:oss:*:*:*"),
        "oss:PutObject is allowed on acs:oss:*:*:*",
    ),
    "reads everywhere": (
        with_statement("oss:GetObject", "acs:oss:*:*:*/*"),
        "oss:GetObject is allowed on acs:oss:*:*:*/*",
    ),
    "lists beyond the prefixes": (
        at(f"{POLICY}/4/Condition", ...),
        (
            "oss:ListObjects, oss:ListObjectVersions: the prefix is not limited to "
            "['.mps-manifest/*', 'manifests/*']"
        ),
    ),
    "callbacks on nothing": (
        at(f"{POLICY}/8/Resource", []),
        "fnf:ReportTaskSucceeded is not allowed on *",
    ),
    "a role for strangers": (
        at(
            "FunctionRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal",
            {"RAM": ["acs:ram::*:root"]},
        ),
        "FunctionRole can be assumed by []",
    ),
    "a flow that may call anything": (
        at("FlowRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource", ["*"]),
        "FlowRole may call *",
    ),
    "failures that go nowhere": (
        at("AsyncConfig/Properties/DestinationConfig", ...),
        "Function: failed events go to None",
    ),
    "ticks among the failures": (
        at(
            "SweepAsyncConfig/Properties/DestinationConfig",
            {"OnFailure": {"Destination": {"Fn::GetAtt": ["FailureQueue", "ARN.WithSlash"]}}},
        ),
        (
            "Sweep: failed events go to "
            "acs:mns:cn-shanghai:1234567890123456:/queues/mps-manifest-failures"
        ),
    ),
    "ticks that pile up": (
        at("SweepAsyncConfig/Properties/MaxAsyncEventAgeInSeconds", 3600),
        "Sweep: ticks pile up behind a long sweep",
    ),
    "failures among the dead letters": (
        at(
            "AsyncConfig/Properties/DestinationConfig/OnFailure/Destination",
            {"Fn::GetAtt": ["DeadLetterQueue", "ARN.WithSlash"]},
        ),
        (
            "Function: failed events go to "
            "acs:mns:cn-shanghai:1234567890123456:/queues/mps-manifest-dead-letters"
        ),
    ),
    "a queue that IMS does not deliver to": (
        at("JobQueue/Properties/QueueName", {"Fn::Sub": "${Name}-jobs"}),
        (
            "jobs of ims: mps-manifest-jobs is made, [{'RegionId': 'cn-shanghai', "
            "'QueueName': 'mps-manifest-jobs', 'IsBase64Decode': False}] is read, "
            "ice-callback-mps-manifest is told"
        ),
    ),
    "no dead letters": (
        at(f"{QUEUE}/runOptions/deadLetterQueue", ...),
        "QueueTrigger: no dead letters",
    ),
    "retries left to a default": (
        at(f"{QUEUE}/runOptions/retryStrategy", ...),
        "QueueTrigger: retries are left to a default that varies",
    ),
    "a flow of another name": (
        in_definition("Name: ${Name}-flow", "Name: other"),
        "the definition calls the flow 'other'",
    ),
    "a flow that does not wait": (
        in_definition("WaitForCustomCallback", "RequestComplete"),
        "the flow does not wait for the manifest",
    ),
    "a flow without its token": (
        in_definition("taskToken.$:", "token.$:"),
        (
            "the function cannot report with {'jobId.$': '$Input.jobId', "
            "'token.$': '$Context.Current.TaskToken', 'onPending': 'park'}"
        ),
    ),
    "a flow that gives up early": (
        default("FlowTimeout", 3600),
        "the flow gives up before the function does",
    ),
    "a flow that pays twice": (
        in_definition("End: true\n        - Type: Pass", "Next: Done\n        - Type: Pass"),
        "a job that went well costs a second transition",
    ),
    "a flow that looks inside": (
        in_definition("result.$: $Output", "result.$: $Output.jobs"),
        "the flow looks into what was reported, which may be wrapped",
    ),
    "a flow that reports in crowds": (
        in_definition("MaxConcuccency: 10", "MaxConcuccency: 40"),
        "EachJob: more jobs at once than CloudFlow takes reports",
    ),
    "a flow that loses the others": (
        in_definition("FnF.ALL", "JobFailed"),
        "one lost step loses the other jobs",
    ),
    "a flow of the old kind": (
        in_definition(":functions/", ":services/"),
        "the flow calls acs:fc:cn-shanghai:1234567890123456:services/mps-manifest/LATEST",
    ),
    "a name used twice": (
        renamed("AlertLag", "Alerts"),
        "Alerts is a parameter and a resource",
    ),
    "a metric nobody writes": (
        at(
            "AlertLag/Properties/Detail/Configuration/QueryList/0/Query",
            "message: metrics | SELECT max(cast(json_extract_scalar(message, '$.metrics.lag')"
            " AS double)) AS seconds",
        ),
        "AlertLag: nothing writes the metric lag",
    ),
    "a field that no line has": (
        at(
            "AlertBacklog/Properties/Detail/Configuration/QueryList/0/Query",
            "message: job | SELECT max(json_extract_scalar(message, '$.age')) AS seconds",
        ),
        "AlertBacklog: no log line has age",
    ),
    "jobs that are named and not selected": (
        at(
            "AlertBacklog/Properties/Detail/Configuration/QueryList/0/Query",
            "message: job | SELECT max(json_extract_scalar(message, '$.waited')) AS seconds",
        ),
        "AlertBacklog: jobs is not selected",
    ),
    "an alert that leads nowhere": (
        at(
            "AlertLag/Properties/Detail/Configuration/Annotations/1/Value", "docs/operations.md#lag"
        ),
        "AlertLag: docs/operations.md has no section for it",
    ),
    "a condition on another column": (
        at(
            "AlertLag/Properties/Detail/Configuration/SeverityConfigurations/0"
            "/EvalCondition/Condition",
            "lag > 600",
        ),
        "AlertLag: the condition 'lag > 600' does not compare what is selected",
    ),
    "a field without an index": (
        at("LogIndex/Properties/KeyIndices/3", ...),
        "AlertFailures: hasFunctionError has no index",
    ),
    "a chart of a metric nobody writes": (
        at(
            f"{CHART}/search/chartQueries/0/query",
            "message: metrics | SELECT max(json_extract_scalar(message, '$.metrics.late')) AS x",
        ),
        "jobs-by-outcome: nothing writes the metric late",
    ),
    "a chart of a field that no line has": (
        at(
            f"{CHART}/search/chartQueries/0/query",
            "message: job | SELECT max(json_extract_scalar(message, '$.age')) AS age FROM log",
        ),
        "jobs-by-outcome: no log line has age",
    ),
    "a saved search in a field without an index": (
        at("WarningsSearch/Properties/Detail/SearchQuery", "level: warning"),
        "WarningsSearch: level has no index",
    ),
    "the account of whoever deploys": (
        at(
            "TopicTrigger/Properties/SourceArn",
            {"Fn::Sub": "acs:mns:${ALIYUN::Region}:${ALIYUN::AccountId}:/topics/jobs"},
        ),
        "ALIYUN::AccountId is not the account",
    ),
    "a reference into the void": (
        at("Function/Properties/Role", {"Ref": "Roll"}),
        "'Roll' is neither a parameter nor a resource",
    ),
    "a function that ROS does not have": (
        at("Function/Properties/Role", {"Fn::Import": "role"}),
        "the function Fn::Import is not supported",
    ),
}

OF_THE_CHECKER = {
    "a property that is spelled wrong": (
        at("Function/Properties/MemorySizes", 512),
        "error: Resources.Function.Properties.MemorySizes: unknown property",
    ),
    "a trigger key that is spelled wrong": (
        at(f"{TICKETS}/event", ["oss:ObjectCreated:PutObject"]),
        "TriggerConfig.event: not a field of OSSTriggerConfig",
    ),
    "a trigger key in the wrong case": (
        at(f"{QUEUE}/runOptions/Mode", "event-streaming"),
        "runOptions.Mode: not a field of RunOptions, did you mean mode?",
    ),
    "a trigger without its role": (
        at("TopicTrigger/Properties/InvocationRole", ...),
        "InvocationRole: needed for a trigger of type mns_topic",
    ),
    "a reference into the void": (
        at("Function/Properties/Role", {"Ref": "Roll"}),
        "Ref to 'Roll': no such parameter, resource or pseudo parameter",
    ),
    "an attribute that is not there": (
        at("Function/Properties/Role", {"Fn::GetAtt": ["FunctionRole", "ARN"]}),
        "ALIYUN::RAM::Role has no attribute 'ARN'",
    ),
    "memory that does not go with the vCPU": (
        both(at("Function/Properties/MemorySize", 8192), at("Function/Properties/Cpu", 1)),
        "error: Resources.Function.Properties.Cpu: memory(GB):vCPU is 8.00",
    ),
    "an action that is a wildcard": (
        with_statement("oss:*", "acs:oss:*:*:media/*"),
        "'oss:*' is not least privilege",
    ),
    "all resources": (
        with_statement("oss:GetObject", "*"),
        "'*' although the actions can be limited to resources",
    ),
    "a flow of another name": (
        in_definition("Name: ${Name}-flow", "Name: other"),
        "Flow.Properties.Name: the definition calls the flow 'other'",
    ),
    "a flow that spells the limit well": (
        in_definition("MaxConcuccency", "MaxConcurrency"),
        "MaxConcurrency: the manual spells this field MaxConcuccency",
    ),
    "a step that leads nowhere": (
        in_definition("Next: Done", "Next: Gone"),
        "States[Manifest].Catch[0].Next: 'Gone' is not a state in this scope",
    ),
    "days that are no number": (
        at("Logstore/Properties/TTL", "a month"),
        "error: Resources.Logstore.Properties.TTL: 'a month' should be a number",
    ),
    "a resource that needs itself": (
        at("LogsProject/DependsOn", "Logstore"),
        "circular dependency: Logstore -> LogsProject -> Logstore",
    ),
}


@pytest.mark.parametrize("mistake", OWN)
def test_the_projects_rules_find(mistake: str) -> None:
    """A rule that does not notice the mistake it was made for protects nobody."""
    change, told = OWN[mistake]
    assert told in problems(changed(change))


@pytest.mark.parametrize("mistake", OF_THE_CHECKER)
def test_the_checker_finds(mistake: str, tmp_path: Path) -> None:
    """What the project's own rules leave to the checker must really be noticed by it."""
    change, told = OF_THE_CHECKER[mistake]
    document = changed(change).document
    planted = tmp_path / "template.yml"
    planted.write_text(json.dumps(document), encoding="utf-8")  # which is YAML, too
    found = roscheck(planted)
    assert found.returncode == 1, found.stdout + found.stderr
    assert told in found.stdout
