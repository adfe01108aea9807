"""The part of a ROS template that the emulator evaluates: parameters, conditions, references."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from deploy.yaml_loader import SafeLoader
from local.jobs.errors import ApiError

_IN_TEXT = re.compile(r"\$\{([^!}]+)\}")


class _Loader(SafeLoader):
    """Expands short tags: !Sub text becomes {Fn::Sub: text}."""


def _long_form(loader: SafeLoader, tag: str, node: yaml.Node) -> Any:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    text = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else ""
    return {name: text.split(".", 1) if tag == "GetAtt" else text}


_Loader.add_multi_constructor("!", _long_form)


@dataclass(frozen=True)
class Resource:
    """A resource with all references resolved."""

    name: str
    type: str
    properties: Mapping[str, Any]
    retained: bool

    def physical(self, default: str) -> str:
        """Return its name in the service."""
        for key, value in self.properties.items():
            if key.endswith("Name") and key not in {"ProjectName", "BucketOwnerName"}:
                return str(value)
        return default


class Template:
    """A template with the values of its parameters."""

    def __init__(
        self, document: Mapping[str, Any], given: Mapping[str, str], stack: str, region: str
    ) -> None:
        self._document = document
        self.values = _values(document, given)
        self._known = {
            **self.values,
            "ALIYUN::Region": region,
            "ALIYUN::StackName": stack,
            "ALIYUN::TenantId": "1234567890123456",
            "ALIYUN::NoValue": "",
        }

    def resources(self) -> dict[str, Resource]:
        """Return the resources whose conditions hold."""
        wanted: Mapping[str, Any] = self._document["Resources"]
        return {
            name: Resource(
                name,
                str(each["Type"]),
                self._resolve(each.get("Properties") or {}),
                each.get("DeletionPolicy") == "Retain",
            )
            for name, each in wanted.items()
            if self._holds(each.get("Condition", True))
        }

    def outputs(self) -> dict[str, str]:
        """Return the outputs whose conditions hold."""
        wanted: Mapping[str, Any] = self._document.get("Outputs") or {}
        return {
            name: str(self._resolve(each["Value"]))
            for name, each in wanted.items()
            if self._holds(each.get("Condition", True))
        }

    def conditions(self) -> dict[str, bool]:
        """Return which conditions hold."""
        return {name: self._holds(name) for name in self._document.get("Conditions") or {}}

    def secret(self) -> set[str]:
        """Return the parameters whose values are not shown (NoEcho)."""
        parameters: Mapping[str, Any] = self._document.get("Parameters") or {}
        return {name for name, each in parameters.items() if each.get("NoEcho")}

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, about)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, about)
        return {key: self._resolve(each) for key, each in value.items()}

    def _call(self, name: str, about: Any) -> Any:
        if name == "Ref":
            return self._refer(str(about))
        if name == "Fn::GetAtt":
            return self._refer(str(about[0]), str(about[1]))
        if name == "Fn::Sub":
            text, extra = about if isinstance(about, list) else (about, {})
            own = {key: self._resolve(each) for key, each in extra.items()}
            return _IN_TEXT.sub(
                lambda found: str(
                    own[found[1]] if found[1] in own else self._refer(*found[1].split(".", 1))
                ),
                text,
            )
        if name == "Fn::Join":
            return str(about[0]).join(str(self._resolve(each)) for each in self._resolve(about[1]))
        if name == "Fn::If":
            return self._resolve(about[1] if self._holds(about[0]) else about[2])
        return {name: self._resolve(about)}

    def _refer(self, name: str, attribute: str = "") -> Any:
        """Return a parameter's value, a resource's property, or a resource's name."""
        if name in self._known:
            return self._known[name]
        resource = self._document["Resources"].get(name)
        if resource is None:
            message = f'The specified reference "{name}" is incorrect.'
            raise ApiError(400, "InvalidTemplateReference", message)
        properties: Mapping[str, Any] = resource.get("Properties") or {}
        if attribute in properties:
            return self._resolve(properties[attribute])
        named = [key for key in properties if key.endswith("Name") and key != "ProjectName"]
        return self._resolve(properties[named[0]]) if named else f"id-of-{name}"

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, bool):
            return condition
        if isinstance(condition, str):
            return self._holds(self._document["Conditions"][condition])
        [(name, about)] = condition.items()
        if name == "Condition":
            return self._holds(about)
        if name == "Fn::Equals":
            return bool(_text(self._resolve(about[0])) == _text(self._resolve(about[1])))
        if name == "Fn::Not":
            return not self._holds(about[0] if isinstance(about, list) else about)
        parts = [self._holds(each) for each in about]
        return all(parts) if name == "Fn::And" else any(parts)


@lru_cache(16)  # whoever waits for a stack asks for it many times, and each answer needs it
def read(text: str) -> Mapping[str, Any]:
    """Parse a template, raising ApiError for one that ROS would not accept."""
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        message = "The template is not valid: it is no mapping with Resources."
        raise ApiError(400, "InvalidTemplate", message)
    if document.get("ROSTemplateFormatVersion") is None:
        message = "The template version is invalid: ROSTemplateFormatVersion is missing."
        raise ApiError(400, "InvalidTemplateVersion", message)
    return document


def _values(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    declared: Mapping[str, Any] = document.get("Parameters") or {}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        message = f"The Parameter ({unknown[0]}) was not defined in template."
        raise ApiError(400, "StackValidationFailed", message)
    values: dict[str, str] = {}
    for name, each in declared.items():
        if name not in given and "Default" not in each:
            message = f"The Parameter ({name}) was not provided."
            raise ApiError(400, "StackValidationFailed", message)
        values[name] = _text(given.get(name, each.get("Default")))
        allowed = [_text(value) for value in each.get("AllowedValues") or []]
        if allowed and values[name] not in allowed:
            message = f"The Parameter ({name}) must be one of {', '.join(allowed)}."
            raise ApiError(400, "StackValidationFailed", message)
    return values


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
