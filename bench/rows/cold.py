"""Cold start: from a fresh process to the first manifest."""

from __future__ import annotations

from bench import profiles
from bench.figures import Figure, Spread, at_most
from bench.harness import Harness, call
from bench.jobs import event, seed
from bench.packages import Code


def measure(harness: Harness) -> list[Figure]:
    """Start ours, the baseline and oss2 alone alternately, each in a new process."""
    harness.reset()
    prepared = harness.prepared
    codes = {
        "ours": prepared.ours,
        "baseline": prepared.baseline,
        "oss2": prepared.import_only,
        "our oss2": prepared.import_only_deployed,
    }
    seconds: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(harness.size(10, 3) + 1):
        for name, code in codes.items():
            seconds[name].append(_start(harness, code) * 1000)
    # The first round only fills the page cache
    ms = {name: Spread.of(values[1:]) for name, values in seconds.items()}
    return _figures(ms, profiles.imports(prepared.ours))


def _start(harness: Harness, code: Code) -> float:
    (job_id,) = seed(harness.cloud, 1)
    with harness.running(code, {"MEDIA_FACTS": "false"}) as host:
        return call(host, event([job_id]))


def _figures(ms: dict[str, Spread], imports: str) -> list[Figure]:
    ours, baseline = ms["ours"].formatted("ms", 0), ms["baseline"].formatted("ms", 0)
    by_baseline = ms["ours"].median / ms["baseline"].median
    by_oss2 = ms["ours"].median / ms["oss2"].median
    by_deployed = ms["ours"].median / ms["our oss2"].median
    return [
        Figure(
            "cold start to first manifest, of the baseline's",
            f"{by_baseline:.2f}: {ours}",
            baseline,
            at_most(0.5, "at most 0.5"),
            by_baseline,
        ),
        Figure(
            "cold start to first manifest, of `import oss2` alone",
            f"{by_oss2:.2f}: {ours}",
            f"import: {ms['oss2'].formatted('ms', 0)}",
            at_most(1.3, "at most 1.3"),
            by_oss2,
            note=f"{imports}. The latencies of query, HEADs and PUT add 40 ms",
        ),
        Figure(
            "  beside it: of `import oss2` from the layer as it is deployed",
            f"{by_deployed:.2f}",
            f"import: {ms['our oss2'].formatted('ms', 0)}",
        ),
    ]
