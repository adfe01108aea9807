"""Manifests by what the metadata of their objects say: one HEAD each, in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast
from urllib.parse import unquote

from mps_manifest.errors import NotFound
from mps_manifest.job_ids import is_job_id
from mps_manifest.settings import Api
from mps_manifest.state.keys import Keys
from operate.connection import Connection
from operate.in_parallel import in_parallel


class FoundManifest(NamedTuple):
    """The key of a manifest, and what its metadata say."""

    job_id: str
    key: str
    metadata: Mapping[str, str]

    @property
    def api(self) -> Api | None:
        """The API of its job; None where the metadata do not say it."""
        named = self.metadata.get("api")
        return cast("Api", named) if named in {"mps", "ims"} else None


class ManifestFilter(NamedTuple):
    """Which manifests are meant; what is empty does not matter.

    `input` is what `<bucket>/<key>` of a job's input begins with.
    """

    status: str = ""
    algorithm: str = ""
    input: str = ""

    @classmethod
    def of(cls, status: str = "", algorithm: str = "", source: str = "") -> ManifestFilter:
        """Return a filter by what a person types."""
        return cls(status.lower(), algorithm.lower(), source.removeprefix("oss://"))

    def matches(self, metadata: Mapping[str, str]) -> bool:
        """Return whether a manifest is meant."""
        function = unquote(metadata.get("function", "")).lower()
        return (
            self.status in {"", metadata.get("status", "")}
            and self.algorithm in {"", function}
            and unquote(metadata.get("input", "")).startswith(self.input)
        )


class FoundPage(NamedTuple):
    """The manifests of a page of keys that are meant, and the last of its keys."""

    last: str
    found: list[FoundManifest]


def job_of(keys: Keys, key: str) -> str:
    """Return the job ID in the key of a manifest; an empty text for other objects."""
    name = key.removeprefix(keys.manifests)
    job_id = name.removesuffix(".json")
    return job_id if job_id != name and is_job_id(job_id) else ""


def manifest_pages(
    connection: Connection, wanted: ManifestFilter, after: str = ""
) -> Iterator[FoundPage]:
    """Yield the manifests that are meant, in order of their keys. Raises ServiceError.

    Where all are meant nobody looks at their metadata, which are left out.
    """
    keys, is_all = connection.core.keys, wanted == ManifestFilter()
    more = True
    while more:
        page = connection.pages.page(keys.manifests, after)
        named = [key for key in page.keys if job_of(keys, key)]
        if is_all:
            found = [FoundManifest(job_of(keys, key), key, {}) for key in named]
        else:
            looked_at = in_parallel(connection.threads, lambda key: _look(connection, key), named)
            found = [each for each in looked_at if each and wanted.matches(each.metadata)]
        after, more = page.keys[-1] if page.keys else after, page.more
        yield FoundPage(after, sorted(found, key=lambda each: each.key))


def _look(connection: Connection, key: str) -> FoundManifest | None:
    try:
        facts = connection.core.store.head(connection.settings.bucket, key)
    except NotFound:
        return None
    return FoundManifest(job_of(connection.core.keys, key), key, facts.metadata)
