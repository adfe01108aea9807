"""Measure the pure core with pyperf; run by the runtime's interpreter on the built packages."""

from __future__ import annotations

import json
import os

import orjson
import pyperf

from mps_manifest.events import JobRequest, decode_event
from mps_manifest.files.access import Access
from mps_manifest.files.context import file_contexts
from mps_manifest.files.resources import listed_resources, with_unique_names
from mps_manifest.jobs.answer import read_answer
from mps_manifest.manifests.document import build_manifest
from mps_manifest.ports import ObjectFacts

ANSWER = os.environ["ANSWER"].encode()
EVENT = json.dumps({"jobId": json.loads(ANSWER)["JobId"]}).encode()
ACCESS = Access(frozenset({"media-results"}), "media-results", ("manifests/", ".mps-manifest/"))
FACTS = ObjectFacts(
    bytes=4_711,
    etag="D41D8CD98F00B204E9800998ECF8427E",
    content_type="image/jpeg",
    last_modified="2026-01-15T08:18:25Z",
    crc64ecma="12345678901234567890",
)


def manifest() -> bytes:
    """Return the bytes of a manifest for an event and an answer."""
    (item,) = decode_event(EVENT).items
    if not isinstance(item, JobRequest):
        raise TypeError(item)
    job = read_answer(item.api or "mps", item.job_id, orjson.loads(ANSWER))
    files = listed_resources(job, ACCESS)
    hints = file_contexts(job, len(files))
    for file in files:
        hints(file)
    return build_manifest(
        job, with_unique_names(file.found(FACTS) for file in files), "cn-shanghai"
    ).body


if __name__ == "__main__":
    if b'"complete"' not in manifest():
        raise SystemExit("the sample job makes no complete manifest")
    pyperf.Runner().bench_func("core", manifest)
