"""URLs by which whoever has them reads a job's manifest and files, for a while."""

from __future__ import annotations

from typing import NamedTuple

import oss2

from mps_manifest.adapters.credentials import read_credentials
from mps_manifest.adapters.oss import oss_auth
from mps_manifest.manifests.ranking import READ_AT_MOST
from operate.access.connection import Connection
from operate.console.screen import SignedUrl
from operate.errors import NO, OperatorError
from operate.explain.evidence import content_of
from operate.explain.files_now import objects_in


class SignedFile(NamedTuple):
    """An object and its URL."""

    name: str
    bucket: str
    key: str
    url: SignedUrl


def sign_job(connection: Connection, job_id: str, seconds: int) -> list[SignedFile]:
    """Return URLs of a job's manifest and of its available files; nothing but it is asked for.

    Raises OperatorError where there is no manifest, and ServiceError.
    """
    settings = connection.settings
    stored = connection.core.publisher.standing(job_id)
    if stored is None or stored.bytes >= READ_AT_MOST:
        raise OperatorError(
            f"There is no manifest of {job_id}.",
            f"Type: {connection.target.typed(f'mpsm explain {job_id}')}",
            status=NO,
        )
    signer = _Signer(connection, seconds)
    found = [signer.sign("manifest", settings.bucket, connection.core.keys.manifest(job_id))]
    allowed = {settings.bucket, *settings.allowed_buckets}
    for file in objects_in(content_of(stored), "resources"):
        name, bucket, key = (file.get(field) for field in ("name", "bucket", "key"))
        is_there = file.get("status") == "available" and isinstance(key, str) and key
        if is_there and isinstance(bucket, str) and bucket in allowed:
            found.append(signer.sign(str(name), bucket, str(key)))
    return found


class _Signer:
    def __init__(self, connection: Connection, seconds: int) -> None:
        self._auth = oss_auth(read_credentials(None, connection.target.environment))
        self._settings = connection.settings
        self._seconds = seconds

    def sign(self, name: str, bucket: str, key: str) -> SignedFile:
        settings = self._settings
        home = oss2.Bucket(self._auth, settings.oss_endpoint, bucket, region=settings.region)
        url = home.sign_url("GET", key, self._seconds, slash_safe=True)
        return SignedFile(name, bucket, key, SignedUrl(url))
