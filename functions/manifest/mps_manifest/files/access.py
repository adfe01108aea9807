"""Which objects a job may name: those of allowed buckets, but never the function's own."""

from __future__ import annotations

from typing import NamedTuple

from mps_manifest.parsing.locations import Location
from mps_manifest.settings import Settings


class Access(NamedTuple):
    """The buckets that may be read, and the prefixes of the home bucket that are ours."""

    buckets: frozenset[str]
    home: str
    own_prefixes: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Access:
        """Return what the settings allow."""
        return cls(settings.allowed_buckets, settings.bucket, settings.own_prefixes)

    def allows_bucket(self, location: Location) -> bool:
        """Return whether the bucket of an object may be read at all."""
        return location.bucket in self.buckets

    def is_own(self, location: Location) -> bool:
        """Return whether an object is a manifest or state of the function: no job has made it."""
        return location.bucket == self.home and location.key.startswith(self.own_prefixes)
