"""Index manifests: metadata of their objects, so that OSS's own index finds them.

docs/finding.md shows how. Values are ASCII, since OSS takes no other, and together far below the
8 KB of metadata that an object may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from mps_manifest.jobs.job import Job
from mps_manifest.settings import Api

MAX_INDEXED = 512
"""Bytes of a value; a longer one is cut at a character's end."""


def metadata_of(job: Job) -> Mapping[str, str]:
    """Return the metadata of a job's manifest besides its ID and status."""
    place = job.facts.get("input")
    return {
        **metadata_of_named(job.api, job.facts.get("functionName", "")),
        **({"input": _encoded(f"{place['bucket']}/{place['key']}", "/")} if place else {}),
        **({"user-data-sha256": job.user_data_sha256} if job.user_data_sha256 else {}),
    }


def metadata_of_named(api: Api, function_name: str = "") -> Mapping[str, str]:
    """Return the metadata of a manifest of which no more is known than this."""
    named = {"function": _encoded(function_name, "")} if function_name else {}
    return {"api": api, **named}


def _encoded(text: str, safe: str) -> str:
    """Percent-encode a text, as much of it as there is room for."""
    whole = quote(text[:MAX_INDEXED], safe=safe, errors="replace")
    if len(whole) <= MAX_INDEXED and len(text) <= MAX_INDEXED:
        return whole
    kept, room = [], MAX_INDEXED
    for character in text[:MAX_INDEXED]:
        encoded = quote(character, safe=safe, errors="replace")
        room -= len(encoded)
        if room < 0:
            break
        kept.append(encoded)
    return "".join(kept)
