"""Galleries for tests: over a bucket in memory, or over the sample jobs on a local cloud."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local import sample_jobs
from local.client import LocalCloud
from local.environment import BUCKET, function_config
from local.fc.host import FunctionHost
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.settings import read_settings
from operate.gallery.oss_source import OssSource
from operate.gallery.server import serving
from operate.gallery.source import Entry, EntryPage, Source

PREFIX = "manifests/"
RESULTS = "media-results"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> ${7*7} {{7*7}} \u202egnp.exe'
JOBS = {job.name: job for job in sample_jobs.load()}


def job_id(number: int) -> str:
    """Return the ID of a synthetic job."""
    return f"{number:032x}"


def manifest(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a small manifest, with some of its fields changed; those of `job` by their names."""
    job = {
        "jobId": job_id(number),
        "api": "mps",
        "functionName": "Cover",
        "input": {"bucket": "media-uploads", "key": f"films/{number}.mp4"},
        "userData": f"episode {number}",
    }
    document: dict[str, Any] = {
        "$schema": "urn:mps-manifest:schema:manifest-1.0.json",
        "name": job_id(number),
        "status": "complete",
        "job": job | {name: changes.pop(name) for name in [*changes] if name in job},
        "resources": [],
        "problems": [],
    }
    return document | changes


def resource(key: str, **changes: Any) -> dict[str, Any]:
    """Return an available picture, with some of its fields changed."""
    return {
        "name": key.rsplit("/", 1)[-1],
        "bucket": RESULTS,
        "key": key,
        "status": "available",
        "mediatype": "image/jpeg",
        "roles": ["cover"],
        "origin": "/Result/Data/0/Url",
        **changes,
    }


def hostile() -> dict[str, Any]:
    """Return a manifest whose every text is hostile."""
    return manifest(
        2,
        functionName=HOSTILE,
        userData=HOSTILE,
        input={"bucket": HOSTILE, "key": HOSTILE},
        status="partial",
        resources=[
            resource(
                HOSTILE,
                label=HOSTILE,
                roles=[HOSTILE],
                media={"videoCodec": HOSTILE},
                origin=f"/{HOSTILE}",
            )
        ],
        problems=[
            {
                "severity": "error",
                "type": HOSTILE,
                "title": HOSTILE,
                "detail": f"candidates: {HOSTILE}",
                "resource": HOSTILE,
            }
        ],
        analysis={
            "segments": [{"kind": HOSTILE, "title": HOSTILE, "startMs": 0, "endMs": 5}],
            "captions": [{"resource": HOSTILE, "language": HOSTILE}],
        },
        answer={HOSTILE: HOSTILE},
    )


@dataclass
class MemorySource:
    """The Source port over a dict of objects by bucket and key; `reads` has what was read."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    lists: int = 0
    fault: ServiceError | None = None
    name: str = RESULTS
    prefix: str = PREFIX
    origins: tuple[str, ...] = ("https://*.oss-cn-shanghai.aliyuncs.com",)
    page_size: int = 1000
    _keys: list[str] = field(default_factory=list)

    def put(self, document: Mapping[str, Any] | bytes, name: str = "", etag: str = "1") -> None:
        """Add a manifest."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        key = f"{PREFIX}{name or json.loads(body)['name']}.json"
        self.objects[self.name, key] = body
        self.etags[key] = etag
        self._keys = []

    def page(self, after: str) -> EntryPage:
        """Return a page of the list, as OSS does."""
        self._check()
        self.lists += 1
        if not self._keys:
            home = (key for bucket, key in self.objects if bucket == self.name)
            self._keys = sorted(key for key in home if key.startswith(PREFIX))
        start = next((at for at, key in enumerate(self._keys) if key > after), len(self._keys))
        keys = self._keys[start : start + self.page_size]
        entries = tuple(
            Entry(key, self.etags.get(key, "1"), 1.7e9 + start + at) for at, key in enumerate(keys)
        )
        return EntryPage(entries, start + self.page_size < len(self._keys))

    def manifest(self, key: str) -> bytes:
        """Read a manifest."""
        return self.read(self.name, key, 1 << 24)

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Read an object."""
        self._check()
        self.reads.append(key)
        if (bucket, key) not in self.objects:
            raise NotFound("NoSuchKey")
        return self.objects[bucket, key][:limit]

    def size(self, bucket: str, key: str) -> int:
        """Return the size of an object."""
        return len(self.read(bucket, key, 1 << 30))

    def signed_url(self, bucket: str, key: str, *, download: str = "") -> str:
        """Return something like a signed URL."""
        url = f"https://{bucket}.oss-cn-shanghai.aliyuncs.com/{key}?signed"
        return f"{url}&download={download}" if download else url

    def _check(self) -> None:
        if self.fault:
            raise self.fault


@contextmanager
def served(source: Source, *, cache: Path | None = None) -> Iterator[str]:
    """Serve a gallery from a thread, and yield its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    gallery = serving(source, options=" --laptop", cache=cache)
    try:
        yield asyncio.run_coroutine_threadsafe(gallery.__aenter__(), loop).result(30)
        asyncio.run_coroutine_threadsafe(gallery.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def sample_source(folder: Path) -> Iterator[OssSource]:
    """Have the function write the manifests of all sample jobs, and yield their bucket."""
    with LocalCloud.start(folder) as cloud:
        cloud.create_bucket(BUCKET)
        jobs = [replace(job, plan=replace(job.plan, analysing_queries=0)) for job in JOBS.values()]
        sample_jobs.seed(cloud, BUCKET, jobs)
        host = FunctionHost(function_config(cloud))
        try:
            wanted = {"jobs": [{"jobId": job.job_id, "api": job.api} for job in jobs]}
            for _ in range(2):  # one of them has ended by the second query
                host.invoke(json.dumps(wanted).encode())
        finally:
            host.close()
        yield oss_source(cloud)


def oss_source(cloud: LocalCloud) -> OssSource:
    """Return the source over a local cloud, with its owner's keys."""
    settings = read_settings(
        {
            "BUCKET": BUCKET,
            "OSS_ENDPOINT": cloud.oss_endpoint,
            "API_ENDPOINT": cloud.api_endpoint,
            "REGION": cloud.region,
        }
    )
    owner = cloud.owner
    return OssSource(settings, Credentials(owner.access_key_id, owner.access_key_secret))
