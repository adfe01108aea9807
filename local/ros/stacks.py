"""Stacks, which are created and changed step by step: one resource for each GetStack."""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.jobs.errors import ApiError
from local.ros.template import Resource, Template

# Properties that cannot be updated: ROS replaces the resource, if replacement is enabled.
_REPLACED = {
    "ALIYUN::FC3::Trigger": ("FunctionName", "TriggerName", "TriggerType"),
    "ALIYUN::FC3::LayerVersion": ("Code", "LayerName", "CompatibleRuntime"),
    "ALIYUN::FC3::ConcurrencyConfig": ("ReservedConcurrency", "FunctionName"),
    "ALIYUN::SLS::Dashboard": ("DashboardName", "ProjectName"),
    "ALIYUN::SLS::Savedsearch": ("Project",),
}

Failure = Callable[[Resource], str]


@dataclass(frozen=True)
class StackEvent:
    """An event of a stack."""

    id: str
    time: float
    resource: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """The change of a resource in an update; `action` is Add, Modify or Remove."""

    resource: Resource
    action: str
    replaces: bool


@dataclass
class LiveStack:
    """A stack; `steps` are the remaining changes of the action in progress."""

    id: str
    name: str
    text: str
    values: dict[str, str]
    status: str = ""
    reason: str = "Stack is new"
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    steps: list[Difference] = field(default_factory=list)
    pending: "Pending | None" = None
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def busy(self) -> bool:
        """Whether an action is in progress."""
        return self.status.endswith("_IN_PROGRESS")

    def note(self, status: str, resource: Resource | None = None, reason: str = "") -> None:
        """Record an event; without a resource it is an event of the stack itself."""
        name, kind = (
            (resource.name, resource.type) if resource else (self.name, "ALIYUN::ROS::Stack")
        )
        event_id = f"{self.id}-{next(self.numbers)}"
        self.events.append(StackEvent(event_id, time.time(), name, kind, status, reason))
        if resource is None:
            self.status, self.reason = status, reason


@dataclass(frozen=True)
class Pending:
    """The state of a stack after the action in progress has succeeded."""

    action: str
    text: str
    template: Template | None
    replace: bool = True
    rollback: bool = True


def differences(have: Mapping[str, Resource], want: Mapping[str, Resource]) -> list[Difference]:
    """Return the differences of two states of a stack."""
    found = [_difference(have.get(name), resource) for name, resource in want.items()]
    gone = [Difference(have[name], "Remove", False) for name in have if name not in want]  # noqa: FBT003
    return [each for each in found if each] + gone


def _difference(old: Resource | None, new: Resource) -> Difference | None:
    if old is None:
        return Difference(new, "Add", replaces=False)
    if _same(old.properties, new.properties):
        return None
    replaced = any(
        not _same(old.properties.get(name), new.properties.get(name))
        for name in _REPLACED.get(new.type, ())
    )
    return Difference(new, "Modify", replaces=replaced)


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(
        other, sort_keys=True, default=str
    )


class Stacks:
    """All stacks of a region; `failure` returns why a resource cannot be created, or nothing.

    `limits` are the instances that functions may have. With `creates_first` a replacement makes the
    new resource before it deletes the old one, which takes the limit of its function away.
    """

    def __init__(self, failure: Failure) -> None:
        self._failure = failure
        self._stacks: dict[str, LiveStack] = {}
        self.limits: dict[str, int] = {}
        self.creates_first = False

    def get(self, stack_id: str) -> LiveStack:
        """Return a stack by its ID."""
        if stack_id not in self._stacks:
            raise ApiError(404, "StackNotFound", f"The Stack ({stack_id}) could not be found.")
        return self._stacks[stack_id]

    def all(self) -> list[LiveStack]:
        """Return all stacks, including deleted ones."""
        return list(self._stacks.values())

    def check_free(self, name: str) -> None:
        """Raise ApiError if there is a stack with this name."""
        if any(each.name == name and each.status != "DELETE_COMPLETE" for each in self.all()):
            raise ApiError(409, "StackExists", f"The Stack ({name}) already exists.")

    def create(
        self, name: str, text: str, template: Template, *, rollback: bool = True
    ) -> LiveStack:
        """Start the creation of a stack."""
        self.check_free(name)
        stack = LiveStack(str(uuid.uuid4()), name, text, template.values)
        self._stacks[stack.id] = stack
        pending = Pending("CREATE", text, template, rollback=rollback)
        self._begin(stack, pending, template.resources())
        return stack

    def resume(self, stack: LiveStack, text: str, template: Template) -> None:
        """Continue a creation that failed; what was created may not change."""
        _check_not_busy(stack)
        if stack.status != "CREATE_FAILED":
            message = f"Continuing to create a stack in status {stack.status} is not supported."
            raise ApiError(400, "NotSupported", message)
        want = template.resources()
        touched = [each for each in differences(stack.resources, want) if each.action != "Add"]
        if touched:
            message = f"The resource {touched[0].resource.name} was created and cannot be changed."
            raise ApiError(400, "StackValidationFailed", message)
        stack.text, stack.values = text, template.values
        self._begin(stack, Pending("CREATE", text, template, rollback=False), want)

    def update(self, stack: LiveStack, text: str, template: Template, *, replace: bool) -> None:
        """Start an update."""
        _check_not_busy(stack)
        if stack.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE"}:
            message = f"Updating a stack in status {stack.status} is not supported."
            raise ApiError(400, "NotSupported", message)
        if stack.text == text and stack.values == template.values:
            message = f"Update the completely same stack ({stack.name}) is not supported."
            raise ApiError(400, "NotSupported", message)
        self._begin(stack, Pending("UPDATE", text, template, replace), template.resources())

    def delete(self, stack: LiveStack) -> None:
        """Start the deletion of a stack."""
        _check_not_busy(stack)
        self._begin(stack, Pending("DELETE", stack.text, None), {})

    def advance(self, stack: LiveStack) -> None:
        """Run one step of the action in progress."""
        if not stack.busy or stack.pending is None:
            return
        if not stack.steps:
            self._end(stack, stack.pending)
            return
        step = stack.steps.pop(0)
        reason = self._run_step(stack, step, stack.pending)
        if reason:
            _fail(stack, step, reason, stack.pending)

    def _begin(self, stack: LiveStack, pending: Pending, want: Mapping[str, Resource]) -> None:
        stack.pending = pending
        stack.steps = differences(stack.resources, want)
        stack.note(f"{pending.action}_IN_PROGRESS", reason=f"Stack {pending.action} started")

    def _run_step(self, stack: LiveStack, step: Difference, pending: Pending) -> str:
        """Change a resource; returns why that failed, or an empty string."""
        verb = {"Add": "CREATE", "Modify": "UPDATE", "Remove": "DELETE"}[step.action]
        stack.note(f"{verb}_IN_PROGRESS", step.resource)
        if step.action == "Remove":
            stack.resources.pop(step.resource.name, None)
            if step.resource.retained:
                return ""
        elif step.replaces and not pending.replace:
            return "NotSupported: the property cannot be updated and replacement is disabled."
        elif step.action == "Modify" and not step.replaces and _is_topic_trigger(step.resource):
            return "InvalidArgument: update trigger of type mns_topic is not supported"
        elif reason := self._failure(step.resource):
            return reason
        else:
            stack.resources[step.resource.name] = step.resource
            self._limit(step)
        stack.note(f"{verb}_COMPLETE", step.resource)
        return ""

    def _limit(self, step: Difference) -> None:
        """Set the limit that a resource stands for; one that is replaced may lose it."""
        if step.resource.type == "ALIYUN::FC3::ConcurrencyConfig":
            own = step.resource.properties
            self.limits[own["FunctionName"]] = int(own["ReservedConcurrency"])
            if step.replaces and self.creates_first:
                del self.limits[own["FunctionName"]]

    @staticmethod
    def _end(stack: LiveStack, pending: Pending) -> None:
        stack.text = pending.text
        if pending.template:
            stack.values = pending.template.values
            stack.outputs = pending.template.outputs()
        stack.note(f"{pending.action}_COMPLETE", reason=f"Stack {pending.action} completed")
        stack.pending = None


def _fail(stack: LiveStack, step: Difference, reason: str, pending: Pending) -> None:
    """Record the failure and roll back at once."""
    verb = "CREATE" if step.action == "Add" else "UPDATE"
    stack.note(f"{verb}_FAILED", step.resource, reason)
    stack.steps = []
    stack.pending = None
    if not pending.rollback:
        stack.note("CREATE_FAILED", reason=f"Resource CREATE failed: {reason}")
    elif pending.action == "CREATE":
        stack.resources = {}
        stack.note("CREATE_ROLLBACK_COMPLETE", reason=f"Resource CREATE failed: {reason}")
    else:
        stack.note("ROLLBACK_COMPLETE", reason=f"Resource UPDATE failed: {reason}")


def _is_topic_trigger(resource: Resource) -> bool:
    return bool(resource.properties.get("TriggerType") == "mns_topic")


def _check_not_busy(stack: LiveStack) -> None:
    if stack.busy:
        action = stack.status.removesuffix("_IN_PROGRESS")
        message = f"Stack {stack.name} already has an action ({action}) in progress."
        raise ApiError(409, "ActionInProgress", message)
