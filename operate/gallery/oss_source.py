"""The gallery's Source over OSS, with the operator's keys."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

import oss2

from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import oss_auth, oss_call
from mps_manifest.adapters.oss_session import OssSession
from mps_manifest.errors import Refused
from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from mps_manifest.settings import Settings
from operate.gallery.source import Entry, EntryPage

CONNECTIONS = 16
SECONDS = 3600
"""How long signed URLs work."""
_PAGE = 1000
# https://www.alibabacloud.com/help/en/oss/user-guide/bucket-naming-conventions
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


class OssSource:
    """Manifests of the home bucket, and the objects of any bucket that the keys may read."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings = settings
        self._auth = oss_auth(credentials)
        self._session = OssSession(Connections(CONNECTIONS))
        self._buckets: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The name of the bucket."""
        return self._settings.bucket

    @property
    def prefix(self) -> str:
        """The function's setting."""
        return self._settings.manifest_prefix

    @property
    def origins(self) -> tuple[str, ...]:
        """The endpoint; on the real one each bucket is a host of its own."""
        endpoint = urlsplit(self._settings.oss_endpoint)
        host = endpoint.netloc
        names = (host,) if _is_address(endpoint.hostname or "") else (f"*.{host}",)
        return tuple(f"{endpoint.scheme}://{name}" for name in names)

    def page(self, after: str) -> EntryPage:
        """Return the first page of what lies below the prefix behind a key."""
        home = self._bucket(self.name)
        found = oss_call(
            lambda: home.list_objects_v2(prefix=self.prefix, start_after=after, max_keys=_PAGE)
        )
        entries = tuple(
            Entry(each.key, each.etag, float(each.last_modified)) for each in found.object_list
        )
        return EntryPage(entries, bool(found.is_truncated and entries))

    def manifest(self, key: str) -> bytes:
        """Return a manifest of the home bucket."""
        return self.read(self.name, key, MAX_MANIFEST_BYTES)

    def read(self, bucket: str, key: str, limit: int) -> bytes:
        """Return an object, at most `limit` bytes of it."""
        found = oss_call(lambda: self._bucket(bucket).get_object(key))
        body = bytearray()
        try:
            while len(body) < limit and (chunk := oss_call(lambda: found.read(64 * 1024))):
                body += chunk
        finally:
            found.resp.close()
        return bytes(body[:limit])

    def size(self, bucket: str, key: str) -> int:
        """Return the size of an object."""
        found = oss_call(lambda: self._bucket(bucket).head_object(key))
        return int(found.content_length or 0)

    def signed_url(self, bucket: str, key: str, *, download: str = "") -> str:
        """Return a URL that works for an hour."""
        params = {}
        if download:
            name = quote(download, safe="")
            params["response-content-disposition"] = f"attachment; filename*=UTF-8''{name}"
        url: str = oss_call(
            lambda: self._bucket(bucket).sign_url(
                "GET", key, SECONDS, params=params, slash_safe=True
            )
        )
        return url

    def _bucket(self, name: str) -> Any:
        """Return the client of a bucket; a manifest may name anything as one."""
        if not _BUCKET_NAME.fullmatch(name):
            raise Refused(f"{name[:80]!r} is not the name of a bucket")
        if name not in self._buckets:
            self._buckets[name] = oss2.Bucket(
                self._auth,
                self._settings.oss_endpoint,
                name,
                session=self._session,
                region=self._settings.region,
                enable_crc=False,
            )
        return self._buckets[name]


def _is_address(host: str) -> bool:
    """Return whether buckets of a host are in the path, since it has no names below it."""
    return host == "localhost" or ":" in host or re.fullmatch(r"[0-9.]+", host) is not None
