"""List keys, and nothing else of objects, which is all that counting needs; write tickets.

oss2 makes an object of each entry, with its times read; that takes 10 ms for a page of a thousand,
and of a million keys as many seconds. To find the tags of the keys alone takes a twentieth.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import oss2

from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import oss_auth, oss_call
from mps_manifest.adapters.oss_session import OssSession
from mps_manifest.errors import Unreachable
from mps_manifest.ports import KeyPage
from mps_manifest.settings import Settings

_PAGE = "1000"
_KEY = re.compile(r"<Key>([^<]*)</Key>")
_MORE = b"<IsTruncated>true</IsTruncated>"
_END = b"</ListBucketResult>"


class KeyPages(oss2.Bucket):  # type: ignore[misc] # oss2 has no types
    """Pages of keys of the home bucket; safe to use from several threads."""

    def __init__(
        self, settings: Settings, credentials: Credentials, connections: Connections
    ) -> None:
        super().__init__(
            oss_auth(credentials),
            settings.oss_endpoint,
            settings.bucket,
            session=OssSession(connections),
            region=settings.region,
            enable_crc=False,
        )

    def page(self, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys that come after `after`. Raises ServiceError."""
        return _keys_of(self._answer(prefix, after), prefix)

    def listed(self, prefix: str, after: str = "") -> KeyPage:
        """Return the same, and of each key the object's ETag: they are ListedKeys."""
        try:
            return _listed_of(self._answer(prefix, after))
        except ET.ParseError:
            raise _unreadable() from None

    def _answer(self, prefix: str, after: str) -> bytes:
        asked = {
            "list-type": "2",
            "prefix": prefix,
            "start-after": after,
            "max-keys": _PAGE,
            "encoding-type": "url",
        }
        return oss_call(lambda: bytes(self._do("GET", self.bucket_name, "", params=asked).read()))

    def put_ticket(self, key: str, body: bytes) -> None:
        """Write an object outside of the function's own prefixes, which its store refuses.

        Raises ServiceError.
        """
        headers = {"Content-Type": "application/json"}
        oss_call(lambda: self.put_object(key, body, headers=headers))


class ListedKey(str):
    """A key of a list, with the ETag of the object."""

    __slots__ = ("etag",)
    etag: str

    @classmethod
    def of(cls, key: str, etag: str) -> ListedKey:
        """Return the key with its ETag."""
        listed = cls(key)
        listed.etag = etag
        return listed


def _keys_of(body: bytes, prefix: str) -> KeyPage:
    """Return the keys by their tags alone: keys are encoded, so there is none of a tag in them."""
    if not body.rstrip().endswith(_END):
        raise _unreadable()
    encoded = quote(prefix, safe="")
    keys = tuple(
        _decoded(key, encoded, prefix) for key in _KEY.findall(body.decode(errors="replace"))
    )
    return KeyPage(keys, _MORE in body and bool(keys))


def _decoded(key: str, encoded: str, prefix: str) -> str:
    """Return a key, of which often only the prefix has something to decode."""
    rest = key.removeprefix(encoded)
    return unquote(key) if rest is key or "%" in rest else prefix + rest


def _listed_of(body: bytes) -> KeyPage:
    root = ET.fromstring(body)  # noqa: S314 - from OSS, whose answers oss2 reads no other way
    keys = tuple(
        ListedKey.of(unquote(each.findtext("Key") or ""), (each.findtext("ETag") or "").strip('"'))
        for each in root.iter("Contents")
    )
    return KeyPage(keys, root.findtext("IsTruncated") == "true" and bool(keys))


def _unreadable() -> Unreachable:
    return Unreachable("OSS sent an unreadable answer")
