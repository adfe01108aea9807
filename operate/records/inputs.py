"""Inputs of jobs, by which people know them: their keys, and what manifests' metadata have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from mps_manifest.manifests.search_metadata import MAX_INDEXED
from operate.access.connection import Connection


def places(connection: Connection, text: str) -> list[tuple[str, str]]:
    """Return the objects that a text may name: `oss://bucket/key`, or a key of any bucket."""
    if text.startswith("oss://"):
        bucket, _, key = text.removeprefix("oss://").partition("/")
        return [(bucket.partition(".")[0], key)]
    settings = connection.settings
    return [(bucket, text) for bucket in sorted({settings.bucket, *settings.allowed_buckets})]


def input_in(metadata: Mapping[str, str]) -> str:
    """Return `<bucket>/<key>` of the metadata of a manifest; empty where they have none."""
    return unquote(metadata.get("input", ""))


def input_test(connection: Connection, text: str) -> Callable[[str], bool]:
    """Return what tells whether the input in a manifest's metadata is this one.

    The metadata have the beginning of a long one.
    """
    wanted = [f"{bucket}/{key}" for bucket, key in places(connection, text)]

    def is_it(place: str) -> bool:
        return bool(place) and any(
            each == place or (_is_cut(each) and each.startswith(place)) for each in wanted
        )

    return is_it


def _is_cut(place: str) -> bool:
    return len(quote(place, errors="replace")) > MAX_INDEXED
