"""The world of the model: the bucket, the services, time, and the invocations going on in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mps_manifest.errors import TemporarilyUnavailable
from mps_manifest.settings import Api, read_settings
from tests.fakes import HOME, START, FakeTelemetry
from tests.model.events import Event, TaskJobs
from tests.model.jobs import IDS, JobWorld, Script
from tests.model.ledger import Ledger
from tests.model.plans import Plan, Weather
from tests.model.ports import PAGE, GatedApi, GatedStore, WatchedStore
from tests.model.strands import Owner, Scheduler, VirtualClock
from tests.model.wiring import ModelInstance, context

INSTANCES = 3
SPARE_INSTANCES = 1
TTL_HOURS = 2


@dataclass
class Instance:
    """An instance of the function; its rate limit is its own."""

    wired: ModelInstance
    queries: list[float] = field(default_factory=list)


class World:
    """Everything there is, and what was seen of it."""

    def __init__(self, scripts: list[Script], **how: str) -> None:
        self.environment = {
            "BUCKET": HOME,
            "REGION": "cn-shanghai",
            "MAX_INSTANCES": str(INSTANCES),
            "JOB_TTL_HOURS": str(TTL_HOURS),
            "API_QPS": how["qps"],
            "CONCURRENCY": how["concurrency"],
            "QUOTA_SHARING": how["sharing"],
        }
        self.settings = read_settings(self.environment)
        self.timeout = float(how["timeout"])
        self.turns = Scheduler(START)
        self.turns.on_time = self._time_passed
        self.clock = VirtualClock(self.turns)
        self.store = WatchedStore(versioning=how["bucket"] == "versioned")
        self.store.now = self.clock.now
        self.store.dated_by = self.clock
        self.queries: list[float] = []
        self.store.page_size = PAGE
        self.ledger = Ledger(self.store.objects, self.settings, not self.store.versioning)
        self.store.ledger = self.ledger
        self.telemetry = FakeTelemetry()
        self.jobs = JobWorld(scripts)
        self.weather = Weather()
        self.tasks: dict[str, TaskJobs] = {}
        self.began: dict[str, float] = {}
        self.instances = [self.new_instance() for _ in range(INSTANCES + SPARE_INSTANCES)]
        self.running: list[Invocation] = []

    def new_instance(self) -> Instance:
        """Start an instance."""
        return Instance(ModelInstance(self.environment, self.clock, self.telemetry))

    def send(self, event: Event) -> None:
        """Put the objects an event tells of into the bucket, and remember its tokens."""
        self.tasks |= event.tasks
        self.began |= dict.fromkeys(event.tasks, self.clock.now())
        for key, body, metadata in event.objects:
            self.store.put(key, body, metadata)
            text = f"{metadata} {key} {body.decode()}"
            self.ledger.tickets[key] = {job_id for job_id in IDS if job_id in text}

    def has_ended_in(self, token: str, job: tuple[Api, str]) -> bool:
        """Return whether the service, or its time to live, ended a job since its task began."""
        said = self.jobs.last_words.get(job, 0.0)
        return said >= self.began[token] or job[1] in self.ledger.expiry_tried

    def run(
        self,
        invocations: list[Invocation],
        seed: int = 0,
        restless: float = 0.0,
        script: list[tuple[Owner, str]] | None = None,
    ) -> None:
        """Run invocations at the same time, each on an instance of its own.

        Whose turn it is at a call is decided by seed, or stands in a script.
        """
        self.running = invocations
        for invocation in invocations:
            self.turns.spawn(invocation, invocation.run)
        if script:
            self.turns.run_in_turn(script)
        else:
            self.turns.run(seed, restless)
        self.running = []
        self.store.take_place(self.jobs.due_changes(self.clock.now()))
        for invocation in invocations:
            invocation.wind_up()

    def _time_passed(self) -> None:
        now = self.clock.now()
        self.store.take_place(self.jobs.due_changes(now))
        for invocation in self.running:
            if now >= invocation.end and not invocation.finished:
                invocation.dead = True  # the platform's timeout


class Invocation:
    """One invocation: an event, or a sweep where there is none."""

    def __init__(self, world: World, number: int, event: Event | None, plan: Plan) -> None:
        self.world = world
        self.number = number
        self.event = event
        self.plan = plan
        self.end = world.clock.now() + world.timeout
        self.dead = False
        self.finished = False
        self.answered: Mapping[str, Any] | None = None
        self.calls: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._said: dict[str, bool] = {}
        self._last_word: dict[str, bool] = defaultdict(bool)
        for asked in event.asked if event else ():
            world.ledger.first_given.setdefault(asked.job_id, world.clock.now())

    def run(self) -> None:
        """Do what the platform does with an event."""
        wired = self.world.instances[self.number].wired
        wired.connect(GatedStore(self), GatedApi(self))
        function = wired.function
        told = context(self.world.timeout)
        self.note(self.event.kind if self.event else "sweep")
        try:
            self.answered = (
                function.handle(self.event.body, told) if self.event else function.sweep(b"", told)
            )
        except TemporarilyUnavailable as fault:
            self.note(f"raised: {fault}")
        except Exception as fault:  # noqa: BLE001 - the contract knows no other
            self.world.ledger.violate(f"{type(fault).__name__}: {fault}")
        else:
            self.note(f"answered {self.answered['status']}")
            self._check_promise()
        self.finished = True

    def wind_up(self) -> None:
        """Replace the instance of an invocation that was killed, as the platform does."""
        if self.dead:
            self.note("is dead")
            self.world.instances[self.number] = self.world.new_instance()

    def note(self, what: str) -> None:
        """Write to the journal."""
        now = self.world.clock.now() - START
        self.world.ledger.journal.append(f"{now:9.2f} [{self.number}] {what}")

    # --- what is looked at ---------------------------------------------------------------------

    def _check_promise(self) -> None:
        """Nothing that was given and is not the caller's is lost when an invocation returns."""
        assert self.answered is not None
        pending = {job["jobId"] for job in self.answered["jobs"] if job["status"] == "pending"}
        for asked in self.event.asked if self.event else ():
            callers = not asked.park and asked.job_id in pending
            if not callers and not self.world.ledger.kept(asked.api, asked.job_id):
                self.world.ledger.violate(f"{asked.job_id[:1]} ({asked.api}) is lost on return")
        for junk in self.event.junk if self.event else ():
            if (HOME, f".mps-manifest/rejected/{junk}.json") not in self.world.store.objects:
                self.world.ledger.violate("an unusable piece is not in the quarantine")

    def about_to_write(self, key: str, body: bytes) -> None:
        """Record a write before it is known what comes of it."""
        last_word = any(word and job_id in key for job_id, word in self._last_word.items())
        self.world.ledger.to_be_written(key, body, self.world.clock.now(), last_word=last_word)

    def answer(self, api: Api, job_id: str) -> Mapping[str, Any]:
        """Return the service's answer, and count the calls of a second."""
        now = self.world.clock.now()
        self._count_query(now)
        answer, last_word = self.world.jobs.answer(api, job_id, now)
        self.world.store.take_place(self.world.jobs.due_changes(now))
        self._said[job_id] = last_word
        return answer

    def _count_query(self, now: float) -> None:
        """Count the calls of a second: of this instance where the quota is split, else of all."""
        world = self.world
        is_leased = world.settings.quota_sharing == "leases" and not world.store.versioning
        queries = world.queries if is_leased else world.instances[self.number].queries
        most = world.settings.api_qps if is_leased else world.settings.instance_qps
        queries.append(now)
        within = sum(1 for moment in queries if moment > now - 1 + 1e-6)
        if within > max(1, int(most)):
            world.ledger.violate(f"{within} queries in a second")

    def asking(self, _api: Api, job_id: str) -> None:
        """Forget what was known of a job: it is asked about anew."""
        self._last_word[job_id] = False

    def was_told(self, _api: Api, job_id: str) -> None:
        """Record what the service said: once per job is enough, or per token.

        A sweep may ask again after each look at what has fallen due meanwhile.
        """
        self._last_word[job_id] = self._said[job_id]
        self._told[job_id] += 1
        asked = self.event.asked if self.event else ()
        enough = len({(a.api, a.token) for a in asked if a.job_id == job_id})
        enough = enough or max(1, self.calls["list backlog"])
        if self._told[job_id] > enough:
            self.world.ledger.violate(f"{job_id[:1]} was asked about {self._told[job_id]} times")
