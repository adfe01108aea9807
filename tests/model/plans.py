"""What goes wrong: at single port calls of an invocation, or with a whole service for a while."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import strategies as st

from mps_manifest.errors import ServiceError, Throttled, Unauthorized, Unreachable

STATE = ".mps-manifest/"
FROZEN = 140.0
FAULTS: dict[str, type[ServiceError]] = {
    "throttled": Throttled,
    "unreachable": Unreachable,
    "denied": Unauthorized,
}
AREAS = (
    "any",
    "write manifests",
    "read manifests",
    "head manifests",
    "write backlog",
    "read backlog",
    "delete backlog",
    "list backlog",
    "write locks",
    "read locks",
    "list locks",
    "delete locks",
    "write rejected",
    "list tasks",
    "head tasks",
    "write started",
    "read started",
    "list started",
    "delete started",
    "write leases",
    "list leases",
    "delete leases",
    "write tasks",
    "read tasks",
    "delete tasks",
    "write tickets",
    "delete tickets",
    "read ticket",
    "head file",
    "query",
    "report",
)
"""Kinds of port calls, as `area` names them."""
HOT = ("write manifests", "write backlog", "delete backlog", "write tasks", "query", "report")
"""Those on which most depends."""


def area(operation: str, key: str) -> str:
    """Return the kind of a port call."""
    if operation in {"query", "report"}:
        return operation
    if key.startswith(STATE):
        return f"{operation} {key.removeprefix(STATE).split('/')[0]}"
    if key.startswith("manifests/"):
        return f"{operation} manifests"
    return f"{operation} ticket" if key.startswith("jobs/") else f"{operation} file"


@dataclass(frozen=True)
class Strike:
    """Something happens at the n-th call of a kind, before or after its effect.

    `what` is one of FAULTS, `kill`, or `freeze`: for longer than a lock is held.
    """

    area: str
    nth: int
    what: str
    after: bool


@dataclass(frozen=True)
class Plan:
    """What happens to one invocation.

    `latency` is how many seconds a port call takes; in a `storm` something happens at that part of
    all calls, by seed.
    """

    strikes: tuple[Strike, ...] = ()
    latency: float = 0.0
    storm: float = 0.0
    seed: int = 0

    def strike(self, name: str, nth: int, nth_of_all: int) -> Strike | None:
        """Find what happens at a call."""
        for strike in self.strikes:
            if strike.nth == (nth_of_all if strike.area == "any" else nth) and (
                strike.area in {"any", name}
            ):
                return strike
        chance = random.Random(f"{self.seed} {nth_of_all}")
        if chance.random() < self.storm:
            what = chance.choice([*FAULTS, *FAULTS, "kill"])
            return Strike(name, nth, what, after=chance.random() < 0.5)
        return None


@dataclass
class Weather:
    """How the services are: `fine`, or one of FAULTS."""

    api: str = "fine"
    store: str = "fine"
    writes: str = "fine"
    callbacks: str = "fine"

    def fault(self, operation: str) -> str:
        """Return what a call meets."""
        if operation == "query":
            return self.api
        if operation == "report":
            return self.callbacks
        if operation in {"write", "delete"} and self.store == "fine":
            return self.writes
        return self.store


strikes = st.one_of(
    st.builds(
        Strike,
        st.sampled_from([*AREAS[1:], *HOT, *HOT]),
        st.sampled_from([0, 0, 0, 1, 2]),
        st.sampled_from([*FAULTS, "kill"]),
        st.booleans(),
    ),
    st.builds(
        Strike,
        st.just("any"),
        st.integers(0, 12),
        st.sampled_from([*FAULTS, "kill"]),
        st.booleans(),
    ),
)
plans = st.one_of(
    st.just(Plan()),
    st.builds(lambda strike: Plan((strike,)), strikes),
    st.builds(
        Plan,
        st.lists(strikes, min_size=1, max_size=4).map(tuple),
        st.sampled_from([0.0, 0.0, 0.03, 0.4]),
        st.sampled_from([0.0, 0.1]),
        st.integers(0, 2**16),
    ),
)
