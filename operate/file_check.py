"""Compare files with what their manifests say of them: one HEAD each, in parallel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import orjson

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from mps_manifest.ports import ObjectFacts
from mps_manifest.settings import Api
from operate.access.connection import THREADS, Connection
from operate.access.in_parallel import in_parallel
from operate.records.manifest_list import known_api

OK, GONE, CHANGED, UNKNOWN = "ok", "gone", "changed", "unknown"
MOST_SHOWN = 1_000
"""Files that are named one by one."""
MOST_JOBS = 50_000
"""Jobs of one ticket, which is one JSON text."""


class ListedFile(NamedTuple):
    """A file as its manifest has it; without a place it stands for the manifest itself."""

    job_id: str
    api: Api | None
    bucket: str
    key: str
    etag: str = ""
    size: int | None = None
    fault: str = ""


class Checked(NamedTuple):
    """What a file is like now: `ok`, `gone`, `changed`, or `unknown`, and why."""

    file: ListedFile
    state: str
    why: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "jobId": self.file.job_id,
            "bucket": self.file.bucket,
            "key": self.file.key,
            "state": self.state,
            "why": self.why,
        }


class CheckedFiles:
    """What became of a check; of files that are not as they were the first thousand."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.shown: list[Checked] = []
        self.jobs: dict[str, Api | None] = {}

    def add(self, checked: Checked) -> None:
        """Count a file."""
        self.counts[checked.state] += 1
        if checked.state == OK:
            return
        self.jobs[checked.file.job_id] = checked.file.api
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(checked)

    def tickets(self) -> Iterator[bytes]:
        """Yield the tickets that name the jobs whose files are not as they were."""
        named = [
            {"jobId": job_id, "api": api} if api else {"jobId": job_id}
            for job_id, api in self.jobs.items()
        ]
        for start in range(0, len(named), MOST_JOBS):
            yield orjson.dumps({"jobs": named[start : start + MOST_JOBS]})


def check_files(connection: Connection, manifests: Iterable[tuple[str, str]]) -> Iterator[Checked]:
    """Yield what the files of manifests, given with their jobs, are like now.

    What cannot be told, also of a manifest, is `unknown`.
    """
    readers = ThreadPoolExecutor(THREADS, thread_name_prefix="manifest")
    try:
        read = in_parallel(readers, lambda each: _files_of(connection, *each), manifests)
        with closing(read) as found:
            files = (file for listed in found for file in listed)
            yield from in_parallel(connection.threads, lambda each: _check(connection, each), files)
    finally:
        readers.shutdown(cancel_futures=True)


def _files_of(connection: Connection, job_id: str, key: str) -> list[ListedFile]:
    """Return the files of a manifest that were there; itself, where it cannot be read."""
    home = connection.settings.bucket
    itself = ListedFile(job_id, None, home, key)
    try:
        stored = connection.core.store.read(home, key, MAX_MANIFEST_BYTES)
        fields = orjson.loads(stored.body)
        api = known_api((fields.get("job") or {}).get("api"))
        resources = fields.get("resources") or []
        return [
            ListedFile(
                job_id,
                api,
                each["bucket"],
                each["key"],
                str(each.get("etag", "")),
                each.get("bytes"),
            )
            for each in resources
            if each.get("status") == "available"
        ]
    except ServiceError as error:
        return [itself._replace(fault=error.reason)]
    except (ValueError, LookupError, TypeError, AttributeError):
        return [itself._replace(fault="it is not a manifest")]


def _check(connection: Connection, file: ListedFile) -> Checked:
    if file.fault:
        return Checked(file, UNKNOWN, file.fault)
    if file.bucket not in connection.settings.allowed_buckets:
        return Checked(file, UNKNOWN, f"{file.bucket} is not in ALLOWED_BUCKETS")
    try:
        facts = connection.core.store.head(file.bucket, file.key)
    except NotFound:
        return Checked(file, GONE)
    except ServiceError as error:
        return Checked(file, UNKNOWN, error.reason)
    why = _difference(file, facts)
    return Checked(file, CHANGED, why) if why else Checked(file, OK)


def _difference(file: ListedFile, facts: ObjectFacts) -> str:
    if file.size is not None and facts.bytes != file.size:
        return f"it has {facts.bytes} bytes, not {file.size}"
    if file.etag and facts.etag != file.etag:
        return f"its ETag is {facts.etag}, not {file.etag}"
    return ""
