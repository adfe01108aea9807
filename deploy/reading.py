"""What the tool itself must know of a template: its parameters, and what outlives the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.errors import DeployError

HIDDEN = "******"


@dataclass(frozen=True)
class Outline:
    """A template's parameters (`secret` are those with NoEcho) and retained resources."""

    parameters: frozenset[str]
    secret: frozenset[str]
    defaults: Mapping[str, str]
    retained: tuple[str, ...]

    @property
    def required(self) -> frozenset[str]:
        """The parameters that have no default."""
        return self.parameters - set(self.defaults)

    def completed(self, given: Mapping[str, str]) -> dict[str, str]:
        """Add the defaults: what is left out of an update might keep an old value otherwise."""
        return {**self.shown(self.defaults), **given}

    def shown(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return parameters as they may be printed and stored: without secret ones."""
        return {name: value for name, value in parameters.items() if name not in self.secret}


class _Loader(yaml.SafeLoader):
    """Reads short tags such as !Sub as what they hold: only the outline matters here."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _untagged)


def outline(template: str) -> Outline:
    """Read a template, raising DeployError if it is no YAML."""
    try:
        document = yaml.load(template, _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as fault:
        place = getattr(fault, "problem_mark", None)
        where = f" (line {place.line + 1})" if place else ""
        raise DeployError(f"The template is no YAML{where}.", "Correct it.") from None
    parameters: Mapping[str, Any] = document.get("Parameters") or {}
    resources: Mapping[str, Any] = document.get("Resources") or {}
    return Outline(
        parameters=frozenset(parameters),
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
