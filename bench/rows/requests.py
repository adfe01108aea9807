"""The number of requests for a job, and for a replay of a finished job."""

from __future__ import annotations

from collections import Counter

from bench.figures import Figure, at_most
from bench.harness import QUERY, Harness, call
from bench.jobs import event, seed
from local.fc.host import FunctionHost

FILES = 2
PUT_REFUSED = "PutObject refused (409)"
FIRST = Counter({QUERY: 1, "HeadObject": FILES, "PutObject": 1})
REPLAY = Counter({QUERY: 1, "HeadObject": FILES, PUT_REFUSED: 1, "GetObject": 1})
_NAMES = {
    QUERY: "query",
    "HeadObject": "HEAD",
    "GetObject": "GET",
    "PutObject": "PUT",
    PUT_REFUSED: "PUT refused (409)",
}


def measure(harness: Harness) -> list[Figure]:
    """Count the requests of a new job, and of its replays on two instances."""
    harness.reset()
    prepared, plain = harness.prepared, {"MEDIA_FACTS": "false"}
    with _warm(harness, plain) as host:
        (job_id,) = seed(harness.cloud, 1)
        first, replay = (_count(harness, host, job_id) for _ in range(2))
    with _warm(harness, plain) as host:
        other_instance = _count(harness, host, job_id)
    with _warm(harness, {"MEDIA_FACTS": "true"}) as host:
        facts = _count(harness, host, *seed(harness.cloud, 1))
    with harness.running(prepared.baseline) as host:
        baseline = _count(harness, host, *seed(harness.cloud, 1))
    return [
        _figure(
            "requests per two-file job",
            first,
            baseline,
            FIRST,
            goal="query 1, HEAD 1 per file, PUT 1",
            note="an instance also calls GetBucketVersioning once, for its first job",
        ),
        Figure("  beside it: with media facts", _formatted(facts)),
        _replay("replay, same instance", replay, baseline),
        _replay("replay, an instance that never met the manifest", other_instance, baseline),
    ]


def _warm(harness: Harness, environment: dict[str, str]) -> FunctionHost:
    """Return a host whose instance has written another job's manifest."""
    host = harness.host(harness.prepared.ours, environment)
    try:
        call(host, event(seed(harness.cloud, 1)))
    except BaseException:
        host.close()
        raise
    return host


def _count(harness: Harness, host: FunctionHost, job_id: str) -> Counter[str]:
    harness.cloud.reset_requests()
    call(host, event([job_id]))
    return Counter(
        f"{request.action} refused ({request.status})" if request.status >= 400 else request.action
        for request in harness.cloud.requests()
    )


def _replay(name: str, ours: Counter[str], baseline: Counter[str]) -> Figure:
    goal = "query 1, HEAD 1 per file, PUT 1 refused (409), GET 1, nothing written"
    return _figure(name, ours, baseline, REPLAY, goal=goal)


def _figure(
    name: str,
    ours: Counter[str],
    baseline: Counter[str],
    wanted: Counter[str],
    *,
    goal: str,
    note: str = "",
) -> Figure:
    limit = at_most(wanted.total(), goal)
    return Figure(
        name,
        _formatted(ours),
        _formatted(baseline),
        limit,
        ours.total(),
        note,
        kept=ours == wanted,
    )


def _formatted(counts: Counter[str]) -> str:
    return ", ".join(f"{_NAMES.get(name, name)} {n}" for name, n in sorted(counts.items()))
