"""Fault injection: rules that select requests, and what happens to those."""

import asyncio
import contextlib
import os
import random
import signal
from dataclasses import dataclass, field
from typing import Literal

from local.family import descends_from
from local.journal import Call

Effect = Literal[
    "latency", "hold", "reset", "drop", "drip", "error", "throttle", "skew", "kill", "hang"
]


@dataclass(frozen=True)
class FaultRule:
    """Which requests are affected and how; an empty matcher matches all.

    `latency` delays the request by `seconds`; `hold` until the rules are removed, for races in
    which something else has to come first.
    `hang` sends nothing for `seconds`, then aborts.
    `reset` aborts the connection. `drop` closes after `drop_after` bytes of the body.
    `drip` sends the body one byte at a time, `seconds` apart.
    `error` answers `status`, `code`, `message` with `headers`; `throttle` is the service's own.
    `skew` shifts the server's clock by `seconds`. `kill` sends SIGKILL to `pid`, which must be that
    of a descendant of the process that the faults belong to.
    With `when` `before` the request is never handled; with `after` it is handled, and the client
    does not receive the answer. Latency, hold, drop, drip and skew ignore `when`.
    """

    effect: Effect
    service: str = ""
    action: str = ""
    bucket: str = ""
    prefix: str = ""
    job_id: str = ""
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    when: Literal["before", "after"] = "before"
    seconds: float = 0.0
    drop_after: int = 0
    status: int = 500
    code: str = "InternalError"
    message: str = "We encountered an internal error. Please try again."
    headers: dict[str, str] = field(default_factory=dict)
    pid: int = 0

    def matches(self, call: Call) -> bool:
        """Return whether the rule applies to this call."""
        return (
            self.service in ("", call.service)
            and self.action in ("", call.action)
            and self.bucket in ("", call.bucket)
            and self.job_id in ("", call.job_id)
            and call.key.startswith(self.prefix)
        )


class AbortedError(Exception):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True)
class Fired:
    """The rules that apply to one request."""

    rules: tuple[FaultRule, ...] = ()
    held_by: tuple[asyncio.Event, ...] = ()

    async def released(self) -> None:
        """Wait until no rule holds the request any more."""
        for removed in self.held_by:
            await removed.wait()

    def seconds(self, effect: Effect) -> float:
        """Return the sum of the seconds of all rules with this effect."""
        return sum(rule.seconds for rule in self.rules if rule.effect == effect)

    @property
    def drop_after(self) -> int | None:
        """How many bytes of the body are sent, or None for all."""
        limits = [rule.drop_after for rule in self.rules if rule.effect == "drop"]
        return min(limits) if limits else None

    def final_rule(self, when: Literal["before", "after"]) -> FaultRule | None:
        """Return the oldest rule that ends the request at this moment, or None."""
        ends = ("reset", "kill", "hang", "error", "throttle")
        found = (rule for rule in self.rules if rule.effect in ends and rule.when == when)
        return next(found, None)


class _Armed:
    """A rule with its own counters and its own random numbers."""

    def __init__(self, number: int, rule: FaultRule, seed: int) -> None:
        self.number = number
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self.removed = asyncio.Event()
        self._random = random.Random(seed + number)

    def hits(self, call: Call) -> bool:
        if not self.rule.matches(call):
            return False
        self.seen += 1
        if self.seen <= self.rule.after:
            return False
        if self.rule.times is not None and self.fired >= self.rule.times:
            return False
        if self.rule.probability < 1.0 and self._random.random() >= self.rule.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """All rules; each counts for itself, so several may apply to one request.

    Only descendants of the process `family` can be killed, by default those of this one.
    """

    def __init__(self, seed: int = 0, family: int | None = None) -> None:
        self._seed = seed
        self._family = family or os.getpid()
        self._armed: list[_Armed] = []

    def add(self, rule: FaultRule) -> int:
        """Add a rule and return its number, raising ValueError if it would kill a stranger."""
        if rule.effect == "kill" and not descends_from(rule.pid, self._family):
            raise ValueError(f"pid must be that of a child to kill, not {rule.pid}")
        armed = _Armed(len(self._armed) + 1, rule, self._seed)
        self._armed.append(armed)
        return armed.number

    def fired(self, number: int) -> int:
        """Return how often a rule was applied."""
        return self._armed[number - 1].fired

    def clear(self) -> None:
        """Remove all rules, and let go on what they hold."""
        for armed in self._armed:
            armed.removed.set()
        self._armed.clear()

    def fire(self, call: Call) -> Fired:
        """Return the rules that apply to this call, and count them."""
        hit = [armed for armed in self._armed if armed.hits(call)]
        held_by = (armed.removed for armed in hit if armed.rule.effect == "hold")
        return Fired(tuple(armed.rule for armed in hit), tuple(held_by))

    def kill(self, pid: int) -> None:
        """Kill a process at once, if it still exists: its number may be a stranger's by now."""
        if descends_from(pid, self._family):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
