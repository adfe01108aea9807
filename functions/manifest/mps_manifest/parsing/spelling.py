"""Compare keys as they are meant, whatever spelling a service, an SDK or a person gives them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any


def plain_key(key: str) -> str:
    """Return a key in its plain spelling: jobid for jobId, JobId, job_id and job-id."""
    if key.isalnum():  # as most
        return key.lower()
    return key.replace("_", "").replace("-", "").lower()


def by_plain_key(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields by their plain keys; of several spellings the last, a null only if alone."""
    found: dict[str, Any] = {}
    for key, value in fields.items():
        plain = plain_key(str(key))
        if value is not None or plain not in found:
            found[plain] = value
    return found


def values_of_key(fields: Mapping[str, Any], plain: str) -> list[Any]:
    """Return the values of a key in all its spellings: a text once, a null or blank if alone."""
    values = [value for key, value in fields.items() if plain_key(str(key)) == plain]
    texts = dict.fromkeys(value for value in values if isinstance(value, str) and value.strip())
    others = [value for value in values if value is not None and not isinstance(value, str)]
    return [*texts, *others] or values[:1]


def with_documented_keys(fields: Mapping[str, Any], names: AbstractSet[str]) -> dict[str, Any]:
    """Return fields with these names spelled as documented; a key that is so already wins."""
    if fields.keys() <= names:
        return dict(fields)
    documented = {plain_key(name): name for name in names if name not in fields}
    return {documented.pop(plain_key(str(key)), key): fields[key] for key in fields}
