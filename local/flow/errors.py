"""How a state fails."""

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
    """A definition that this player, or the service, cannot play."""


def matching(rules: Sequence[Mapping[str, Any]], fault: FlowError) -> Mapping[str, Any] | None:
    """Find the first rule whose Errors name the fault, or all."""
    return next((rule for rule in rules if {fault.code, ALL} & set(rule["Errors"])), None)
