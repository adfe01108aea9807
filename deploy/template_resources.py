"""Typed resources of a resolved template: functions, triggers and policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A resource of the stack with its evaluated properties."""

    name: str
    type: str
    properties: Mapping[str, Any]
    deletion_policy: str


@dataclass(frozen=True)
class Function:
    """A function; memory in MB, timeout in seconds."""

    resource: str
    name: str
    handler: str
    initializer: str
    runtime: str
    timeout: int
    memory: int
    cpu: float
    environment: Mapping[str, str]
    layers: tuple[str, ...]
    role: str


@dataclass(frozen=True)
class Trigger:
    """A trigger and the name of its function."""

    resource: str
    name: str
    type: str
    config: Mapping[str, Any]
    function: str
    source: str
    role: str


@dataclass(frozen=True)
class Statement:
    """A statement of a policy."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any]


def function(resource: Resource) -> Function:
    """Read a function from its properties."""
    own = resource.properties
    return Function(
        resource=resource.name,
        name=own["FunctionName"],
        handler=own["Handler"],
        initializer=own.get("InstanceLifecycleConfig", {})
        .get("Initializer", {})
        .get("Handler", ""),
        runtime=own["Runtime"],
        timeout=own.get("Timeout", 0),
        memory=own.get("MemorySize", 0),
        cpu=own.get("Cpu", 0),
        environment=own.get("EnvironmentVariables", {}),
        layers=tuple(own.get("Layers", ())),
        role=own.get("Role", ""),
    )


def trigger(resource: Resource) -> Trigger:
    """Read a trigger from its properties."""
    own = resource.properties
    return Trigger(
        resource=resource.name,
        name=own["TriggerName"],
        type=own["TriggerType"],
        config=own["TriggerConfig"],
        function=own["FunctionName"],
        source=own.get("SourceArn", ""),
        role=own.get("InvocationRole", ""),
    )


def statement(written: Mapping[str, Any]) -> Statement:
    """Read a statement of a policy."""
    return Statement(
        effect=written["Effect"],
        actions=tuple(written.get("Action", ())),
        resources=tuple(written.get("Resource", ())),
        condition=written.get("Condition", {}),
    )
