"""One run of a stack: what was written when, and the line of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.harness import Harness
from bench.system.counting import busiest_second, percentile
from bench.system.loads import Loads
from bench.system.money import price
from bench.system.requests import MANIFESTS, PUT, QUERY, beyond, kind_of, kinds
from bench.system.sources import Moments, Source, backlog, queue, topic
from bench.system.stack import Parameters, Stack
from local.journal import RequestRecord
from tools.costs import JOBS

_WITH_MESSAGES = (topic, queue)
_LEAST_PATIENCE = 400.0
_SLOWEST = 10.0
"""Jobs per second below which a run is not waited for."""


@dataclass(frozen=True)
class Variant:
    """What is deployed: a name for the table, and the parameters that are not the defaults."""

    name: str
    parameters: Parameters
    is_baseline: bool = False


@dataclass(frozen=True)
class Run:
    """A line of the table; `seconds` are those from the first event to the last manifest."""

    row: str
    variant: Variant
    jobs: int
    lost: int
    seconds: float
    delays: tuple[float, ...]
    busiest: int
    throttled: int
    per_job: Mapping[str, float]
    """Requests a job, by kind."""
    cny: float
    """The price of a million jobs."""
    loads: Loads
    calls: Calls
    note: str = ""

    @property
    def rate(self) -> float:
        """Manifests per second."""
        return (self.jobs - self.lost) / self.seconds if self.seconds else 0.0

    @property
    def beyond(self) -> float:
        """Requests a job beyond those that its manifest takes."""
        return beyond(self.per_job)

    def delay(self, percent: float) -> float:
        """Return a percentile of the seconds from event to manifest; endless without any."""
        return percentile(self.delays, percent) if self.delays else float("inf")


@dataclass(frozen=True)
class Calls:
    """How many calls the functions served and for how many seconds in all, and by how many."""

    number: int
    seconds: float
    instances: int


@dataclass(frozen=True)
class Outcome:
    """What a stack did from its first event until nothing was in a call any more."""

    requests: list[RequestRecord]
    loads: Loads
    calls: Calls
    written: Moments
    """When each manifest was first in the bucket."""
    cny: float = 0.0
    """What it costs in all."""

    def delays(self, moments: Moments) -> tuple[float, ...]:
        """Return the seconds from event to manifest of each of these jobs that has one."""
        return tuple(
            self.written[job_id] - moment
            for job_id, moment in moments.items()
            if job_id in self.written
        )

    def seconds(self, moments: Moments) -> float:
        """Return the seconds from the first event to the last manifest of these jobs."""
        ends = [self.written[job_id] for job_id in moments if job_id in self.written]
        return max(ends) - min(moments.values()) if ends else 0.0

    def queries(self) -> list[RequestRecord]:
        """Return all calls of the quota."""
        return [request for request in self.requests if kind_of(request) == QUERY]

    def line(
        self, row: str, variant: Variant, moments: Moments, *, jobs: int = 0, note: str = ""
    ) -> Run:
        """Return the line of these jobs.

        Requests and money are those of all `jobs` of the run, if it had others as well.
        """
        shared = jobs or len(moments)
        delays, queries = self.delays(moments), self.queries()
        return Run(
            row=row,
            variant=variant,
            jobs=len(moments),
            lost=len(moments) - len(delays),
            seconds=self.seconds(moments),
            delays=delays,
            busiest=busiest_second(query.arrival for query in queries),
            throttled=sum(query.code.startswith("Throttling") for query in queries),
            per_job={kind: number / shared for kind, number in kinds(self.requests).items()},
            cny=self.cny / shared * JOBS,
            loads=self.loads,
            calls=self.calls,
            note=note,
        )


def finished(stack: Stack, *, messages: int = 0) -> Outcome:
    """Wait until nothing is in a call any more, and read what was done."""
    loads = stack.finish()
    requests = stack.cloud.requests()
    sizes = stack.sizes()
    used = [(usage, sizes[name]) for name, usage in stack.usage.items()]
    return Outcome(
        requests, loads, _calls(stack), _written(stack, requests), price(used, requests, messages)
    )


def _written(stack: Stack, requests: Iterable[RequestRecord]) -> Moments:
    """Return when each manifest that is in the bucket was first written."""
    kept = stack.manifests()
    written: Moments = {}
    for request in requests:
        if kind_of(request) == PUT and request.status == 200 and request.key in kept:
            job_id = request.key.removeprefix(MANIFESTS).removesuffix(".json")
            written.setdefault(job_id, request.answered)
    return written


def _calls(stack: Stack) -> Calls:
    used = stack.usage.values()
    number, seconds = sum(each.calls for each in used), sum(each.seconds for each in used)
    return Calls(number, seconds, stack.instances + 1)


def patience(jobs: int) -> float:
    """Return the seconds that so many jobs are waited for."""
    return max(_LEAST_PATIENCE, jobs / _SLOWEST)


def drive(harness: Harness, row: str, variant: Variant, source: Source, ids: list[str]) -> Run:
    """Send the events of a source to a warm stack, and wait for all manifests."""
    with Stack(harness.cloud, variant.parameters, code=harness.prepared.ours) as stack:
        stack.warm_up()
        if source is not backlog:  # which begins when it is full
            stack.begin()
        moments = source(stack, ids)
        stack.wait_for(len(ids), patience(len(ids)))
        messages = len(ids) if source in _WITH_MESSAGES else 0
        return finished(stack, messages=messages).line(row, variant, moments)
