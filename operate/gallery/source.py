"""What the gallery needs of a store of manifests. oss_source.py has it over OSS."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """A listed object: its key, its ETag, and when it was written, in seconds since the epoch."""

    key: str
    etag: str
    written: float


class EntryPage(NamedTuple):
    """A page of a list, in order of the keys; `more` says whether there may be others behind it."""

    entries: tuple[Entry, ...]
    more: bool


class Source(Protocol):
    """Manifests, and the objects that they name. Safe to use from several threads.

    Every method may raise ServiceError and nothing else.
    """

    @property
    def name(self) -> str:
        """The name of the bucket, for people."""

    @property
    def prefix(self) -> str:
        """What the keys of all manifests begin with."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Where signed URLs lead, as sources of a Content-Security-Policy."""

    def page(self, after: str) -> EntryPage:
        """Return the first page of what lies below the prefix behind a key."""

    def manifest(self, key: str) -> bytes:
        """Return a manifest, or of one that is too long its beginning."""

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Return an object, at most `limit` bytes of it."""

    def size(self, bucket: str, key: str) -> int:
        """Return the size of an object in bytes."""

    def signed_url(self, bucket: str, key: str, *, download: str = "") -> str:
        """Return a URL that works without a key for an hour.

        With the name of a `download` whoever follows it saves a file by this name.
        """
