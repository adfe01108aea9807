"""Whether the parts of the stack fit one another, and the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from deploy.template import Resolved, Template
from mps_manifest.errors import ConfigurationError
from mps_manifest.limits.timed_calls import REPORTS_AT_ONCE
from mps_manifest.settings import Settings, read_settings
from tests.template import sls
from tests.template.given import CODE, PARAMETERS, ROOT

UPLOADS = {
    f"oss:ObjectCreated:{name}"
    for name in ("PutObject", "PostObject", "CompleteMultipartUpload", "CopyObject")
}

TICK_SECONDS = 60
"""The shortest schedule of the sweep: a tick that is older has a successor."""


def _settings(environment: Mapping[str, str]) -> Settings:
    return read_settings({"FC_REGION": "cn-shanghai", **environment})


def _at(stack: Resolved, service: str, resource: str) -> str:
    region, account = stack.pseudo["ALIYUN::Region"], stack.pseudo["ALIYUN::TenantId"]
    return f"acs:{service}:{region}:{account}:{resource}"


def names(template: Template) -> list[str]:
    """Find names that stand for a parameter and for a resource, which ROS refuses."""
    both = template.parameters.keys() & template.document["Resources"].keys()
    return [f"{name} is a parameter and a resource" for name in sorted(both)]


def accounts(template: Template) -> list[str]:
    """Find ARNs that would name whoever deploys: that may be a RAM user, not the account."""
    written = json.dumps(template.document)
    return ["ALIYUN::AccountId is not the account"] if "ALIYUN::AccountId" in written else []


def handlers(template: Template) -> list[str]:
    """Find handlers that index.py does not have, or in the wrong place."""
    tree = ast.parse((CODE / "index.py").read_text(encoding="utf-8"))
    there = {f"index.{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    wanted = {"Function": "index.handler", "Sweep": "index.sweep"}
    problems = []
    for function in template.resolve(PARAMETERS).functions():
        entries = {function.handler, function.initializer}
        problems += [f"{function.resource}: index.py has no {one!r}" for one in entries - there]
        if function.handler != wanted[function.resource]:
            problems.append(f"{function.resource}: {function.handler} is another's handler")
        if function.initializer != "index.initialize":
            problems.append(f"{function.resource}: {function.initializer!r} does not initialize")
    return problems


def settings(template: Template) -> list[str]:
    """Find variables that the function would refuse, or that differ between the two."""
    one, other = template.resolve(PARAMETERS).functions()
    try:
        _settings(one.environment)
    except ConfigurationError as fault:
        return [str(fault)]
    return [] if one.environment == other.environment else ["the functions' variables differ"]


def loops(template: Template) -> list[str]:
    """Find ticket triggers that what the function writes could fire, or that miss tickets."""
    stack = template.resolve(PARAMETERS)
    own = _settings(stack.functions()[0].environment)
    problems = []
    for trigger in stack.triggers():
        if trigger.type != "oss":
            continue
        prefix = trigger.config.get("filter", {}).get("key", {}).get("prefix", "")
        if prefix != own.ticket_prefix:
            problems.append(f"{trigger.resource} watches {prefix!r}, not {own.ticket_prefix!r}")
        problems += [
            f"{trigger.resource} watches {prefix!r}, and the function writes to {written!r}"
            for written in (own.manifest_prefix, own.state_prefix)
            if written.startswith(prefix) or prefix.startswith(written)
        ]
        events = set(trigger.config["events"])
        problems += [f"{trigger.resource}: {one} is no upload" for one in events - UPLOADS]
        problems += [f"{trigger.resource}: {one} is not watched" for one in UPLOADS - events]
        if trigger.source != _at(stack, "oss", own.bucket):
            problems.append(f"{trigger.resource} watches {trigger.source}")
    return problems


def budget(template: Template) -> list[str]:
    """Find shares of the query quota that do not go with the instances there can be."""
    problems = []
    for instances in ("1", "4"):
        stack = template.resolve({**PARAMETERS, "MaxInstances": instances})
        reserved = {
            found.properties["FunctionName"]: found.properties["ReservedConcurrency"]
            for found in stack.resources.values()
            if found.type == "ALIYUN::FC3::ConcurrencyConfig"
        }
        for function in stack.functions():
            if function.name not in reserved:
                problems.append(f"{function.resource}: nothing limits its instances")
            shares = _settings(function.environment).max_instances
            if shares != sum(reserved.values()):
                problems.append(
                    f"{function.resource}: MAX_INSTANCES is {shares}, reserved are {reserved}"
                )
    return problems


def sizes(template: Template) -> list[str]:
    """Find memory that the platform does not give for so much vCPU: 1 to 4 GB for each."""
    return [
        f"{name}: {found.properties['MemorySize']} MB do not go with {found.properties['Cpu']} vCPU"
        for name, found in template.resolve(PARAMETERS).resources.items()
        if found.type == "ALIYUN::FC3::Function"
        and not 1 <= found.properties["MemorySize"] / 1024 / found.properties["Cpu"] <= 4
    ]


def bucket(template: Template) -> list[str]:
    """Find ways to lose the bucket, let strangers read it, or keep leftovers without end."""
    stack = template.resolve({**PARAMETERS, "BucketExists": "false"})
    state = stack.parameters["StatePrefix"]
    problems = []
    for name, found in stack.resources.items():
        if found.type != "ALIYUN::OSS::Bucket":
            continue
        if found.deletion_policy != "Retain":
            problems.append(f"{name} goes with the stack")
        if found.properties.get("AccessControl") != "private":
            problems.append(f"{name} is not private")
        rules = found.properties.get("LifecycleConfiguration", {}).get("Rule", [])
        prefixes = {rule["Prefix"] for rule in rules}
        problems += [
            f"{name}: {prefix} would expire or be kept against the plan"
            for prefix in prefixes ^ {f"{state}locks/"}
        ]
    return problems


def failures(template: Template) -> list[str]:
    """Find ways in which an event could be dropped without a trace."""
    stack = template.resolve(PARAMETERS)
    failed = _at(stack, "mns", f"/queues/{stack.outputs['FailureQueueName']}/messages")
    configured = {
        found.properties["FunctionName"]: found.properties
        for found in stack.resources.values()
        if found.type == "ALIYUN::FC3::AsyncInvokeConfig"
    }
    problems = []
    for function in stack.functions():
        config = configured.get(function.name, {})
        target = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        is_sweep = function.name == stack.outputs["SweepName"]
        if target != (None if is_sweep else failed):
            problems.append(f"{function.resource}: failed events go to {target}")
        if is_sweep and not 0 < config.get("MaxAsyncEventAgeInSeconds", 0) <= TICK_SECONDS:
            problems.append(f"{function.resource}: ticks pile up behind a long sweep")
    return problems + _queue_trigger(stack)


def _queue_trigger(stack: Resolved) -> list[str]:
    dead = _at(stack, "mns", f"/queues/{stack.outputs['DeadLetterQueueName']}")
    problems = []
    for trigger in stack.triggers():
        if trigger.type != "eventbridge":
            continue
        run = trigger.config.get("runOptions", {})
        if run.get("retryStrategy", {}).get("PushRetryStrategy") != "EXPONENTIAL_DECAY_RETRY":
            problems.append(f"{trigger.resource}: retries are left to a default that varies")
        if run.get("deadLetterQueue", {}).get("Arn") != dead:
            problems.append(f"{trigger.resource}: no dead letters")
        if run.get("mode") != "event-streaming" or not run.get("batchWindow"):
            problems.append(f"{trigger.resource}: no batches")
    return problems


def callbacks(template: Template) -> list[str]:
    """Find queues that IMS would not deliver to, or that nobody reads.

    Its SetEventCallback takes only names that start with ice-callback- (page of 2026-03-30).
    """
    problems = []
    for api, prefix in (("ims", "ice-callback-"), ("mps", "")):
        stack = template.resolve({**PARAMETERS, "JobApi": api})
        name = stack.outputs["QueueName"]
        if not name.startswith(prefix) or (api == "mps" and name.startswith("ice-")):
            problems.append(f"jobs of {api}: the queue is called {name}")
        made = stack.resources["JobQueue"].properties["QueueName"]
        read = [
            trigger.config["eventSourceConfig"]["eventSourceParameters"]["sourceMNSParameters"]
            for trigger in stack.triggers()
            if trigger.type == "eventbridge"
        ]
        if [made, *(source["QueueName"] for source in read)] != [name, name]:
            problems.append(f"jobs of {api}: {made} is made, {read} is read, {name} is told")
    return problems


def triggers(template: Template) -> list[str]:
    """Find triggers that call the wrong function."""
    stack = template.resolve(PARAMETERS)
    wanted = {"timer": stack.outputs["SweepName"]}
    return [
        f"{trigger.resource} calls {trigger.function}"
        for trigger in stack.triggers()
        if trigger.function != wanted.get(trigger.type, stack.outputs["FunctionName"])
    ]


def flow(template: Template) -> list[str]:
    """Find where the flow is another's, waits for nothing, or loses jobs."""
    stack = template.resolve(PARAMETERS)
    definition = stack.flow() or {}
    problems = []
    if definition.get("Name") != stack.outputs["FlowName"]:
        problems.append(f"the definition calls the flow {definition.get('Name')!r}")
    tasks = [state for state in _states(definition) if state.get("Type") == "Task"]
    if not tasks:
        problems.append("no state calls the function")
    for task in tasks:
        problems += _task(task, stack)
    problems += [
        f"{state['Name']}: more jobs at once than CloudFlow takes reports"
        for state in _states(definition)
        if state.get("Type") == "Map" and state["MaxConcuccency"] > REPORTS_AT_ONCE
    ]
    return problems


def _task(task: Mapping[str, Any], stack: Resolved) -> list[str]:
    called = task["Parameters"]
    body = called["body"]
    problems = []
    function = _at(stack, "fc", f"functions/{stack.outputs['FunctionName']}/LATEST")
    if called["resourceArn"] != function:
        problems.append(f"the flow calls {called['resourceArn']}")
    if task.get("TaskMode") != "WaitForCustomCallback":
        problems.append("the flow does not wait for the manifest")
    if body.get("taskToken.$") != "$Context.Current.TaskToken" or "jobId.$" not in body:
        problems.append(f"the function cannot report with {body}")
    if task.get("Timeout", 0) <= stack.parameters["JobTtlHours"] * 3600:
        problems.append("the flow gives up before the function does")
    if not any(caught["Errors"] == ["FnF.ALL"] for caught in task.get("Catch", [])):
        problems.append("one lost step loses the other jobs")
    if not task.get("End"):
        problems.append("a job that went well costs a second transition")
    if re.search(r"\$Output\.", json.dumps(task.get("OutputConstructor", {}))):
        problems.append("the flow looks into what was reported, which may be wrapped")
    if not any("FC.ResourceThrottled" in tried["Errors"] for tried in task.get("Retry", [])):
        problems.append("a busy platform fails the step")
    return problems


def _states(scope: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    states: list[Mapping[str, Any]] = []
    for state in scope.get("States", []):
        states += [state, *_states(state.get("Processor", {}))]
    return states


@cache
def _written() -> frozenset[str]:
    """Return what the code names in quotation marks, and the names before an equals sign."""
    sources = " ".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    return frozenset(re.findall(r'"\w+"|\b\w+=', sources))


def queries(template: Template) -> list[str]:
    """Find alerts, charts and saved searches on what no code writes, or on what has no index."""
    written, stack = _written(), template.resolve(PARAMETERS)
    columns = {one["Name"] for one in stack.resources["LogIndex"].properties["KeyIndices"]}
    problems = []
    for name, text in sls.queries_of(stack).items():
        problems += [
            f"{name}: nothing writes the metric {metric}"
            for metric in dict.fromkeys(re.findall(r"\$\.metrics\.(\w+)", text))
            if f'"{metric}"' not in written
        ]
        problems += [
            f"{name}: no log line has {field}"
            for field in dict.fromkeys(re.findall(r"'\$\.(\w+)'", text))
            if f"{field}=" not in written and field != "message"
        ]
        problems += [
            f"{name}: {column} has no index"
            for column in dict.fromkeys(re.findall(r"(\w+):", text.split("|")[0]))
            if column not in columns
        ]
    return problems


def alerts(template: Template) -> list[str]:
    """Find alerts whose conditions and texts do not go with what they select, or with the page."""
    problems = []
    for name, found in template.resolve(PARAMETERS).resources.items():
        if found.type != "ALIYUN::SLS::Alert":
            continue
        configuration = found.properties["Detail"]["Configuration"]
        for query in configuration["QueryList"]:
            text = query["Query"]
            problems += _threshold(name, text, configuration["SeverityConfigurations"])
            problems += _annotations(name, text, configuration["Annotations"])
    return problems


def _annotations(name: str, query: str, annotations: list[Mapping[str, Any]]) -> list[str]:
    """Find texts that name what is not selected, or send people nowhere."""
    (text,) = (one["Value"] for one in annotations if one["Key"] == "desc")
    problems = [
        f"{name}: {column} is not selected"
        for column in re.findall(r"\$\{(\w+)\}", text)
        if column not in _selected(query)
    ]
    if not any(text.endswith(f"docs/operations.md#{anchor}") for anchor in anchors()):
        problems.append(f"{name}: docs/operations.md has no section for it")
    return problems


def anchors() -> set[str]:
    """Return the anchors of the sections of the page for operators, as GitHub makes them."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _selected(query: str) -> set[str]:
    return set(re.findall(r"\bAS (\w+)", query.partition("|")[2].partition(" FROM (")[0]))


def _threshold(name: str, query: str, severities: list[Mapping[str, Any]]) -> list[str]:
    return [
        f"{name}: the condition {condition!r} does not compare what is selected"
        for condition in (one["EvalCondition"]["Condition"] for one in severities)
        if condition.split()[0] not in _selected(query) or condition.split()[1] not in {">", "<"}
    ]
