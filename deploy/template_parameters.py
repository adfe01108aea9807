"""The parameters of a template: defaults, and whether given values fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.template_functions import TemplateError

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def values_of(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give every parameter its value: the given one, or the default.

    Raises TemplateError naming everything that is wrong at once.
    """
    faults = [f"{name}: there is no such parameter" for name in given if name not in declared]
    values = {}
    for name, declaration in declared.items():
        if name not in given and "Default" not in declaration:
            faults.append(f"{name}: is required")
            continue
        value = given.get(name, declaration.get("Default"))
        values[name] = _typed(declaration, value)
        faults += [f"{name}: {fault}" for fault in _faults(declaration, values[name])]
    if faults:
        raise TemplateError("; ".join(faults))
    return values


def _typed(declaration: Mapping[str, Any], value: Any) -> Any:
    """Read numbers out of texts, as they come from a command line; no text is ever changed."""
    if declaration["Type"] == "Number" and _NUMBER.fullmatch(str(value)):
        return float(value) if "." in str(value) else int(value)
    return value


def _faults(declaration: Mapping[str, Any], value: Any) -> list[str]:
    if declaration["Type"] == "Number":
        return _faults_of_number(declaration, value)
    if not isinstance(value, str):
        return [f"must be text (is {value!r})"]
    allowed, pattern = declaration.get("AllowedValues"), declaration.get("AllowedPattern")
    if allowed and value not in allowed:
        return [f"must be one of {', '.join(allowed)} (is {value!r})"]
    if pattern and not re.fullmatch(pattern, value):
        return [f"must be {declaration.get('ConstraintDescription', pattern)} (is {value!r})"]
    return []


def _faults_of_number(declaration: Mapping[str, Any], value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [f"must be a number (is {value!r})"]
    low, high = declaration.get("MinValue", value), declaration.get("MaxValue", value)
    return [] if low <= value <= high else [f"must be between {low} and {high} (is {value})"]
