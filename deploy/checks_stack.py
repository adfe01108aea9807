"""Checks of the stack: its state, roles, triggers and limits, and what it has left in its log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from deploy import rpc
from deploy.account import Account
from deploy.code_bucket import CodeBucket
from deploy.concurrency_limits import limits_of
from deploy.deployment_history import DeploymentHistory
from deploy.errors import DeployError
from deploy.findings import Finding, asked, no, unknown, yes
from deploy.log_reader import fields_of
from deploy.ros import Stack
from deploy.template_outline import HIDDEN
from deploy.template_resources import Resource

LAYER = "/opt/python/"
"""Where Function Compute unpacks the `python` folders of layers."""

_ROLE = "ALIYUN::RAM::Role"
_NO_ROLE = "EntityNotExist"
_IMS_EVENT = "AIProduceComplete"
_PIPELINES = 100
_START_MINUTES = 24 * 60


def check_stack(account: Account) -> Iterator[Finding]:
    """Yield whether the stack is as it was deployed, and works; before that, whether it can be."""
    stack = account.stack
    if stack is None:
        for role in _roles(account):
            name = role.properties["RoleName"]
            yield asked(
                f"role-{role.name}", f"The role {name} can be created", _free(account, name)
            )
        return
    yield asked("stack", f"The stack {stack.name} is complete", lambda: _state(stack))
    if not stack.outputs:
        return
    yield asked("record", "It is what was deployed last", lambda: _record(account, stack))
    for role in _roles(account):
        name = role.properties["RoleName"]
        yield asked(
            f"role-{role.name}", f"The role {name} is there and trusted", _trust(account, role)
        )
    yield asked("triggers", "Its triggers are there", lambda: _triggers(account))
    yield asked("limits", "Its limits of instances are in force", lambda: _limits(account, stack))
    yield asked("bound", "Jobs are announced to it", lambda: _bound(account, stack))
    minutes = int(account.parameters["AlertNoSweepMinutes"])
    yield asked(
        "sweep", f"A sweep ran in the last {minutes} minutes", lambda: _sweep(account, minutes)
    )
    yield asked("libraries", "The oss2 of the layer answers", lambda: _libraries(account))


def _roles(account: Account) -> list[Resource]:
    return [each for each in account.resolved.resources.values() if each.type == _ROLE]


def _free(account: Account, name: str) -> Any:
    def question() -> Finding:
        try:
            rpc.ask(account.settings, rpc.RAM, "GetRole", RoleName=name)
        except DeployError as error:
            if error.code.startswith(_NO_ROLE):
                return yes()
            raise
        return no(
            "There is such a role.", "Delete it if it is a stack's that is gone, or set Name."
        )

    return question


def _trust(account: Account, role: Resource) -> Any:
    def question() -> Finding:
        own = role.properties
        try:
            found = rpc.ask(account.settings, rpc.RAM, "GetRole", RoleName=own["RoleName"])
        except DeployError as error:
            if error.code.startswith(_NO_ROLE):
                return no("It is gone.", "Run make destroy and make deploy: ROS does not look.")
            raise
        text = str((found.get("Role") or {}).get("AssumeRolePolicyDocument", ""))
        trusted, wanted = _services(_document(text)), _services(own["AssumeRolePolicyDocument"])
        lacking = sorted(wanted - trusted)
        if lacking:
            return no(
                f"{', '.join(lacking)} may not take it.",
                "Correct its trust policy in RAM to that of template.yml.",
            )
        return yes(f"By {', '.join(sorted(trusted))}.")

    return question


def _document(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _services(document: Mapping[str, Any]) -> set[str]:
    """Return the services that a trust policy names."""
    named: set[str] = set()
    for each in document.get("Statement") or ():
        services = each.get("Principal", {}).get("Service") or ()
        named |= {services} if isinstance(services, str) else set(services)
    return named


def _state(stack: Stack) -> Finding:
    if stack.busy:
        return unknown(f"It is {stack.status}.")
    if stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return yes(f"{stack.status}.")
    if stack.status == "ROLLBACK_COMPLETE":
        return no(
            "The last update failed, and what ran before runs on.",
            "See its reason in the ROS console, correct it and run make deploy.",
        )
    return no(f"It is {stack.status}.", "Run make deploy: it says how it goes on.")


def _record(account: Account, stack: Stack) -> Finding:
    if not account.settings.parameters.get("CodeBucket"):
        return unknown("CodeBucket is not set.")
    bucket = CodeBucket(account.settings)
    try:
        record = DeploymentHistory(bucket, stack.name).latest()
    finally:
        bucket.close()
    if record is None:
        return unknown("There are no records in the code bucket.")
    shown = {name: value for name, value in stack.parameters.items() if value != HIDDEN}
    other = sorted(
        name for name, value in record.parameters.items() if shown.get(name, value) != value
    )
    if other:
        return no(
            f"These parameters were changed since: {', '.join(other)}.",
            "Run make deploy, which sets them to those of deploy.ini; make plan shows them before.",
        )
    return yes(f"It was deployed at {record.deployed_at}.")


def _triggers(account: Account) -> Finding:
    wanted = account.resolved.triggers()
    there = {
        (each.function, each.name): each
        for function in sorted({each.function for each in wanted})
        for each in account.triggers(function)
    }
    missing = [each.name for each in wanted if (each.function, each.name) not in there]
    if missing:
        return no(
            f"Missing: {', '.join(missing)}.",
            "Create them as in template.yml: ROS does not look, so make deploy does not help.",
        )
    off = [
        each.name
        for each in there.values()
        if False in (each.config.get("enable"), each.config.get("triggerEnable"))
    ]
    if off:
        return no(f"Switched off: {', '.join(off)}.", "Switch them on in Function Compute.")
    return yes(f"{', '.join(each.name for each in wanted)}.")


def _limits(account: Account, stack: Stack) -> Finding:
    found = account.limits()
    other = [
        f"{name} has {found.get(name, 'none')}, not {limit}"
        for name, limit in limits_of(stack).items()
        if found.get(name) != limit
    ]
    if other:
        return no(f"{', '.join(other)}.", "Run make deploy, which sets them again.")
    return yes()


def _bound(account: Account, stack: Stack) -> Finding:
    topic, queue = stack.outputs.get("TopicName", ""), stack.outputs.get("QueueName", "")
    if account.parameters["JobApi"] == "ims":
        return _callback(account, queue)
    answer = rpc.ask(account.settings, rpc.MTS, "SearchPipeline", PageNumber=1, PageSize=_PIPELINES)
    listed = (answer.get("PipelineList") or {}).get("Pipeline") or []
    told = [each.get("NotifyConfig") or {} for each in listed]
    names = [
        str(each.get("Name", ""))
        for each, config in zip(listed, told, strict=True)
        if topic in _named(config, "Topic") or queue in _named(config, "QueueName")
    ]
    if names:
        return yes(f"By pipelines of MPS: {', '.join(names)}.")
    if int(answer.get("TotalCount") or 0) > len(listed):
        return unknown(f"Only {len(listed)} pipelines were looked at.")
    return no(
        "No pipeline of MPS names its topic or queue.",
        f"Set {topic} as the topic of a pipeline in the MPS console.",
    )


def _named(config: Mapping[str, Any], key: str) -> list[str]:
    return [each for each in str(config.get(key) or "").split(",") if each]


def _callback(account: Account, queue: str) -> Finding:
    found = rpc.ask(account.settings, rpc.ICE, "GetEventCallback")
    events = [each.strip() for each in str(found.get("EventTypeList") or "").split(",")]
    is_ours = found.get("CallbackType") == "MNS" and found.get("CallbackQueueName") == queue
    if is_ours and _IMS_EVENT in events:
        return yes("By the callback of IMS.")
    what = "does not name its queue" if not is_ours else f"has no {_IMS_EVENT}"
    return no(
        f"The callback of IMS {what}.",
        "Call SetEventCallback as docs/deploy.md shows, with what others need of it.",
    )


def _sweep(account: Account, minutes: int) -> Finding:
    """Look for the line of metrics that each sweep ends with, as the alert does."""
    name = account.stack.outputs.get("SweepName", "") if account.stack else ""
    lines = account.log(f'message: metrics and functionName: "{name}"', minutes)
    if not lines:
        return no(
            "There is no line of one in the log.",
            "See docs/operations.md, No sweep ran: the timer, the function, or its log.",
        )
    ago = time.time() - max(int(line.get("__time__", 0)) for line in lines)
    return yes(f"{max(0, round(ago))} seconds ago.")


def _libraries(account: Account) -> Finding:
    lines = account.log("message: libraries", _START_MINUTES)
    for line in lines:
        fields = fields_of(line)
        if fields.get("message") == "libraries":
            return _library(fields)
    return unknown("No instance started in the last day: run make invoke JOB=<id>, then again.")


def _library(fields: Mapping[str, Any]) -> Finding:
    found = f"oss2 {fields.get('oss2')}, from {fields.get('place')}."
    if str(fields.get("place", "")).startswith(LAYER):
        return yes(found)
    return no(found, "Look whether the function has the layer of the stack, or set Runtime.")
