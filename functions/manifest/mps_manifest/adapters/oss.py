"""Read and write objects in OSS with oss2."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import oss2
from oss2.auth import (
    AUTH_VERSION_4,
)  # oss2 2.16, which a runtime has built in, exports it here only
from oss2.exceptions import OssError, RequestError

from mps_manifest import __version__
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss_headers import (
    META,
    entity_tag,
    object_facts,
    size_of,
    user_metadata,
    version_of,
)
from mps_manifest.adapters.oss_session import OssSession
from mps_manifest.errors import (
    AlreadyExists,
    Changed,
    Immutable,
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.ports import (
    Dated,
    KeyPage,
    ObjectFacts,
    ObjectStream,
    StoredObject,
    Version,
    Written,
)
from mps_manifest.settings import Settings

T = TypeVar("T")

_APP_NAME = f"mps-manifest/{__version__}"
_PAGE = 1000
_CHUNK = 64 * 1024
_VERSIONS = 20
_NO_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "SecurityTokenExpired"}

LIBRARY = {"oss2": str(oss2.__version__), "place": str(oss2.__file__)}
"""The library that answered: the runtime has one of its own."""

# oss2 logs headers and strings to sign at debug level, and encoded keys at info level
logging.getLogger("oss2").setLevel(logging.WARNING)


def oss_error(error: OssError) -> ServiceError:
    """Map an error of oss2; its own text is not used, since it contains headers."""
    code, status = str(error.code or ""), int(error.status)
    message = str(error.message or "") or _reason_without_body(error, status)
    kind: type[ServiceError] = Refused
    if code == "InvalidObjectState":  # 403, but only restoring the object helps
        return Refused(message, code=code, status=status)
    if isinstance(error, RequestError) or status >= 500 or status < 0:
        kind = Unreachable
    elif status == 404:
        kind = NotFound
    elif code == "FileAlreadyExists":
        kind = AlreadyExists
    elif code in {"FileImmutable", "ObjectNotAppendable"}:
        kind = Immutable
    elif status == 412:
        kind = Changed
    elif status == 429 or "Throttl" in code or code in {"QpsLimitExceeded", "TooManyRequests"}:
        kind = Throttled
    elif status in {401, 403} or code in _NO_KEYS:
        kind = Unauthorized
    return kind(message, code=code, status=max(status, 0))


def oss_call(call: Callable[[], T]) -> T:
    """Make a call of oss2. Raises ServiceError, whatever oss2 raises."""
    try:
        return call()
    except OssError as error:
        raise oss_error(error) from None
    except ServiceError:
        raise
    except NETWORK_ERRORS as error:  # while a body is read
        raise Unreachable(f"no answer from OSS ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001 - oss2 parses headers and XML without a guard
        raise Unreachable(f"OSS sent an unreadable answer ({type(error).__name__})") from None


def oss_auth(credentials: Credentials) -> Any:
    """Return what signs oss2's requests."""
    return oss2.StsAuth(
        credentials.access_key_id,
        credentials.access_key_secret,
        credentials.security_token,
        auth_version=AUTH_VERSION_4,
    )


def _reason_without_body(error: OssError, status: int) -> str:
    if isinstance(error, RequestError):
        return f"no answer from OSS ({type(error.exception).__name__})"
    if status == 404:
        return "NoSuchKey"
    return f"OSS answered {status}" if status > 0 else f"oss2 failed ({type(error).__name__})"


class OssStore:
    """The ObjectStore port over oss2; safe to use from several threads."""

    def __init__(
        self, settings: Settings, credentials: Credentials, connections: Connections
    ) -> None:
        self._settings = settings
        self._auth = oss_auth(credentials)
        self._session = OssSession(connections)
        self._buckets: dict[str, Any] = {}
        self._versioned: bool | None = None
        self._no_answer_at = 0.0
        self._asking = threading.Lock()

    def head(self, bucket: str, key: str) -> ObjectFacts:
        """Return what HEAD reports about an object."""
        found = oss_call(lambda: self._bucket(bucket).head_object(key))
        return object_facts(found.headers)

    def read(self, bucket: str, key: str, limit: int) -> StoredObject:
        """Read an object, at most `limit` bytes of it."""
        return _taken(self._stream(self._bucket(bucket), key, {}), limit)

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        """Open an object of any size for reading."""
        return self._stream(self._bucket(bucket), key, {}, etag=etag, gains_time=True)

    def read_range(self, bucket: str, key: str, start: int, length: int, etag: str) -> bytes:
        """Read a part of an object if it still has this ETag."""
        if not length:
            return b""
        span = (start, start + length - 1)
        return _taken(self._stream(self._bucket(bucket), key, {}, span, etag), length).body

    def _stream(
        self,
        bucket: Any,
        key: str,
        params: dict[str, str],
        span: tuple[int, int] | None = None,
        etag: str = "",
        *,
        gains_time: bool = False,
    ) -> ObjectStream:
        headers = {"If-Match": f'"{etag}"'} if etag else {}
        if span:  # without this OSS answers a range beyond the end with the whole object
            headers["x-oss-range-behavior"] = "standard"
        found = oss_call(
            lambda: bucket.get_object(key, params=params, byte_range=span, headers=headers)
        )
        found.resp.gains_time = gains_time
        return ObjectStream(
            etag=entity_tag(found.headers),
            size=size_of(found.headers),
            metadata=user_metadata(found.headers),
            chunks=self._chunks(found),
            close=found.resp.close,
        )

    def _chunks(self, found: Any) -> Iterator[bytes]:
        while chunk := oss_call(lambda: found.read(_CHUNK)):
            yield chunk

    def keys(self, bucket: str, prefix: str, after: str = "") -> Iterator[str]:
        """Yield keys in order, requesting a page at a time."""
        more = True
        while more:
            page = self.page(bucket, prefix, after)
            yield from page.keys
            more = page.more
            after = page.keys[-1] if more else ""

    def page(self, bucket: str, prefix: str, after: str = "") -> KeyPage:
        """Return the first page of the keys behind `after`."""
        home = self._bucket(bucket)
        found = oss_call(
            lambda: home.list_objects_v2(prefix=prefix, start_after=after, max_keys=_PAGE)
        )
        keys = tuple(each.key for each in found.object_list)
        return KeyPage(keys, found.is_truncated and bool(keys))

    def write(
        self,
        key: str,
        body: bytes,
        *,
        overwrite: bool,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Written:
        """Write an object below one of the two prefixes of the home bucket."""
        self._own(key)
        headers = {"Content-Type": content_type}
        headers |= {META + name: value for name, value in (metadata or {}).items()}
        if not overwrite:
            headers["x-oss-forbid-overwrite"] = "true"
        written = oss_call(lambda: self._home.put_object(key, body, headers=headers))
        version_id = version_of(written.headers)
        if version_id:  # versioning was enabled since it was checked, or the check was denied
            self._versioned = True
        return Written(str(written.etag).strip('"'), version_id)

    def delete(self, key: str) -> None:
        """Delete an object; OSS answers 204 even if there is none."""
        self._own(key)
        oss_call(lambda: self._home.delete_object(key))

    def versioned(self) -> bool:
        """Return whether the home bucket is versioned, asking once; False if that is denied."""
        came = time.monotonic()
        with self._asking:
            if self._versioned is None and self._no_answer_at > came:
                raise Unreachable("OSS did not answer another call a moment ago")
            if self._versioned is None:
                self._versioned = self._ask_for_versioning() == "Enabled"
        return self._versioned

    def _ask_for_versioning(self) -> str | None:
        """Ask once for all that wait, or each would hang after the other where OSS is silent."""
        try:
            status: str | None = oss_call(self._home.get_bucket_versioning).status
        except (Unauthorized, Refused):
            return None
        except ServiceError:
            self._no_answer_at = time.monotonic()
            raise
        return status

    def versions(self, key: str) -> list[Version]:
        """Return the newest versions of an object of the home bucket, newest first."""
        page = oss_call(lambda: self._home.list_object_versions(prefix=key, max_keys=_VERSIONS))
        # oss2 lists markers and versions separately; within a second a marker counts as newer
        markers = [
            (m.last_modified, Version(m.versionid, None))
            for m in page.delete_marker
            if m.key == key
        ]
        kept = [
            (v.last_modified, Version(v.versionid, v.etag)) for v in page.versions if v.key == key
        ]
        return [version for _, version in sorted(markers + kept, key=lambda dated: -dated[0])]

    def read_version(self, key: str, version_id: str, limit: int) -> StoredObject:
        """Read one version of an object of the home bucket."""
        return _taken(self._stream(self._home, key, {"versionId": version_id}), limit)

    def withdraw(self, key: str, version_id: str) -> None:
        """Delete one version of an object of the home bucket permanently."""
        self._own(key)
        oss_call(lambda: self._home.delete_object(key, params={"versionId": version_id}))

    def dated(self) -> Dated | None:
        """Return what the newest answer says of OSS's time, without a call."""
        return self._session.dated()

    def _own(self, key: str) -> None:
        prefixes = (self._settings.manifest_prefix, self._settings.state_prefix)
        if not key.startswith(prefixes):
            raise Refused(f"{key!r} is outside the prefixes this function writes to")

    @property
    def _home(self) -> Any:
        return self._bucket(self._settings.bucket)

    def _bucket(self, name: str) -> Any:
        if name not in {*self._settings.allowed_buckets, self._settings.bucket}:
            raise Refused(f"bucket {name!r} is not in ALLOWED_BUCKETS")
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = oss2.Bucket(
                self._auth,
                self._settings.oss_endpoint,
                name,
                session=self._session,
                region=self._settings.region,
                enable_crc=False,
                app_name=_APP_NAME,
            )
        return bucket


def _taken(stream: ObjectStream, limit: int) -> StoredObject:
    """Read a stream up to `limit` bytes and close it."""
    body = bytearray()
    try:
        for chunk in stream.chunks:
            body += chunk
            if len(body) >= limit:
                break
    finally:
        stream.close()
    return StoredObject(bytes(body[:limit]), stream.etag, stream.size, stream.metadata)
