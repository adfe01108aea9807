"""The policy of a deployer for a template and its parameters, and the command that prints it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.errors import CORRECT_SETTINGS, DeployError
from deploy.permissions import (
    OF_DOCTOR,
    OF_FLOW_DOCTOR,
    OF_FLOW_VERIFY_LIVE,
    OF_IMS,
    OF_RESOURCES,
    OF_THE_TOOL,
    OF_TRIGGERS,
    OF_VERIFY_LIVE,
    Right,
)
from deploy.ros import Ros
from deploy.settings import Settings
from deploy.template import Resolved, Template, TemplateError
from deploy.template_resources import Resource

MOST_CHARACTERS = 6144
"""Of a custom policy, without white space between the tokens (limits page of RAM)."""

Statements = Sequence[Mapping[str, Any]]

_ANY_OBJECT = "built-by-make.zip"
_OBJECTS = ("FunctionObject", "SdkLayerObject", "MediaInfoLayerObject")


def print_policy(
    settings: Settings, console: Console, notes: Console, *, verify_live: bool = False
) -> None:
    """Print the policy as JSON, and what is to be said about it as notes.

    With keys ROS's own statements come first, and the table's rights that ROS does not name follow;
    without keys, or where ROS does not answer, all are the table's. With `verify_live` it has what
    that command does, too.
    Raises DeployError if the template or a parameter is not valid.
    """
    template = _read(settings)
    resolved = _resolved(template, settings)
    rights = rights_of(resolved, verify_live=verify_live)
    of_ros = _of_ros(settings, template, notes)
    named = {action.lower() for one in of_ros for action in _listed(one.get("Action"))}
    missing = [right for right in rights if not _is_named(right.action, named)]
    document = {"Version": "1", "Statement": [*of_ros, *statements(missing)]}
    if of_ros and missing:
        names = ", ".join(sorted({right.action for right in missing}))
        notes.print(Text(f"Not named by ROS, and added: {names}."), soft_wrap=True)
    size = len(json.dumps(document, separators=(",", ":")))
    if size > MOST_CHARACTERS:
        told = f"It has {size} characters, and RAM takes {MOST_CHARACTERS}: make it two policies."
        notes.print(Text(told, "yellow"), soft_wrap=True)
    console.print(Text(json.dumps(document, indent=2)), soft_wrap=True)


def resolved_for(settings: Settings) -> Resolved:
    """Return the template with the parameters of the settings, for any account.

    Raises DeployError if it or a parameter is not valid.
    """
    return _resolved(_read(settings), settings)


def rights_of(resolved: Resolved, *, verify_live: bool = False) -> list[Right]:
    """Return the rights that the stack's resources and the tool's own calls need."""
    region = resolved.pseudo["ALIYUN::Region"]
    own = {**resolved.parameters, **resolved.outputs, "region": region}
    flow = resolved.parameters["CloudFlow"] == "true"
    rows = OF_THE_TOOL + OF_DOCTOR + (OF_FLOW_DOCTOR if flow else ())
    if verify_live:
        rows += OF_VERIFY_LIVE + (OF_FLOW_VERIFY_LIVE if flow else ())
    rights = [_filled(right, own) for right in rows]
    if resolved.parameters["JobApi"] == "ims":
        rights += OF_IMS
    for resource in resolved.resources.values():
        rights += _rights_on(resource, region)
    return list(dict.fromkeys(rights))


def statements(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """Return the statements that allow the rights: one for all resources with the same actions."""
    actions: dict[str, list[str]] = {}
    for right in rights:
        actions.setdefault(right.resource, []).append(right.action)
    resources: dict[tuple[str, ...], list[str]] = {}
    for resource, allowed in actions.items():
        resources.setdefault(tuple(sorted(set(allowed))), []).append(resource)
    return [
        {"Effect": "Allow", "Action": list(allowed), "Resource": sorted(on)}
        for allowed, on in resources.items()
    ]


def _rights_on(resource: Resource, region: str) -> list[Right]:
    """Return the rights on one resource, raising DeployError for a type without a row."""
    rows = OF_RESOURCES.get(resource.type)
    if rows is None:
        raise DeployError(f"The table of permissions does not know {resource.type}.")
    own = {**resource.properties, "region": region}
    if "TriggerType" in own:
        rows += OF_TRIGGERS[own["TriggerType"]]
        own["source"] = own.get("SourceArn", "").rpartition(":")[2]
    return [_filled(row, own) for row in rows]


def _filled(right: Right, values: Mapping[str, Any]) -> Right:
    return right._replace(resource=right.resource.format_map(values))


def _of_ros(settings: Settings, template: str, notes: Console) -> Statements:
    """Return the statements of ROS, or none where it cannot be asked, which is said."""
    if not settings.keys.access_key_id:
        notes.print("No keys are exported: this is the tool's own table (deploy/permissions.py).")
        return []
    try:
        return Ros(settings).template_policy(template, _given(settings))
    except DeployError as error:
        told = f"ROS was not asked ({error.what}): this is the tool's own table."
        notes.print(Text(told, "yellow"), soft_wrap=True)
        return []


def _read(settings: Settings) -> str:
    try:
        return settings.workspace.template.read_text(encoding="utf-8")
    except OSError:
        raise DeployError(
            f"{settings.workspace.template} cannot be read.", "Check --template."
        ) from None


def _resolved(template: str, settings: Settings) -> Resolved:
    """Resolve the template for any account."""
    try:
        return Template.parse(template).resolve(
            _given(settings), region=settings.region, account="*"
        )
    except TemplateError as error:
        raise DeployError(f"{error}.", CORRECT_SETTINGS) from None


def _given(settings: Settings) -> dict[str, str]:
    """Return the parameters; packages that are not built yet may have any key."""
    return {**dict.fromkeys(_OBJECTS, _ANY_OBJECT), **settings.parameters}


def _listed(value: Any) -> list[str]:
    """Return the elements of what may be one text or a list."""
    return [value] if isinstance(value, str) else [str(each) for each in value or ()]


def _is_named(action: str, named: set[str]) -> bool:
    """Return whether an action is among those of ROS, all actions of its service included."""
    return bool({action.lower(), f"{action.partition(':')[0].lower()}:*"} & named)
