"""The outline of a template: its parameters, and the resources that outlive the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.errors import DeployError
from deploy.yaml_loader import SafeLoader

HIDDEN = "******"


@dataclass(frozen=True)
class TemplateOutline:
    """The parameters of a template (`secret` are those with NoEcho) and its retained resources."""

    declared: Mapping[str, Mapping[str, Any]]
    secret: frozenset[str]
    defaults: Mapping[str, str]
    retained: tuple[str, ...]

    @property
    def parameters(self) -> frozenset[str]:
        """The names of all parameters."""
        return frozenset(self.declared)

    @property
    def required(self) -> frozenset[str]:
        """The parameters without a default."""
        return self.parameters - set(self.defaults)

    def completed(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return all parameters: in an update, one that is left out might keep its old value."""
        return {**self.shown(self.defaults), **given}

    def shown(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters that may be printed and stored: all but the secret ones."""
        return {name: value for name, value in parameters.items() if name not in self.secret}


class _Loader(SafeLoader):
    """Reads short tags such as !Sub as their content, since only the outline matters."""


def _untagged(loader: SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _untagged)


def read_outline(template: str) -> TemplateOutline:
    """Read the outline of a template, raising DeployError if it is not valid YAML."""
    try:
        document = yaml.load(template, _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise DeployError(f"The template is not valid YAML{where}.", "Correct it.") from None
    parameters: Mapping[str, Any] = document.get("Parameters") or {}
    resources: Mapping[str, Any] = document.get("Resources") or {}
    return TemplateOutline(
        declared=parameters,
        secret=frozenset(name for name, each in parameters.items() if each.get("NoEcho")),
        defaults={
            name: _text(each["Default"]) for name, each in parameters.items() if "Default" in each
        },
        retained=tuple(
            name for name, each in resources.items() if each.get("DeletionPolicy") == "Retain"
        ),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
