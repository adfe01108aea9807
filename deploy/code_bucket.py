"""The code bucket; packages are named by the hash of their content and written once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import oss2
from oss2.exceptions import NotFound, OssError, RequestError

from deploy.errors import DeployError
from deploy.service_errors import explain, unreachable
from deploy.settings import Settings

T = TypeVar("T")

_CONNECT_SECONDS = 60
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

    def has(self, key: str) -> bool:
        """Return whether an object exists.

        The error of a HEAD has no body, so that a missing bucket is only found by the next call.
        """
        try:
            return bool(self._call("oss:GetObject", lambda: self._bucket.head_object(key).status))
        except _Missing:
            return False

    def upload(self, key: str, path: Path) -> bool:
        """Write a file unless the object exists; returns whether it was written."""
        if self.has(key):
            return False
        self._call(
            "oss:PutObject", lambda: self._bucket.put_object_from_file(key, str(path)).status
        )
        return True

    def write(self, key: str, body: bytes) -> None:
        """Write a small object unless it exists; its key depends on its content."""
        if not self.has(key):
            self._call(
                "oss:PutObject",
                lambda: self._bucket.put_object(key, body, headers=_FORBID).status,
            )

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
        except RequestError:
            raise unreachable(action) from None
        except OssError as error:
            if isinstance(error, NotFound) and error.code != "NoSuchBucket":
                raise _Missing from None
            raise explain(error.code, error.message, action, self._settings.keys) from None


class _Missing(Exception):
    """The object does not exist."""
