"""Entry points of the function (CONTRACT section 1)."""

from __future__ import annotations

from typing import Any

from mps_manifest.adapters.function import Function
from mps_manifest.adapters.telemetry import measured

FUNCTION = Function()


def initialize(context: Any) -> None:
    """Get ready for invocations, once per instance."""
    FUNCTION.initialize(context)


@measured
def handler(event: bytes, context: Any) -> dict[str, Any]:
    """Turn any event into manifests."""
    return FUNCTION.handle(event, context)


@measured
def sweep(event: bytes, context: Any) -> dict[str, Any]:
    """Work off the backlog that is due."""
    return FUNCTION.sweep(event, context)
