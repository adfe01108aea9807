"""A request to OSS, as its handler receives it."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from mimetypes import MimeTypes

from aiohttp import web

from local.identity import Identity, NotAuthorizedError, Policy, oss_resource
from local.journal import Entry
from local.numbers import decimal
from local.oss.blobs import Received
from local.oss.errors import OssError, invalid_argument
from local.oss.model import (
    OBJECT_ACL,
    SYMLINK_TARGET,
    Attributes,
    ObjectCreated,
    StoredObject,
)
from local.oss.store import ObjectStore
from local.oss.tags import parse_tagging
from local.oss.target import Target
from local.oss.uploads import UploadStore
from local.reply import Reply

_LARGEST_BODY = 5 * 1024**3
_LARGEST_DOCUMENT = 10 * 1024**2
_LARGEST_PAGE = 1000
_KEPT_HEADERS = frozenset(
    (
        *(
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "expires",
        ),
        *("x-oss-storage-class", OBJECT_ACL, SYMLINK_TARGET),
    )
)
_TYPES = MimeTypes(filenames=())  # the same on every machine
# What can be open to everybody, and the access control lists that open it.
_PUBLIC = {
    "GetObject": ("public-read", "public-read-write"),
    "PutObject": ("public-read-write",),
    "DeleteObject": ("public-read-write",),
}
_VERSION_ID = re.compile(r"null|[0-9a-f]{32}")


@dataclass(frozen=True)
class OssBackend:
    """What all handlers share."""

    region: str
    store: ObjectStore
    uploads: UploadStore
    policy: Policy
    announce: Callable[[ObjectCreated], None]


@dataclass(frozen=True)
class OssCall:
    """An authenticated request; header names are in lower case."""

    request: web.BaseRequest
    target: Target
    headers: Mapping[str, str]
    identity: Identity
    request_id: str
    entry: Entry
    backend: OssBackend

    @property
    def store(self) -> ObjectStore:
        """The store of objects."""
        return self.backend.store

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the URL."""
        return self.target.query

    @property
    def where(self) -> tuple[str, str]:
        """The bucket and key of the request."""
        return self.target.bucket, self.target.key

    @property
    def version_id(self) -> str:
        """The version that is named, or an empty text; raises InvalidArgument if it is none."""
        return version_id(self.query["versionId"]) if "versionId" in self.query else ""

    @property
    def forbids_overwrite(self) -> bool:
        """Whether an existing object must not be replaced."""
        return self.headers.get("x-oss-forbid-overwrite", "").lower() == "true"

    def authorize(self, action: str, bucket: str, key: str = "") -> None:
        """Raise AccessDenied unless the sender has the permission, or everybody has it."""
        resource = oss_resource(self.backend.region, bucket, key)
        policy = self.backend.policy
        try:
            policy.authorize(self.identity, f"oss:{action}", resource)
        except NotAuthorizedError:
            is_denied = policy.denies(self.identity, f"oss:{action}", resource)
            if is_denied or not self._is_public(action, bucket, key):
                raise access_denied() from None

    def _is_public(self, action: str, bucket: str, key: str) -> bool:
        """Return whether the access control list of an object or its bucket lets everybody in.

        https://www.alibabacloud.com/help/en/oss/user-guide/object-acl
        """
        if action not in _PUBLIC or not key:
            return False
        acl = self.store.bucket(bucket).acl
        stored = self.store.find(bucket, key)
        if stored is not None and stored.attributes.acl != "default":
            acl = stored.attributes.acl
        return acl in _PUBLIC[action]

    def number(self, name: str, default: str = "") -> int:
        """Read a numeric parameter, raising InvalidArgument."""
        text = self.query.get(name) or default
        number = decimal(text)
        if number is None:
            raise invalid_argument(name, text)
        return number

    def page_size(self, name: str, default: str = "100") -> int:
        """Read how many entries a page may have, raising InvalidArgument."""
        limit = self.number(name, default)
        if not 1 <= limit <= _LARGEST_PAGE:
            raise invalid_argument(name, str(limit))
        return limit

    def attributes(self) -> Attributes:
        """Read the attributes of the object that is to be written."""
        kept = {
            name: value
            for name, value in self.headers.items()
            if name in _KEPT_HEADERS or name.startswith("x-oss-meta-")
        }
        for name, value in kept.items():
            if not value.isprintable():
                raise invalid_argument(name, ascii(value))
        bucket = self.store.bucket(self.target.bucket)
        if bucket.storage_class != "Standard":
            kept.setdefault("x-oss-storage-class", bucket.storage_class)
        content_type = self.headers.get("content-type") or type_of(self.target.key)
        return Attributes(content_type, kept, parse_tagging(self.headers.get("x-oss-tagging", "")))

    async def receive(self) -> Received:
        """Write the body to a blob, checking its length and Content-MD5."""
        if "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            message = "You must provide the Content-Length HTTP header."
            raise OssError(411, "MissingContentLength", message)
        if (self.request.content_length or 0) > _LARGEST_BODY:
            message = "Your proposed upload exceeds the maximum allowed object size."
            raise OssError(400, "EntityTooLarge", message)
        received = await self.store.blobs.receive(self._chunks())
        try:
            self._check_md5(received.md5)
        except OssError:
            self.store.blobs.drop(received)
            raise
        return received

    async def document(self) -> bytes:
        """Read a body of XML."""
        body = bytearray()
        async for chunk in self._chunks():
            body += chunk
            if len(body) > _LARGEST_DOCUMENT:
                raise OssError(400, "MalformedXML", "The XML you provided is too large.")
        self._check_md5(hashlib.md5(body, usedforsecurity=False).digest())
        return bytes(body)

    def version_header(self, stored: StoredObject) -> dict[str, str]:
        """Return the header with the version of an object, if its bucket ever had versions.

        What is written while versioning is suspended has the version `null`.
        """
        if not self.store.bucket(stored.bucket).versioning:
            return {}
        return {"x-oss-version-id": stored.version_id}

    def created(self, stored: StoredObject, event: str) -> None:
        """Notify the watchers that an object was written."""
        region, request_id = self.backend.region, self.request_id
        created = ObjectCreated.of(stored, event, request_id=request_id, region=region)
        self.backend.announce(created)

    async def _chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self.request.content.iter_any():
            self.entry.bytes_in += len(chunk)
            yield chunk

    def _check_md5(self, digest: bytes) -> None:
        sent = self.headers.get("content-md5")
        if sent is not None and sent != base64.b64encode(digest).decode():
            message = "The Content-MD5 you specified did not match what we received."
            raise OssError(400, "InvalidDigest", message)


Handler = Callable[[OssCall], Awaitable[Reply]]


def version_id(text: str) -> str:
    """Return the ID of a version; raise InvalidArgument for what cannot be one."""
    if not _VERSION_ID.fullmatch(text):
        raise invalid_argument("versionId", text)
    return text


def type_of(key: str) -> str:
    """Return the Content-Type of an object that was sent without one, by the ending of its key."""
    found, packed = _TYPES.guess_type(f"x/{key}")
    return found if found and not packed else "application/octet-stream"


def access_denied() -> OssError:
    """Return the error of whoever lacks a permission."""
    message = "You have no right to access this object because of bucket acl."
    return OssError(403, "AccessDenied", message)
