"""The code bucket: zips under their content's hash, never written twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import oss2
from oss2.exceptions import NotFound, OssError, RequestError

from deploy.errors import DeployError
from deploy.explain import explain, unreachable
from deploy.settings import Settings

T = TypeVar("T")

_CONNECT_SECONDS = 60
_FORBID = {"x-oss-forbid-overwrite": "true"}


@dataclass(frozen=True)
class Zip:
    """A zip on this machine and its object's name."""

    path: Path
    key: str


def zips_of(settings: Settings) -> Mapping[str, Zip | None]:
    """Return the zip of each object parameter, or None where the parameter is set by hand.

    Raises DeployError if one was not built.
    """
    stems = {
        "FunctionObject": f"function-{settings.runtime}",
        "SdkLayerObject": f"layer-sdk-{settings.runtime}",
        "MediaInfoLayerObject": f"layer-mediainfo-{settings.runtime}",
    }
    if settings.parameters.get("MediaFacts", "").lower() == "false":
        del stems["MediaInfoLayerObject"]
    return {
        parameter: None if parameter in settings.parameters else _zip(settings, stem)
        for parameter, stem in stems.items()
    }


def _zip(settings: Settings, stem: str) -> Zip:
    path = settings.place.build / f"{stem}.zip"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        raise DeployError(
            f"{settings.place.build.name}/{path.name} is not there.",
            "Build first: make deploy does both.",
        ) from None
    return Zip(path, f"{settings.name}/{stem}-{digest}.zip")


class CodeBucket:
    """The bucket that zips, templates and records live in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        keys = settings.keys
        auth: Any = oss2.AuthV4(keys.access_key_id, keys.access_key_secret)
        if keys.security_token:
            provider = oss2.credentials.StaticCredentialsProvider(
                keys.access_key_id, keys.access_key_secret, keys.security_token
            )
            auth = oss2.ProviderAuthV4(provider)
        self._session = oss2.Session()
        self._bucket = oss2.Bucket(
            auth,
            settings.endpoints.get("OSS") or f"https://oss-{settings.region}.aliyuncs.com",
            settings.code_bucket,
            session=self._session,
            region=settings.region,
            connect_timeout=_CONNECT_SECONDS,
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.session.close()

    def ensure(self, *, create: bool) -> bool:
        """Create the bucket, private, if asked and missing; True if it was created."""
        if not create or self._exists():
            return False
        self._do(
            "oss:PutBucket", lambda: self._bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE).status
        )
        return True

    def has(self, key: str) -> bool:
        """Tell whether an object is there.

        A HEAD that is not answered with an object has no body, so that a missing bucket is told
        from a missing object by the next call only.
        """
        try:
            return bool(self._do("oss:GetObject", lambda: self._bucket.head_object(key).status))
        except _Missing:
            return False

    def upload(self, key: str, path: Path) -> bool:
        """Write a file unless it is there; True if it was written."""
        if self.has(key):
            return False
        self._do("oss:PutObject", lambda: self._bucket.put_object_from_file(key, str(path)).status)
        return True

    def write(self, key: str, body: bytes) -> None:
        """Write a small object unless it is there; its content says what it is called."""
        if not self.has(key):
            self._do(
                "oss:PutObject",
                lambda: self._bucket.put_object(key, body, headers=_FORBID).status,
            )

    def read(self, key: str) -> bytes:
        """Read a small object, raising DeployError if it is not there."""
        try:
            return bytes(self._do("oss:GetObject", lambda: self._bucket.get_object(key).read()))
        except _Missing:
            raise DeployError(f"{key} is gone from the code bucket.", "Deploy anew.") from None

    def list_keys(self, prefix: str) -> list[str]:
        """Return all keys below a prefix, in order."""
        iterator = oss2.ObjectIteratorV2(self._bucket, prefix=prefix)
        return self._do("oss:ListObjects", lambda: [each.key for each in iterator])

    def _exists(self) -> bool:
        try:
            return bool(
                self._do("oss:ListObjects", lambda: self._bucket.list_objects(max_keys=1).status)
            )
        except DeployError as fault:
            if fault.code == "NoSuchBucket":
                return False
            raise

    def _do(self, action: str, work: Callable[[], T]) -> T:
        try:
            return work()
        except RequestError:
            raise unreachable(action) from None
        except OssError as fault:
            if isinstance(fault, NotFound) and fault.code != "NoSuchBucket":
                raise _Missing from None
            raise explain(fault.code, fault.message, action, self._settings.keys) from None


class _Missing(Exception):
    """There is no such object."""
