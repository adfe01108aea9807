"""Which part of the query quota a command may use.

Where instances take shares of it (`QUOTA_SHARING=leases`) a command takes shares as a sweep does,
and all together never use more than the quota. Where each instance has a fixed part there is none
left for a command: it parks jobs as due now, and the sweeps ask about them. Who has set `API_QPS`
lower than the quota can give a command what is left, by `--qps`.
"""

from __future__ import annotations

from dataclasses import replace

from operate.access.connection import Connection
from operate.access.target import Target

DRY_RUN_QPS = 1
"""Queries a second of a dry run, which cannot take shares, since it writes nothing."""


def with_own_part(target: Target, calls_per_second: int) -> Target:
    """Return the target with a part of the quota for this command alone."""
    own = {
        "QUOTA_SHARING": "split",
        "API_QPS": str(calls_per_second),
        "MAX_INSTANCES": "1",
    }
    return replace(target, environment={**target.environment, **own})


def has_leases(connection: Connection) -> bool:
    """Return whether a command can take shares of the quota. Raises ServiceError."""
    settings = connection.settings
    may_lease = settings.quota_sharing == "leases" and settings.api_qps >= 1
    return may_lease and not connection.core.store.versioned()
