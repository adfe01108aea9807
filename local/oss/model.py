"""Buckets and objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate

# Attributes of an object that are kept among its headers, and are no headers of its answers.
OBJECT_ACL = "x-oss-object-acl"
SYMLINK_TARGET = "x-oss-symlink-target"
RESTORED = "x-oss-restore"
"""When an archived object can be read, from and until which second."""
ARCHIVED = frozenset(("Archive", "ColdArchive", "DeepColdArchive"))
"""The storage classes whose objects cannot be read unless they are restored."""
ENCRYPTED_BY_CLIENT = "x-oss-meta-client-side-encryption-"
"""How the SDKs begin the headers of an object that they have encrypted."""


@dataclass(frozen=True)
class Bucket:
    """A bucket; `versioning` is empty, Enabled or Suspended, `immutable` forbids changes.

    `settings` are the others that are not their default, by a name of ours.
    """

    name: str
    created: float
    versioning: str = ""
    immutable: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def acl(self) -> str:
        """Who may use the bucket: private, public-read or public-read-write."""
        return self.settings.get("acl", "private")

    @property
    def storage_class(self) -> str:
        """The storage class of objects that are written without one."""
        return self.settings.get("storage-class", "Standard")

    @property
    def redundancy(self) -> str:
        """How the data are kept: LRS or ZRS."""
        return self.settings.get("redundancy", "LRS")


@dataclass(frozen=True)
class Content:
    """The content of an object: its blobs in order, their size and checksums."""

    size: int
    etag: str
    crc: int
    blobs: tuple[int, ...]
    kind: str = "Normal"


@dataclass(frozen=True)
class Attributes:
    """The attributes that an object was written with; header names are in lower case."""

    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def metadata(self) -> dict[str, str]:
        """The `x-oss-meta-` headers."""
        return {
            name: value for name, value in self.headers.items() if name.startswith("x-oss-meta-")
        }

    @property
    def acl(self) -> str:
        """Who may use the object; `default` is whoever may use its bucket."""
        return self.headers.get(OBJECT_ACL, "default")

    @property
    def answered(self) -> dict[str, str]:
        """The headers that stand as they are in answers."""
        hidden = (OBJECT_ACL, SYMLINK_TARGET, RESTORED)
        return {name: value for name, value in self.headers.items() if name not in hidden}

    @property
    def symlink_target(self) -> str:
        """The key that a symbolic link leads to; empty for every other object."""
        return self.headers.get(SYMLINK_TARGET, "")

    @property
    def storage_class(self) -> str:
        """The storage class, Standard by default."""
        return self.headers.get("x-oss-storage-class", "Standard")


@dataclass(frozen=True)
class StoredObject:
    """An object, or a version of it; `marker` means that it is a delete marker."""

    bucket: str
    key: str
    sequence: int
    version_id: str
    modified: float
    content: Content
    attributes: Attributes
    marker: bool = False

    @property
    def quoted_etag(self) -> str:
        """The ETag in quotes, as in headers and listings."""
        return f'"{self.content.etag}"'


@dataclass(frozen=True)
class ObjectCreated:
    """The event of a written object, with the data of OSS event notifications."""

    bucket: str
    key: str
    size: int
    etag: str
    content_type: str
    metadata: Mapping[str, str]
    event_name: str
    time: float
    request_id: str
    region: str

    @classmethod
    def of(
        cls, stored: StoredObject, event: str, *, request_id: str, region: str
    ) -> "ObjectCreated":
        """Return the event of an object; `event` is the action that wrote it."""
        return cls(
            bucket=stored.bucket,
            key=stored.key,
            size=stored.content.size,
            etag=stored.content.etag,
            content_type=stored.attributes.content_type,
            metadata=stored.attributes.metadata,
            event_name=f"ObjectCreated:{event}",
            time=stored.modified,
            request_id=request_id,
            region=region,
        )


def http_date(moment: float) -> str:
    """Format Unix seconds as in headers."""
    return formatdate(moment, usegmt=True)


def iso_date(moment: float) -> str:
    """Format Unix seconds as in OSS's XML, in whole seconds."""
    return datetime.fromtimestamp(int(moment), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
