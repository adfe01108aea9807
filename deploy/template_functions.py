"""The intrinsic functions of ROS that template.yml uses, evaluated without the service.

    Ref  Fn::GetAtt  Fn::Sub  Fn::Join  Fn::Split  Fn::Replace  Fn::Select  Fn::Str  Fn::Add
    Fn::FindInMap  Fn::If  Fn::Equals  Fn::Not  Fn::And  Fn::Or

Any other function is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_ESCAPED = re.compile(r"\$\{!([^}]*)\}")


class TemplateError(ValueError):
    """The template or its parameters are invalid."""


class Names(Protocol):
    """The names that Ref and Fn::GetAtt refer to."""

    def ref(self, name: str) -> Any:
        """Return the value of a parameter, a pseudo parameter or a resource."""

    def attribute(self, resource: str, name: str) -> Any:
        """Return an attribute of a resource."""


class _NoValue:
    """The value ALIYUN::NoValue, which removes its key or element."""


NO_VALUE = _NoValue()


@dataclass(frozen=True)
class Functions:
    """Evaluates values of a template with its names, conditions and mappings."""

    names: Names
    conditions: Mapping[str, Any]
    mappings: Mapping[str, Any]
    _evaluating: set[str] = field(default_factory=set)

    def value(self, node: Any) -> Any:
        """Evaluate a value, recursively."""
        if isinstance(node, Mapping):
            if len(node) == 1:
                ((name, argument),) = node.items()
                if name == "Ref" or str(name).startswith("Fn::"):
                    return self._call(name, argument)
            valued = {key: self.value(inner) for key, inner in node.items()}
            return {key: inner for key, inner in valued.items() if inner is not NO_VALUE}
        if isinstance(node, list):
            return [inner for inner in map(self.value, node) if inner is not NO_VALUE]
        return node

    def holds(self, condition: Any) -> bool:
        """Evaluate a condition, given by name or as an expression."""
        if not isinstance(condition, str):
            return bool(self.value(condition))
        if condition not in self.conditions:
            raise TemplateError(f"the condition {condition!r} does not exist")
        if condition in self._evaluating:
            raise TemplateError(f"the condition {condition!r} depends on itself")
        self._evaluating.add(condition)
        try:
            return bool(self.value(self.conditions[condition]))
        finally:
            self._evaluating.discard(condition)

    def _call(self, name: str, argument: Any) -> Any:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise TemplateError(f"the function {name} is not supported")
        try:
            return function(self, argument)
        except (LookupError, TypeError, ValueError) as error:
            if isinstance(error, TemplateError):
                raise
            raise TemplateError(f"{name}: {error} in {argument!r}") from None


def _ref(this: Functions, argument: Any) -> Any:
    return NO_VALUE if argument == "ALIYUN::NoValue" else this.names.ref(argument)


def _get_att(this: Functions, argument: Any) -> Any:
    resource, attribute = argument
    return this.names.attribute(resource, attribute)


def _sub(this: Functions, argument: Any) -> str:
    text, given = (argument, {}) if isinstance(argument, str) else argument
    local = {name: this.value(node) for name, node in given.items()}

    def replace(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in local:
            return text_of(local[name])
        if "." in name:
            return text_of(this.names.attribute(*name.split(".", 1)))
        return text_of(this.names.ref(name))

    return _ESCAPED.sub(r"${\1}", _VARIABLE.sub(replace, text))


def _join(this: Functions, argument: Any) -> str:
    delimiter, items = argument
    return str(delimiter).join(text_of(item) for item in this.value(items))


def _split(this: Functions, argument: Any) -> list[str]:
    delimiter, text = argument
    return text_of(this.value(text)).split(delimiter)


def _replace(this: Functions, argument: Any) -> str:
    replacements, node = argument
    text = text_of(this.value(node))
    for old, new in replacements.items():
        text = text.replace(old, text_of(this.value(new)))
    return text


def _select(this: Functions, argument: Any) -> Any:
    index, items = argument
    return this.value(items)[int(index)]


def _str(this: Functions, argument: Any) -> str:
    return text_of(this.value(argument))


def _add(this: Functions, argument: Any) -> Any:
    return sum(this.value(argument))


def _find_in_map(this: Functions, argument: Any) -> Any:
    table, row, column = this.value(argument)
    return this.mappings[table][row][column]


def _if(this: Functions, argument: Any) -> Any:
    condition, then, otherwise = argument
    return this.value(then if this.holds(condition) else otherwise)


def _equals(this: Functions, argument: Any) -> bool:
    one, other = argument
    return bool(this.value(one) == this.value(other))


def _not(this: Functions, argument: Any) -> bool:
    (condition,) = argument
    return not this.holds(condition)


def _and(this: Functions, argument: Any) -> bool:
    return all(this.holds(condition) for condition in argument)


def _or(this: Functions, argument: Any) -> bool:
    return any(this.holds(condition) for condition in argument)


def text_of(value: Any) -> str:
    """Format a value as ROS does within text."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise TypeError(f"{value!r} is not text")
    return str(value)


_FUNCTIONS: dict[str, Callable[[Functions, Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Replace": _replace,
    "Fn::Select": _select,
    "Fn::Str": _str,
    "Fn::Add": _add,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::And": _and,
    "Fn::Or": _or,
}
