"""Inputs of jobs, by which people know them: their keys, and what manifests' metadata have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from mps_manifest.manifests.search_metadata import MAX_INDEXED
from operate.access.connection import Connection

_LONGEST_CHARACTER = len("%F0%9F%8E%AC")
_OSS = "oss://"


def places(connection: Connection, text: str) -> list[tuple[str, str]]:
    """Return the objects that a text may name in the buckets that are known here.

    It is `oss://bucket/key`, `bucket/key`, or a key of any bucket.
    """
    bucket, slash, key = _place(text).partition("/")
    if text.startswith(_OSS):
        return [(bucket, key)]
    settings = connection.settings
    known = {(each, text) for each in (settings.bucket, *settings.allowed_buckets)}
    return sorted(known | ({(bucket, key)} if slash else set()))


def input_in(metadata: Mapping[str, str]) -> str:
    """Return `<bucket>/<key>` of the metadata of a manifest; empty where they have none."""
    return unquote(metadata.get("input", ""))


def input_test(text: str) -> Callable[[str], bool]:
    """Return what tells whether the input in a manifest's metadata is this one.

    A key is that of any bucket, as inputs may lie in buckets of which no setting tells. The
    metadata have the beginning of a long input.
    """

    def is_it(place: str) -> bool:
        wanted = [_place(text)]
        if not text.startswith(_OSS):
            wanted.append(f"{place.partition('/')[0]}/{text}")
        return bool(place) and any(
            each == place or (_may_be_cut(place) and _is_cut(each) and each.startswith(place))
            for each in wanted
        )

    return is_it


def _place(text: str) -> str:
    """Return `<bucket>/<key>`; the name of a bucket may have its endpoint behind it."""
    if not text.startswith(_OSS):
        return text
    bucket, slash, key = text.removeprefix(_OSS).partition("/")
    return f"{bucket.partition('.')[0]}{slash}{key}"


def _is_cut(place: str) -> bool:
    return _encoded_length(place) > MAX_INDEXED


def _may_be_cut(place: str) -> bool:
    """Return whether what the metadata have fills them, but for a character without room."""
    return _encoded_length(place) > MAX_INDEXED - _LONGEST_CHARACTER


def _encoded_length(place: str) -> int:
    return len(quote(place, errors="replace"))
