"""What a manifest is worth: which of two may replace the other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

import orjson

from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from mps_manifest.ports import StoredObject

ManifestStatus = Literal["complete", "partial", "failed", "expired"]

READ_AT_MOST = MAX_MANIFEST_BYTES + 1
"""As much of a standing manifest as is ever read."""
BEST = 3
_RANK = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}


class Manifest(NamedTuple):
    """A document, its canonical bytes and its status.

    `summary` is one line on what keeps the job from `complete`, `search_metadata` more metadata of
    the object.
    """

    job_id: str
    status: ManifestStatus
    body: bytes
    summary: str = ""
    look_again: bool = False
    search_metadata: Mapping[str, str] = MappingProxyType({})

    @property
    def metadata(self) -> Mapping[str, str]:
        """The user metadata of the manifest's object; until 0.9.0 it was ID and status alone."""
        return {**self.search_metadata, "job-id": self.job_id, "status": self.status}

    @property
    def rank(self) -> int:
        """The rank of the manifest: higher is better."""
        return _RANK[self.status]


def known_status(value: object) -> ManifestStatus | None:
    """Return a value as a status; None where it is not one."""
    return cast("ManifestStatus", value) if isinstance(value, str) and value in _RANK else None


def status_of(standing: StoredObject) -> ManifestStatus:
    """Return the status of a standing manifest: its metadata says it, else its body.

    A broken one has the lowest there is; one that is too large to be read, and has no metadata,
    the highest, since it must not be lost.
    """
    named = known_status(standing.metadata.get("status"))
    if named:
        return named
    if standing.bytes > len(standing.body):
        return "complete"
    return _status_in(standing.body) or "expired"


def rank_of(standing: StoredObject) -> int:
    """Return the rank of a standing manifest: higher is better, a broken one has 0."""
    named = known_status(standing.metadata.get("status"))
    if not named and standing.bytes <= len(standing.body) and not _status_in(standing.body):
        return 0
    return _RANK[status_of(standing)]


def _status_in(body: bytes) -> ManifestStatus | None:
    try:
        return known_status(orjson.loads(body)["status"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
