"""Compare keys as they are meant, whatever spelling a service, an SDK or a person gives them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any


def plain_key(key: str) -> str:
    """Return a key in its plain spelling: jobid for jobId, JobId, job_id and job-id."""
    return key.replace("_", "").replace("-", "").lower()


def by_plain_key(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields by their plain keys."""
    return {plain_key(str(key)): value for key, value in fields.items()}


def with_documented_keys(fields: Mapping[str, Any], names: AbstractSet[str]) -> dict[str, Any]:
    """Return fields with these names spelled as documented; a key that is so already wins."""
    if fields.keys() <= names:
        return dict(fields)
    documented = {plain_key(name): name for name in names if name not in fields}
    return {documented.pop(plain_key(str(key)), key): fields[key] for key in fields}
