"""Errors of states, and the rules of Retry and Catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ALL = "FnF.ALL"
TIMEOUT = "FnF.TaskTimeout"
TOO_LARGE = "FnF.DataLimitExceeded"
MAX_DATA_BYTES = 64 * 1024


class FlowError(Exception):
    """A state failed; `code` is what Retry and Catch match."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class BadDefinitionError(ValueError):
    """A definition that the service, or this interpreter, cannot run."""


def matching(rules: Sequence[Mapping[str, Any]], error: FlowError) -> Mapping[str, Any] | None:
    """Return the first rule whose Errors contain the error's code or FnF.ALL, or None."""
    return next((rule for rule in rules if {error.code, ALL} & set(rule["Errors"])), None)
