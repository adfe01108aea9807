"""The parameters of a template: defaults and validation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.template_functions import TemplateError

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def values_of(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of every parameter: the given one, or the default.

    Raises TemplateError naming all invalid parameters.
    """
    problems = [f"{name}: is not a parameter" for name in given if name not in declared]
    values = {}
    for name, declaration in declared.items():
        if name not in given and "Default" not in declaration:
            problems.append(f"{name}: is required")
            continue
        value = given.get(name, declaration.get("Default"))
        values[name] = _typed(declaration, value)
        problems += [f"{name}: {problem}" for problem in _problems(declaration, values[name])]
    if problems:
        raise TemplateError("; ".join(problems))
    return values


def _typed(declaration: Mapping[str, Any], value: Any) -> Any:
    """Convert text to a number if the parameter is one; other values are not changed."""
    if declaration["Type"] == "Number" and _NUMBER.fullmatch(str(value)):
        return float(value) if "." in str(value) else int(value)
    return value


def _problems(declaration: Mapping[str, Any], value: Any) -> list[str]:
    if declaration["Type"] == "Number":
        return _problems_of_number(declaration, value)
    if not isinstance(value, str):
        return [f"must be text (is {value!r})"]
    allowed, pattern = declaration.get("AllowedValues"), declaration.get("AllowedPattern")
    if allowed and value not in allowed:
        return [f"must be one of {', '.join(allowed)} (is {value!r})"]
    if pattern and not re.fullmatch(pattern, value):
        return [f"must be {declaration.get('ConstraintDescription', pattern)} (is {value!r})"]
    return []


def _problems_of_number(declaration: Mapping[str, Any], value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [f"must be a number (is {value!r})"]
    low, high = declaration.get("MinValue", value), declaration.get("MaxValue", value)
    return [] if low <= value <= high else [f"must be between {low} and {high} (is {value})"]
