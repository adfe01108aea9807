"""The code bucket; packages are named by the hash of their content and written once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import oss2
import requests
from oss2.exceptions import NotFound, OssError, RequestError
from oss2.utils import Crc64

from deploy.errors import DeployError
from deploy.service_errors import explain, unreachable
from deploy.settings import Settings

T = TypeVar("T")

_CONNECT_SECONDS = 60
_CHUNK = 1024 * 1024
_HASHED = re.compile(r"-([0-9a-f]{16})\.zip$")
_FORBID = {"x-oss-forbid-overwrite": "true"}


def bucket_client(settings: Settings, name: str, session: Any) -> Any:
    """Return oss2's client of a bucket in the region of the stack."""
    keys = settings.keys
    auth: Any = oss2.AuthV4(keys.access_key_id, keys.access_key_secret)
    if keys.security_token:
        provider = oss2.credentials.StaticCredentialsProvider(
            keys.access_key_id, keys.access_key_secret, keys.security_token
        )
        auth = oss2.ProviderAuthV4(provider)
    return oss2.Bucket(
        auth,
        settings.endpoints.get("OSS") or f"https://oss-{settings.region}.aliyuncs.com",
        name,
        session=session,
        region=settings.region,
        connect_timeout=_CONNECT_SECONDS,
    )


class CodeBucket:
    """The bucket with packages, templates and records."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = oss2.Session()
        self._bucket = bucket_client(settings, settings.code_bucket, self._session)

    def close(self) -> None:
        """Close the connections."""
        self._session.session.close()

    def ensure(self, *, create: bool) -> bool:
        """Create a private bucket if `create` is true and it is missing; returns whether it did."""
        if not create or self._exists():
            return False
        self._call(
            "oss:PutBucket", lambda: self._bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE).status
        )
        return True

    def upload(self, key: str, path: Path) -> bool:
        """Write a file unless the object exists; returns whether it was written.

        Raises DeployError if the object that exists has other content.
        """
        body = path.read_bytes()
        found = self._checksum(key)
        if found is None:
            if self._put(key, body):
                return True
            found = self._checksum(key)  # somebody else wrote it meanwhile
        if found != _crc64(body):
            raise _altered(key, f"its content is not that of {path.name}")
        return False

    def write(self, key: str, body: bytes) -> None:
        """Write a small object unless it exists; its key depends on its content.

        Raises DeployError if the object that exists has other content.
        """
        if self._checksum(key) is None and self._put(key, body):
            return
        if self.read(key) != body:
            raise _altered(key, "its content is not what was written")

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return the packages that do not exist.

        Raises DeployError for one whose content is not that of the hash in its name; names that
        were chosen by hand have none.
        """
        found = {key: self._digest(key) for key in keys}
        for key, digest in found.items():
            hashed = _HASHED.search(key)
            if digest and hashed and not digest.startswith(hashed[1]):
                raise _altered(key, "its content is not that of the hash in its name")
        return [key for key, digest in found.items() if not digest]

    def _digest(self, key: str) -> str:
        """Return the SHA-256 of an object, empty if it does not exist."""
        try:
            return self._call("oss:GetObject", lambda: _sha256(self._bucket.get_object(key)))
        except _Missing:
            return ""

    def _put(self, key: str, body: bytes) -> bool:
        """Write an object, never over another one; returns False if it exists."""
        try:
            self._call(
                "oss:PutObject",
                lambda: self._bucket.put_object(key, body, headers=_FORBID).status,
            )
        except DeployError as error:
            if error.code == "FileAlreadyExists":
                return False
            raise
        return True

    def _checksum(self, key: str) -> int | None:
        """Return the CRC-64 of an object, None if it does not exist.

        The error of a HEAD has no body, so that a missing bucket is only found by the next call.
        """
        try:
            found = self._call("oss:GetObject", lambda: self._bucket.head_object(key)).headers
        except _Missing:
            return None
        told = found.get("x-oss-hash-crc64ecma", "")
        return int(told) if told else _crc64(self.read(key))

    def read(self, key: str) -> bytes:
        """Read a small object, raising DeployError if it does not exist."""
        try:
            return bytes(self._call("oss:GetObject", lambda: self._bucket.get_object(key).read()))
        except _Missing:
            raise DeployError(
                f"{key} does not exist in the code bucket.", "Run make deploy to write it again."
            ) from None

    def list_keys(self, prefix: str) -> list[str]:
        """Return all keys below a prefix, in order."""
        iterator = oss2.ObjectIteratorV2(self._bucket, prefix=prefix)
        return self._call("oss:ListObjects", lambda: [each.key for each in iterator])

    def _exists(self) -> bool:
        try:
            return bool(
                self._call("oss:ListObjects", lambda: self._bucket.list_objects(max_keys=1).status)
            )
        except DeployError as error:
            if error.code == "NoSuchBucket":
                return False
            raise

    def _call(self, action: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except (RequestError, requests.RequestException):
            raise unreachable(action) from None
        except OssError as error:
            if isinstance(error, NotFound) and error.code != "NoSuchBucket":
                raise _Missing from None
            raise explain(error.code, error.message, action, self._settings.keys) from None


def _sha256(stream: Any) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()


def _crc64(body: bytes) -> int:
    """Return what OSS tells as x-oss-hash-crc64ecma."""
    checksum: Any = Crc64()
    checksum.update(body)
    return int(checksum.crc)


def _altered(key: str, what: str) -> DeployError:
    return DeployError(
        f"{key} in the code bucket was altered: {what}. Nothing was deployed.",
        "Find out who may write to the code bucket, then delete the object and run make deploy.",
    )


class _Missing(Exception):
    """The object does not exist."""
