"""What a run costs, by the rates of tools/costs.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from local.journal import RequestRecord
from tools import costs

_WRITES = ("PutObject", "ListObjects", "DeleteObject")
_DELIVERED = 2
"""A message is sent and delivered: two requests."""


@dataclass(frozen=True)
class Size:
    """What a function is billed for: vCPUs and memory in GB."""

    vcpu: float
    gb: float


@dataclass
class Usage:
    """Calls, seconds and bytes of log of one function."""

    calls: int = 0
    seconds: float = 0.0
    log_bytes: int = 0

    def units(self, size: Size) -> float:
        """Return the compute units."""
        return costs.compute_units(self.seconds, size.vcpu, size.gb, self.calls)


def price(
    usage: Iterable[tuple[Usage, Size]], requests: Iterable[RequestRecord], messages: int
) -> float:
    """Return the price in CNY: functions, OSS, messages and log.

    Left out are what a month of storage costs and the least that is billed for an hour.
    """
    used = list(usage)
    units = sum(each.units(size) for each, size in used)
    oss = [request for request in requests if request.service == "oss"]
    writes = sum(request.action in _WRITES for request in oss)
    log_gb = sum(each.log_bytes for each, _ in used) / 1e9
    return (
        costs.CU.of(units)
        + costs.OSS_WRITES.of(writes)
        + costs.OSS_READS.of(len(oss) - writes)
        + costs.MESSAGES.of(messages * _DELIVERED)
        + costs.LOG.of(log_gb)
    )
