"""A request to OSS, as its handler receives it."""

import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from local.identity import Identity, NotAuthorizedError, Policy, oss_resource
from local.journal import Entry
from local.numbers import decimal
from local.oss.blobs import Received
from local.oss.errors import OssError, invalid_argument
from local.oss.model import Attributes, ObjectCreated, StoredObject
from local.oss.store import ObjectStore
from local.oss.target import Target
from local.oss.uploads import UploadStore
from local.reply import Reply

_LARGEST_BODY = 5 * 1024**3
_LARGEST_DOCUMENT = 10 * 1024**2
_KEPT_HEADERS = frozenset(
    ("cache-control", "content-disposition", "content-encoding", "expires", "x-oss-storage-class")
)


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
    def forbids_overwrite(self) -> bool:
        """Whether an existing object must not be replaced."""
        return self.headers.get("x-oss-forbid-overwrite", "").lower() == "true"

    def authorize(self, action: str, bucket: str, key: str = "") -> None:
        """Raise AccessDenied unless the sender has the permission."""
        resource = oss_resource(self.backend.region, bucket, key)
        try:
            self.backend.policy.authorize(self.identity, f"oss:{action}", resource)
        except NotAuthorizedError:
            raise _access_denied() from None

    def number(self, name: str, default: str = "") -> int:
        """Read a numeric parameter, raising InvalidArgument."""
        text = self.query.get(name) or default
        number = decimal(text)
        if number is None:
            raise invalid_argument(name, text)
        return number

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
        content_type = self.headers.get("content-type") or "application/octet-stream"
        return Attributes(content_type, kept, parse_tagging(self.headers.get("x-oss-tagging", "")))

    async def receive(self) -> Received:
        """Write the body to a blob, checking its length and Content-MD5."""
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


def parse_tagging(text: str) -> dict[str, str]:
    """Read `x-oss-tagging`: at most ten pairs in the form of a query string."""
    tags = dict(parse_qsl(text, keep_blank_values=True))
    if len(tags) > 10:
        raise invalid_argument("x-oss-tagging", text)
    return tags


def _access_denied() -> OssError:
    message = "You have no right to access this object because of bucket acl."
    return OssError(403, "AccessDenied", message)
