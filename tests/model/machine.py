"""The model: events, time, weather and mishaps in any order, and then the dust settles."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.model.events import Draft, Event, drafts, parked
from tests.model.jobs import DEADLY, IDS, Script, scripts
from tests.model.plans import FAULTS, STATE, Plan, plans
from tests.model.verdict import verdict
from tests.model.wiring import cooperative_threads
from tests.model.world import Invocation, World

HOUSEKEEPING = Script("f" * 32, "mps", 1, 0, "complete", 1, 0.5)
LAST_OF_ALL = Script("9" * 32, "mps", 1, 0, "complete", 1, 0.5)
all_scripts = st.tuples(*map(scripts, IDS))
LONGEST_DELAY = 910.0
LATEST_FILE = 3600.0
MOST_SWEEPS = 60
NEVER_AGAIN = 9 * 24 * 3600.0
"""Seconds after which no trigger delivers an event again."""
SHOWN = 120


class NoJobIsLost(RuleBasedStateMachine):
    """Events are delivered at least once; those that raised or were killed come back."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.inbox: list[Event] = []
        self.accepted: list[Event] = []
        self.numbers = count()
        self.known = len(IDS)
        self.threads = cooperative_threads()
        self.settled = False

    @initialize(
        scripts=all_scripts,
        bucket=st.sampled_from(["plain", "plain", "versioned"]),
        sharing=st.sampled_from(["split", "leases"]),
        qps=st.sampled_from(["3000", "30", "3"]),
        concurrency=st.sampled_from(["1", "4"]),
        timeout=st.sampled_from(["60", "6"]),
        known=st.sampled_from([1, 1, 2, 5]),
        deadly=st.sampled_from(["", "", "", "", *DEADLY]),
    )
    def begin(self, scripts: tuple[Script, ...], known: int, deadly: str = "", **how: str) -> None:
        self.known = known
        if deadly and known > 1:
            first, second, *others = scripts
            scripts = (first, replace(second, end=deadly), *others)
        self.world = World([*scripts, HOUSEKEEPING, LAST_OF_ALL], **how)

    @property
    def there(self) -> World:
        assert self.world is not None
        return self.world

    # --- rules ---------------------------------------------------------------------------------

    @rule(draft=drafts(), plan=plans)
    def an_event_comes(self, draft: Draft, plan: Plan) -> None:
        self._run([(self._send(draft), plan)])

    @rule(plan=plans)
    def a_sweep(self, plan: Plan) -> None:
        self._run([(None, plan)])

    @precondition(lambda self: self.inbox)
    @rule(which=st.integers(0, 9), plan=plans)
    def an_event_comes_back(self, which: int, plan: Plan) -> None:
        self._run([(self.inbox[which % len(self.inbox)], plan)])

    @precondition(lambda self: self.accepted)
    @rule(which=st.integers(0, 9), plan=plans)
    def an_event_is_replayed(self, which: int, plan: Plan) -> None:
        self._run([(self.accepted[which % len(self.accepted)], plan)])

    @rule(
        chosen=st.lists(st.tuples(st.integers(-3, 4), plans), min_size=2, max_size=3),
        draft=drafts(),
        later=st.sampled_from([None, 16.0, 65.0, 1010.0, 3700.0, 8000.0]),
        seed=st.integers(0, 2**16),
        restless=st.sampled_from([0.1, 0.3, 0.7]),
    )
    def several_at_once(
        self,
        chosen: list[tuple[int, Plan]],
        draft: Draft,
        later: float | None,
        seed: int,
        restless: float,
    ) -> None:
        """Sweeps (below 0) and events, known ones and a new one, interleaved at port calls.

        With `later` the new event comes once before all that.
        """
        event = self._send(draft)
        if later:
            self._run([(event, Plan())])
            self.there.turns.pass_by(later)
        known = [event, *self.inbox[::-1], *self.accepted]
        self._run(
            [(None if n < 0 else known[n % len(known)], plan) for n, plan in chosen],
            seed,
            restless,
        )

    @rule(seconds=st.sampled_from([1.0, 16.0, 65.0, 130.0, 910.0, 3700.0, 8000.0]))
    def time_passes(self, seconds: float) -> None:
        self.there.turns.pass_by(seconds)

    @rule(
        service=st.sampled_from(["api", "store", "writes", "callbacks"]),
        how=st.sampled_from(["fine", "fine", *FAULTS]),
    )
    def the_weather_changes(self, service: str, how: str) -> None:
        setattr(self.there.weather, service, how)

    # --- how it goes on ------------------------------------------------------------------------

    def _send(self, draft: Draft) -> Event:
        event = draft.sent(next(self.numbers), self.known)
        self.there.send(event)
        self.inbox.append(event)
        return event

    def _run(
        self,
        batch: list[tuple[Event | None, Plan]],
        seed: int = 0,
        restless: float = 0.0,
    ) -> None:
        invocations = [
            Invocation(self.there, number, event, plan)
            for number, (event, plan) in enumerate(batch)
        ]
        self.there.run(invocations, seed, restless)
        for invocation in invocations:
            self._delivered(invocation)
        self._check()

    def _delivered(self, invocation: Invocation) -> None:
        """Keep what was not taken in for its next delivery, also of an event known before."""
        event, taken = invocation.event, invocation.answered is not None and not invocation.dead
        if event is None:
            return
        if taken and event not in self.accepted:
            self.accepted.append(event)
        if taken and event in self.inbox:
            self.inbox.remove(event)
        elif not taken and event not in self.inbox:
            self.inbox.append(event)

    def _check(self) -> None:
        faults = [repr(fault) for fault in self.there.telemetry.unexpected_errors]
        wrong = self.there.ledger.violations + faults
        if wrong:
            self.settled = True
            told = "\n".join(self.there.ledger.journal[-SHOWN:])
            raise AssertionError("; ".join(wrong) + "\n" + told)

    # --- the end -------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if self.world and not self.settled:
                self._settle()
        finally:
            self.threads.close()

    def _settle(self) -> None:
        """Make all fine again, and check what came of everything."""
        world = self.there
        world.ledger.journal.append("--- the dust settles ---")
        world.weather.api = world.weather.store = "fine"
        world.weather.writes = world.weather.callbacks = "fine"
        world.timeout = 60.0
        # a sweep that has something to do removes locks that were left behind
        self.inbox.append(parked([(HOUSEKEEPING.job_id, "mps")], next(self.numbers)))
        for _ in range(20):
            for event in list(self.inbox):
                self._run([(event, Plan())])
        for event in self.inbox:
            if not self._is_hopeless(event):
                world.ledger.violate(f"{event.kind} is never taken in")
        self._sweep_all()
        world.turns.pass_by(NEVER_AGAIN)
        self._run([(parked([(LAST_OF_ALL.job_id, "mps")], next(self.numbers)), Plan())])
        self._sweep_all()
        world.ledger.violations += verdict(world, self.accepted)
        self._check()
        self._replay()

    def _is_deadly(self, job_id: str) -> bool:
        return self.there.jobs.scripts[job_id].end in DEADLY

    def _is_hopeless(self, event: Event) -> bool:
        """Return whether an event names one job alone that kills, or is one of a caller's own."""
        kept = {(asked.api, asked.job_id, asked.token) for asked in event.asked if asked.park}
        return len(kept) < 2 and any(self._is_deadly(asked.job_id) for asked in event.asked)

    def _sweep_all(self) -> None:
        for _ in range(MOST_SWEEPS):
            self.there.turns.pass_by(LONGEST_DELAY)
            self._run([(None, Plan())])
            if not self.there.ledger.entries():
                self.there.turns.pass_by(LATEST_FILE)
                return
        self.there.ledger.violate("the backlog never gets empty")

    def _replay(self) -> None:
        """Check that a replay of what is wholly settled leaves the bucket as it is."""
        ledger = self.there.ledger
        for event in self.accepted:
            if any(self._is_deadly(asked.job_id) for asked in event.asked):
                continue
            if all(ledger.has_ended(asked.api, asked.job_id) for asked in event.asked):
                before, written = self._what_stands(), len(self.there.store.written)
                self._run([(event, Plan())])
                if self._what_stands() != before:
                    ledger.violate(f"a replay of {event.kind} changed the bucket")
                new = [k for k in self.there.store.written[written:] if not _is_passing(k)]
                if new and not self.there.store.versioning:
                    ledger.violate(f"a replay of {event.kind} wrote {new}")
        self._check()

    def _what_stands(self) -> dict[str, bytes]:
        """Return what is ours; with versioning a quarantine entry is written anew each time."""
        return {
            key: b"" if self.there.store.versioning and "/rejected/" in key else held.body
            for (_, key), held in self.there.store.objects.items()
            if key.startswith(("manifests/", STATE)) and not key.startswith(f"{STATE}leases/")
        }


def _is_passing(key: str) -> bool:
    """Return whether a record is there only while an event, or a task, goes on."""
    return key.startswith((f"{STATE}tasks/", f"{STATE}started/", f"{STATE}leases/"))
