"""The bytes that are read for a large video."""

from __future__ import annotations

from pathlib import Path

import oss2

from bench.figures import Figure, at_most
from bench.harness import Harness, call
from bench.jobs import BUCKET, ONE_VIDEO, event, sample, seed
from bench.large_media import large_file
from bench.packages import Code

LIMIT = 512_000


def measure(harness: Harness) -> list[Figure]:
    """Measure the bytes of all answers from OSS, for ours and for the baseline."""
    video = large_file("mp4", harness.size(1_000_000_000, 100_000_000))
    if video is None:
        return [Figure("bytes moved for a 1 GB video", "not measured: ffmpeg is not installed")]
    harness.reset()
    first, second = seed(harness.cloud, 2, ONE_VIDEO)
    _upload(harness, video)
    reads, seconds = _moved(harness, harness.prepared.ours, first, {"MEDIA_FACTS": "true"})
    theirs, _ = _moved(harness, harness.prepared.baseline, second, {})
    size = video.stat().st_size
    return [
        Figure(
            f"bytes moved for a video of {size / 1e6:,.0f} MB",
            f"{sum(reads) / 1000:,.0f} kB in {len(reads)} reads, {seconds * 1000:,.0f} ms",
            f"{sum(theirs) / 1000:,.0f} kB",
            at_most(LIMIT, "at most 512 kB"),
            sum(reads),
            note="size of the reads in kB: " + ", ".join(f"{each / 1000:,.0f}" for each in reads),
        )
    ]


def _upload(harness: Harness, video: Path) -> None:
    keys = harness.cloud.owner
    auth = oss2.Auth(keys.access_key_id, keys.access_key_secret)
    bucket = oss2.Bucket(auth, harness.cloud.oss_endpoint, BUCKET)
    bucket.put_object_from_file(sample(ONE_VIDEO).objects[0].key, str(video))


def _moved(
    harness: Harness, code: Code, job_id: str, environment: dict[str, str]
) -> tuple[list[int], float]:
    """Return the bytes of each read, and the seconds of a call on a new instance."""
    harness.cloud.reset_requests()
    with harness.running(code, environment, memory=3072) as host:
        seconds = call(host, event([job_id]))
    asked = harness.cloud.requests()
    return [each.bytes_out for each in asked if each.action == "GetObject"], seconds
