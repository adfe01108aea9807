"""Entry points of the function (CONTRACT section 1)."""

from __future__ import annotations

import gc

gc.disable()  # collecting garbage takes a tenth of a start, and there is none to collect

from typing import Any  # noqa: E402

from mps_manifest.adapters.layer import use_layer  # noqa: E402

use_layer()  # before anything else is imported that a layer has

from mps_manifest.adapters.telemetry import measured  # noqa: E402
from mps_manifest.bootstrap import build  # noqa: E402

FUNCTION = build()
gc.freeze()  # later collections skip what the start has made
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
    """Process the backlog entries that are due."""
    return FUNCTION.sweep(event, context)
