"""Jobs that run for a while on a virtual clock, and how soon after their end they are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any, NamedTuple

from mps_manifest.bootstrap import Function, build
from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.ports import Clients, ObjectFacts
from mps_manifest.settings import Api
from tests.fakes import (
    HOME,
    START,
    FakeApi,
    FakeCallbacks,
    FakeClock,
    FakeParser,
    FakeStore,
    FakeTelemetry,
)
from tests.unit.samples import files_answer, mps_answer

TICK = 60.0
"""Seconds from one tick of the timer to the next."""
SLOW_START = 0.5
"""Seconds from a tick to the first line of a sweep."""


class TimedJob(NamedTuple):
    """A job that somebody names when it is submitted, and nobody when it ends.

    One with `files` writes its file when it ends.
    """

    algorithm: str
    submitted: float
    seconds: float
    files: bool = True

    @property
    def end(self) -> float:
        return self.submitted + self.seconds


class Seen(NamedTuple):
    """How late a job's manifest was, and how often the job was asked about."""

    job: TimedJob
    late: float
    queries: int

    @property
    def part(self) -> float:
        """How late it was in proportion to the job's duration."""
        return self.late / self.job.seconds


class Moment(FakeClock):
    """A clock that lets others do their part while somebody sleeps."""

    def __init__(self, arrivals: Iterable[tuple[float, Any]]) -> None:
        super().__init__()
        self._arrivals = sorted(arrivals, key=lambda arrival: arrival[0])

    def pass_by(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while self._arrivals and self._arrivals[0][0] <= end:
            moment, arrive = self._arrivals.pop(0)
            super().pass_by(max(0.0, moment - self.monotonic()))
            arrive()
        super().pass_by(max(0.0, end - self.monotonic()))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing else will come."""
        return not self._arrivals


class RunningJobs(FakeApi):
    """The service, whose jobs end by the clock."""

    def __init__(self, jobs: Mapping[str, TimedJob]) -> None:
        super().__init__()
        self.otherwise = {}
        self.jobs = jobs
        self.clock: FakeClock | None = None
        self.asked: Counter[str] = Counter()
        self.seen: dict[str, float] = {}

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        assert self.clock is not None
        super().query(api, job_id, limit)
        job, now = self.jobs[job_id], self.clock.monotonic()
        self.asked[job_id] += 1
        if now < job.end:
            return mps_answer(JobId=job_id, FunctionName=job.algorithm, State="Analysing")
        self.seen.setdefault(job_id, now)
        if job.files:
            return files_answer(f"c/{job_id}.srt", JobId=job_id, FunctionName=job.algorithm)
        result = '{"Code":"Success","Data":"{\\"result\\":[]}"}'
        return mps_answer(JobId=job_id, FunctionName=job.algorithm, Result=result)


class DatedStore(FakeStore):
    """A store whose files were written when their jobs ended."""

    def __init__(self, jobs: Mapping[str, TimedJob]) -> None:
        super().__init__()
        self._jobs = jobs
        for job_id in jobs:
            self.put(f"c/{job_id}.srt")

    def head(self, bucket: str, key: str) -> ObjectFacts:
        facts = super().head(bucket, key)
        job = self._jobs.get(key.removeprefix("c/").removesuffix(".srt"))
        if job is None:
            return facts
        written = datetime.fromtimestamp(START + job.end, timezone.utc)
        return facts._replace(last_modified=written.strftime("%Y-%m-%dT%H:%M:%SZ"))


def watch(jobs: Iterable[TimedJob]) -> list[Seen]:
    """Let the functions of the stack look after jobs until all have manifests."""
    known = {f"{number:032x}": job for number, job in enumerate(jobs)}
    api, store = RunningJobs(known), DatedStore(known)
    telemetry, parser = FakeTelemetry(), FakeParser()

    def arrive(job_id: str) -> Any:
        return lambda: events.handle(
            f'{{"TopicName": "t", "Message": "{job_id}"}}'.encode(), context
        )

    clock = Moment((job.submitted, arrive(job_id)) for job_id, job in known.items())
    api.clock = clock
    environment = {"BUCKET": HOME, "REGION": "cn-shanghai", "MEDIA_FACTS": "false"}

    def function() -> Function:
        return build(
            environment,
            clock=clock,
            telemetry=telemetry,
            parser=parser,
            clients=lambda *_: Clients(store, api, FakeCallbacks()),
        )

    context = SimpleNamespace(function=SimpleNamespace(timeout=300.0), request_id="r")
    events, sweeps = function(), function()
    tick = 0.0
    while not clock.is_quiet or store.home_keys(".mps-manifest/backlog/"):
        tick += TICK
        clock.pass_by(max(0.0, tick - clock.monotonic()) + SLOW_START)
        sweeps.sweep(b"", context)
    return [
        Seen(job, api.seen[job_id] - job.end, api.asked[job_id]) for job_id, job in known.items()
    ]


def percentile(values: Iterable[float], part: float) -> float:
    """Return the value below which a part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
