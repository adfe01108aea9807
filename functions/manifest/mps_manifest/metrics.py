"""The names of all metrics; docs/operations.md says what each means.

Each invocation writes one log line with those that are not zero. Whoever adds one adds it here, and
to the page.
"""

from __future__ import annotations

from typing import Literal

Count = Literal[
    "complete",
    "partial",
    "failed",
    "expired",
    "pending",
    "rejected",
    "queryCalls",
    "throttled",
    "retries",
    "parked",
    "callbacks",
    "announced",
    "unannounced",
    "suspects",
    "lingeredSeconds",
    "coldStart",
]
"""What is summed up over an invocation."""
Peak = Literal[
    "backlogOldestSeconds",
    "backlogLagSeconds",
    "backlogEntries",
    "eventToManifestSeconds",
    "unannouncedOldestSeconds",
]
"""Of which an invocation keeps the highest value."""
