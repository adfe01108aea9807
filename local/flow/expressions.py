"""Expressions: paths into $Input, $Output and $Context, and comparisons of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.flow.errors import BadDefinitionError, FlowError

_PATH = re.compile(r"\$(Input|Output|Context)((?:\.\w+|\[\d+\])*)")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_COMPARISON = re.compile(r"(.+?)\s*(==|!=)\s*(.+)")

Scope = Mapping[str, Any]


def evaluate(expression: str, scope: Scope) -> Any:
    """Evaluate a path or a literal.

    Raises FlowError if a path does not exist, BadDefinitionError for an invalid expression.
    """
    text = expression.strip()
    path = _PATH.fullmatch(text)
    if path is None:
        return _literal(text)
    value = scope.get(path[1])
    for name, index in _STEP.findall(path[2]):
        try:
            value = value[name] if name else value[int(index)]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):  # noqa: PERF203 - paths are short
            raise FlowError("FnF.ExpressionError", f"{text} does not exist") from None
    return value


def holds(condition: str, scope: Scope) -> bool:
    """Evaluate a condition: comparisons joined by && and ||, without parentheses."""
    return any(
        all(_compare(part, scope) for part in branch.split("&&"))
        for branch in condition.split("||")
    )


def construct(template: Any, scope: Scope) -> Any:
    """Evaluate a constructor: values of keys that end in `.$` are expressions."""
    if isinstance(template, Mapping):
        return {
            key.removesuffix(".$"): evaluate(value, scope)
            if key.endswith(".$")
            else construct(value, scope)
            for key, value in template.items()
        }
    if isinstance(template, list):
        return [construct(value, scope) for value in template]
    return template


def _compare(text: str, scope: Scope) -> bool:
    parts = _COMPARISON.fullmatch(text.strip())
    if parts is None:
        raise BadDefinitionError(f"{text!r} is not a comparison")
    equal: bool = evaluate(parts[1], scope) == evaluate(parts[3], scope)
    return equal if parts[2] == "==" else not equal


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise BadDefinitionError(f"{text!r} is neither a path nor a JSON value") from None
