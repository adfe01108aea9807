"""The files of a manifest as they are now: one HEAD each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mps_manifest.errors import NotFound, ServiceError, Unauthorized
from mps_manifest.job_limits import MAX_FILES
from operate.access.connection import Connection

AS_LISTED = "as listed"
_NOT_LOOKED_AT = "not looked at"


class FileNow(NamedTuple):
    """A file: its status in the manifest, and what there is now.

    `now` is `as listed`, `gone`, `changed`, `there now`, `denied` or `not looked at`, and `detail`
    says more where there is more to say.
    """

    name: str
    bucket: str
    key: str
    listed: str
    now: str
    detail: str = ""

    def document(self) -> dict[str, str]:
        """Return it as JSON, without what is empty."""
        return {name: value for name, value in self._asdict().items() if value}


def files_now(connection: Connection, manifest: Mapping[str, Any]) -> tuple[FileNow, ...]:
    """Look at all files of a manifest, in parallel; no error of one of them is raised."""
    resources = objects_in(manifest, "resources")[:MAX_FILES]
    return tuple(connection.threads.map(lambda each: _file_now(connection, each), resources))


def objects_in(document: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list of a document, which anybody may have written."""
    listed = document.get(field)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _file_now(connection: Connection, resource: Mapping[str, Any]) -> FileNow:
    name, bucket, key, listed = (
        _text(resource, field) for field in ("name", "bucket", "key", "status")
    )
    file = FileNow(name, bucket, key, listed, AS_LISTED)
    if not file.bucket or not file.key:
        return file._replace(now=_NOT_LOOKED_AT, detail="it has no path")
    return _compared(connection, file, resource)


def _compared(connection: Connection, file: FileNow, resource: Mapping[str, Any]) -> FileNow:
    try:
        facts = connection.core.store.head(file.bucket, file.key)
    except NotFound:
        return file._replace(now="gone") if file.listed == "available" else file
    except Unauthorized as error:
        return file if file.listed == "denied" else file._replace(now="denied", detail=error.reason)
    except ServiceError as error:
        if file.listed == "denied":
            return file
        return file._replace(now=_NOT_LOOKED_AT, detail=error.reason)
    if file.listed != "available" and not resource.get("etag"):
        return file._replace(now="there now", detail=f"{facts.bytes:,} bytes")
    differs = _differences(resource, facts.bytes, facts.etag)
    return file._replace(now="changed", detail=differs) if differs else file


def _differences(resource: Mapping[str, Any], size: int, etag: str) -> str:
    """Return in what an object differs from what a manifest says of it."""
    listed = resource.get("bytes")
    if type(listed) is int and listed != size:
        return f"{size:,} bytes, not {listed:,}"
    return "another ETag" if _text(resource, "etag") not in {"", etag} else ""


def _text(resource: Mapping[str, Any], field: str) -> str:
    value = resource.get(field)
    return value if isinstance(value, str) else ""


def unanswered(files: Sequence[FileNow]) -> list[FileNow]:
    """Return the files of which the store did not say how they are."""
    return [file for file in files if file.now == _NOT_LOOKED_AT and file.key]


def not_as_listed(files: Sequence[FileNow]) -> list[FileNow]:
    """Return the files that are not as the manifest says."""
    return [file for file in files if file.now in {"gone", "changed", "there now", "denied"}]
