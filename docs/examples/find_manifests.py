"""Find manifests by their metadata with OSS's own index; not verified on a live bucket.

Needs oss2, and a bucket whose data indexing (MetaSearch) is on.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import oss2
from oss2.models import MetaQuery, MetaQueryFile

MANIFEST_PREFIX = "manifests/"


def condition(field: str, value: str, operation: str = "eq") -> dict[str, Any]:
    """Return a condition on a field of the index."""
    return {"Field": field, "Value": value, "Operation": operation}


def meta(name: str, value: str, operation: str = "eq") -> dict[str, Any]:
    """Return a condition on the metadata of a manifest: on `status`, `function`, `input`, ..."""
    return condition(f"OSSUserMeta.x-oss-meta-{name}", value, operation)


def of_input(bucket: str, key: str) -> dict[str, Any]:
    """Return the condition that a job has read this object, whose key has 512 bytes at most."""
    return meta("input", quote(f"{bucket}/{key}"))


def of_user_data(text: str) -> dict[str, Any]:
    """Return the condition that a job was submitted with this user data."""
    return meta("user-data-sha256", hashlib.sha256(text.encode()).hexdigest())


def since(time: str) -> dict[str, Any]:
    """Return the condition that a manifest was written after a time, as 2026-01-31T00:00:00Z."""
    return condition("FileModifiedTime", time, "gt")


def find(bucket: oss2.Bucket, *conditions: dict[str, Any]) -> Iterator[MetaQueryFile]:
    """Yield the manifests that meet all conditions: `file_name` is the key."""
    among = [condition("Filename", MANIFEST_PREFIX, "prefix"), *conditions]
    query = json.dumps({"SubQueries": among, "Operation": "and"})
    token = ""
    while True:
        found = bucket.do_bucket_meta_query(MetaQuery(token, 100, query, "Filename", "asc"))
        yield from found.files
        token = found.next_token
        if not token:
            return


def by_day(bucket: oss2.Bucket, *conditions: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Count manifests by the day on which they were written, and by status."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in find(bucket, *conditions):
        told = {each.key: each.value for each in file.oss_user_meta}
        counts[file.file_modified_time[:10], told.get("x-oss-meta-status", "")] += 1
    return counts
