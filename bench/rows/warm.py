"""A single job on a warm instance, as a multiple of its necessary round trips."""

from __future__ import annotations

from bench.figures import Figure, Spread, at_most
from bench.harness import API_LATENCY, OSS_LATENCY, Harness, call
from bench.jobs import event, seed
from bench.packages import Code
from bench.round_trips import round_trips

# The query, both HEADs concurrently, the PUT
LATENCIES_MS = (API_LATENCY + 2 * OSS_LATENCY) * 1000


def measure(harness: Harness) -> list[Figure]:
    """Call warm instances with a new job each time, alternately; instances freeze in between."""
    harness.reset()
    prepared, count = harness.prepared, harness.size(50, 15)
    plain, facts = {"MEDIA_FACTS": "false"}, {"MEDIA_FACTS": "true"}
    functions: list[tuple[str, Code, dict[str, str]]] = [
        ("ours", prepared.ours, plain),
        ("facts", prepared.ours, facts),
        ("baseline", prepared.baseline, {}),
    ]
    ms = _alternately(harness, functions, count)
    (job_id,) = seed(harness.cloud, 1)
    floor = round_trips(harness.cloud, job_id, count) * 1000
    times = ms["ours"].median / floor
    return [
        Figure(
            f"warm single job, of its round trips' {floor:.1f} ms",
            f"{times:.2f}: {ms['ours'].formatted('ms')}",
            ms["baseline"].formatted("ms"),
            at_most(1.2, "at most 1.2"),
            times,
            note="the round trips are measured with a minimal client;"
            f" {LATENCIES_MS:.0f} ms of them are the latencies of the local cloud",
        ),
        Figure("  beside it: with media facts", ms["facts"].formatted("ms")),
    ]


def _alternately(
    harness: Harness, functions: list[tuple[str, Code, dict[str, str]]], count: int
) -> dict[str, Spread]:
    ids = iter(seed(harness.cloud, (count + 2) * len(functions)))
    seconds: dict[str, list[float]] = {name: [] for name, _, _ in functions}
    hosts = {}
    try:
        for name, code, environment in functions:
            hosts[name] = harness.host(code, environment)
        for _ in range(count + 2):
            for name, host in hosts.items():
                seconds[name].append(call(host, event([next(ids)])) * 1000)
    finally:
        for host in hosts.values():
            host.close()
    return {name: Spread.of(values[2:]) for name, values in seconds.items()}
