"""Entry points of the function (CONTRACT section 1)."""

from __future__ import annotations

import gc

gc.disable()  # what a start makes stays: to look for garbage in it takes a tenth of the start

from typing import Any  # noqa: E402

from mps_manifest.adapters.telemetry import measured  # noqa: E402
from mps_manifest.bootstrap import build  # noqa: E402

FUNCTION = build()
gc.freeze()  # nor is it looked through later
gc.enable()


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
