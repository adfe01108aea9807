"""Manifests by what the metadata of their objects say: one HEAD each, in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from mps_manifest.jobs.algorithms import ALGORITHMS, UNKNOWN, algorithm_of
from mps_manifest.settings import Api
from operate.access.connection import Connection
from operate.access.in_parallel import in_parallel
from operate.access.survey import within
from operate.errors import NO, OperatorError
from operate.records.inputs import input_in


class FoundManifest(NamedTuple):
    """The key of a manifest, and what its metadata say."""

    job_id: str
    key: str
    metadata: Mapping[str, str]

    @property
    def api(self) -> Api | None:
        """The API of its job; None where the metadata do not say it."""
        return known_api(self.metadata.get("api"))


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
        return (
            self.status in {"", metadata.get("status", "")}
            and self.algorithm in {"", algorithm_in(metadata).lower()}
            and input_in(metadata).startswith(self.input)
        )


class FoundPage(NamedTuple):
    """The manifests of a page of keys that are meant, and the last of its keys."""

    last: str
    found: list[FoundManifest]


def known_api(value: object) -> Api | None:
    """Return a value as an API; None where it is not one."""
    return value if value in ("mps", "ims") else None


def algorithm_in(metadata: Mapping[str, str]) -> str:
    """Return the algorithm of the metadata of a manifest; empty where they have none."""
    return unquote(metadata.get("function", ""))


def manifest_keys(connection: Connection) -> Iterator[str]:
    """Yield the keys of all manifests, in order. Raises ServiceError."""
    keys = connection.core.keys
    for page in within(connection.pages.page, keys.manifests):
        yield from (key for key in page if keys.parse_manifest(key))


def manifest_pages(
    connection: Connection, wanted: ManifestFilter, after: str = ""
) -> Iterator[FoundPage]:
    """Yield the manifests that are meant, in order of their keys. Raises ServiceError.

    Where all are meant nobody looks at their metadata, which are left out. Raises OperatorError
    where none is of an algorithm that is not documented: its name is misspelt.
    """
    keys, is_all = connection.core.keys, wanted == ManifestFilter()
    is_any = bool(after)
    for page in within(connection.pages.page, keys.manifests, after):
        named = [(job_id, key) for key in page if (job_id := keys.parse_manifest(key))]
        if is_all:
            found = [FoundManifest(job_id, key, {}) for job_id, key in named]
        else:
            looked_at = in_parallel(
                connection.threads, lambda each: _look(connection, *each), named
            )
            found = [each for each in looked_at if each and wanted.matches(each.metadata)]
        last = page[-1] if page else after
        is_any |= bool(found)
        yield FoundPage(last, sorted(found, key=lambda each: each.key))
    if not is_any and wanted.algorithm and algorithm_of(wanted.algorithm) is UNKNOWN:
        raise OperatorError(
            f"No manifest that is meant is of an algorithm {wanted.algorithm!r}.",
            f"Known are {', '.join(ALGORITHMS)}.",
            status=NO,
        )


def _look(connection: Connection, job_id: str, key: str) -> FoundManifest | None:
    facts = connection.facts_of(key)
    if facts is None:
        return None
    return FoundManifest(job_id, key, facts.metadata)
