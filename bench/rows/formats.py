"""The bytes and the CPU that a look into a large file takes, for each format."""

from __future__ import annotations

import json

import oss2

from bench.figures import Figure, at_most
from bench.harness import Harness, call
from bench.jobs import BUCKET, ONE_VIDEO, add, event, sample
from bench.large_media import PIECES, WITH_COVER, large_file
from bench.processes import cpu_seconds

MOST_BYTES, MOST_SECONDS = 512_000, 0.150
WARM, MEASURED = 3, 5
KEY = "out/large.{}"


def measure(harness: Harness) -> list[Figure]:
    """Measure each format on a warm instance."""
    return [_measured(harness, ending) for ending in (*PIECES, *WITH_COVER)]


def _measured(harness: Harness, ending: str) -> Figure:
    large = 1_000_000_000 if ending == "mp4" else 200_000_000
    file = large_file(ending, harness.size(large, large // 10))
    if file is None:
        return Figure(f"a look into {ending}", "not measured: ffmpeg is not installed")
    harness.reset(None)
    keys = harness.cloud.owner
    auth = oss2.Auth(keys.access_key_id, keys.access_key_secret)
    bucket = oss2.Bucket(auth, harness.cloud.oss_endpoint, BUCKET)
    bucket.put_object_from_file(KEY.format(ending), str(file))
    few, jobs = _jobs(harness, ending, WARM), _jobs(harness, ending, MEASURED)
    with harness.running(harness.prepared.ours, {"MEDIA_FACTS": "true"}) as host:
        for job in few:
            call(host, event([job]))
        (pid,) = host.pids
        harness.cloud.reset_requests()
        before = cpu_seconds(pid)
        for job in jobs:
            call(host, event([job]))
        seconds = (cpu_seconds(pid) - before) / MEASURED
    reads = [r.bytes_out for r in harness.cloud.requests() if r.action == "GetObject"]
    read = sum(reads) / MEASURED
    name = (
        "with a cover of 5 MB"
        if ending in WITH_COVER
        else f"of {file.stat().st_size / 1e6:,.0f} MB"
    )
    return Figure(
        f"a job with a {ending} {name}",
        f"{read / 1000:,.0f} kB in {len(reads) / MEASURED:.0f} reads, {seconds * 1000:,.0f} ms CPU",
        goal=at_most(1, "at most 512 kB and 150 ms CPU"),
        value=max(read / MOST_BYTES, seconds / MOST_SECONDS),
    )


def _jobs(harness: Harness, ending: str, count: int) -> list[str]:
    """Add finished jobs whose only file is the large one."""
    job = sample(ONE_VIDEO)
    answer = job.answer.replace(job.objects[0].key, KEY.format(ending))
    return add(harness.cloud, count, json.loads(answer))
