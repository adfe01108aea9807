"""How often the services are asked for one job, and for one that is finished already."""

from __future__ import annotations

from collections import Counter

from bench.figures import Figure, at_most
from bench.harness import QUERY, Harness, call
from bench.jobs import event, seed
from local.fc.host import FunctionHost

FILES = 2
FIRST = Counter({QUERY: 1, "HeadObject": FILES, "PutObject": 1})
ELSEWHERE = (
    "an instance that has not met a manifest can ask for it before it writes, which is a request"
    " more for each new job, or write if there is none, in one request that does both: the PUT is"
    " refused (409) and nothing is written. After that the instance looks first, until it meets a"
    " new job. GetBucketVersioning is asked once per instance"
)


def measure(harness: Harness) -> list[Figure]:
    """Count what the cloud was asked: a new job, its replay, and its replay elsewhere."""
    harness.fresh()
    (warm, job_id) = seed(harness.cloud, 2)
    environment = {"MEDIA_FACTS": "false"}
    with harness.running(harness.prepared.ours, environment) as host:
        call(host, event([warm]))
        first, replay = (_count(harness, host, job_id) for _ in range(2))
    with harness.running(harness.prepared.ours, environment) as host:
        elsewhere = _count(harness, host, job_id)
    with harness.running(harness.prepared.ours, {"MEDIA_FACTS": "true"}) as host:
        (other,) = seed(harness.cloud, 1)
        facts = _count(harness, host, other)
    with harness.running(harness.prepared.baseline) as host:
        (other,) = seed(harness.cloud, 1)
        baseline = _count(harness, host, other)
    return [
        _figure("requests per two-file job", first, baseline, as_wanted=first == FIRST),
        Figure("  beside it: with media facts", _told(facts)),
        _replay("replay of a finished job, same instance", replay, baseline),
        _replay("replay of a finished job, other instance", elsewhere, baseline, ELSEWHERE),
    ]


def _count(harness: Harness, host: FunctionHost, job_id: str) -> Counter[str]:
    harness.cloud.reset_requests()
    call(host, event([job_id]))
    return harness.counted()


def _figure(name: str, ours: Counter[str], baseline: Counter[str], *, as_wanted: bool) -> Figure:
    goal = at_most(FIRST.total(), "query 1, HEAD 1 per file, PUT 1")
    return Figure(name, _told(ours), _told(baseline), goal, ours.total(), kept=as_wanted)


def _replay(name: str, ours: Counter[str], baseline: Counter[str], note: str = "") -> Figure:
    """Judge a replay; the one GET that compares manifests is told, and is not a PUT."""
    goal = at_most(1 + FILES + 1, "query 1, HEAD 1 per file, no PUT")
    kept = ours[QUERY] == 1 and ours["HeadObject"] == FILES and not ours["PutObject"]
    return Figure(name, _told(ours), _told(baseline), goal, ours.total(), note, kept)


def _told(counts: Counter[str]) -> str:
    words = {QUERY: "query", "HeadObject": "HEAD", "GetObject": "GET", "PutObject": "PUT"}
    return ", ".join(f"{words.get(name, name)} {n}" for name, n in sorted(counts.items()))
