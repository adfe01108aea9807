"""Listings over HTTP: ListObjects in both versions, ListObjectVersions, ListMultipartUploads."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.encoding import encoder, encoding
from local.oss.errors import invalid_argument
from local.oss.listing_query import (
    ANY_SEQUENCE,
    ListedObject,
    ListingQuery,
    Page,
    list_objects,
    list_versions,
)
from local.oss.model import StoredObject, iso_date
from local.oss.ownership import OWNER
from local.oss.restoring import restore_info
from local.oss.upload_pages import page_of_uploads
from local.oss.uploads import Upload
from local.reply import Reply

_LONGEST_PARAMETER = 1023

Encode = Callable[[str], str]


async def list_bucket(call: OssCall) -> Reply:
    """List objects, in the requested version of the API."""
    call.store.bucket(call.target.bucket)
    version_two = call.query.get("list-type") == "2"
    after = _after_token(call) if version_two else call.query.get("marker", "")
    query = _listing_query(call, after)
    page = list_objects(call.store.database, query)
    encode, now = encoder(call), call.store.clock()
    owned = not version_two or call.query.get("fetch-owner", "").lower() == "true"
    paging = _paging_two(call, page, encode) if version_two else _paging_one(call, page, encode)
    return xmldoc.document(
        "ListBucketResult",
        [
            *_echo(query, encode),
            *encoding(call),
            *paging,
            *(_object(listed, encode, now, owned=owned) for listed in page.objects),
            *_prefixes(page.prefixes, encode),
        ],
    )


async def list_bucket_versions(call: OssCall) -> Reply:
    """List all versions and delete markers."""
    call.store.bucket(call.target.bucket)
    marker = call.query.get("key-marker", "")
    query = _listing_query(call, marker)
    page = list_versions(call.store.database, query, _sequence_of(call, marker))
    encode, now = encoder(call), call.store.clock()
    following = [
        xmldoc.text("NextKeyMarker", encode(page.next_key)),
        xmldoc.text("NextVersionIdMarker", page.next_version),
    ]
    return xmldoc.document(
        "ListVersionsResult",
        [
            *_echo(query, encode),
            *encoding(call),
            xmldoc.text("KeyMarker", encode(marker)),
            xmldoc.text("VersionIdMarker", call.query.get("version-id-marker", "")),
            xmldoc.flag("IsTruncated", value=page.truncated),
            *(following if page.truncated else []),
            *(_version(version, encode, now, latest=latest) for version, latest in page.versions),
            *_prefixes(page.prefixes, encode),
        ],
    )


async def list_uploads(call: OssCall) -> Reply:
    """List the multipart uploads in progress, by key and upload ID.

    https://www.alibabacloud.com/help/en/oss/developer-reference/listmultipartuploads
    """
    call.store.bucket(call.target.bucket)
    limit = call.page_size("max-uploads", "1000")
    query = ListingQuery(
        call.target.bucket,
        _short(call, "prefix"),
        _short(call, "delimiter"),
        _short(call, "key-marker"),
        limit,
    )
    uploads = call.backend.uploads.uploads(query.bucket, query.prefix)
    page = page_of_uploads(uploads, query, _short(call, "upload-id-marker"))
    encode = encoder(call)
    return xmldoc.document(
        "ListMultipartUploadsResult",
        [
            *encoding(call),
            xmldoc.text("Bucket", query.bucket),
            xmldoc.text("Prefix", encode(query.prefix)),
            xmldoc.text("Delimiter", encode(query.delimiter)),
            xmldoc.text("KeyMarker", encode(query.after)),
            xmldoc.text("UploadIdMarker", call.query.get("upload-id-marker", "")),
            xmldoc.text("NextKeyMarker", encode(page.next_key)),
            xmldoc.text("NextUploadIdMarker", page.next_id),
            xmldoc.text("MaxUploads", limit),
            xmldoc.flag("IsTruncated", value=page.truncated),
            *(_upload(upload, encode) for upload in page.uploads),
            *_prefixes(page.prefixes, encode),
        ],
    )


def _upload(upload: Upload, encode: Encode) -> xmldoc.Child:
    return xmldoc.element(
        "Upload",
        xmldoc.text("Key", encode(upload.key)),
        xmldoc.text("UploadId", upload.id),
        xmldoc.text("StorageClass", upload.attributes.storage_class),
        xmldoc.text("Initiated", iso_date(upload.started)),
    )


def _short(call: OssCall, name: str) -> str:
    """Return a parameter that is part of a key, raising InvalidArgument where it is too long."""
    text = call.query.get(name, "")
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_PARAMETER:
        raise invalid_argument(name, text)
    return text


def _listing_query(call: OssCall, after: str) -> ListingQuery:
    limit = call.page_size("max-keys")
    for name in ("marker", "start-after", "key-marker", "version-id-marker"):
        _short(call, name)
    return ListingQuery(
        call.target.bucket, _short(call, "prefix"), _short(call, "delimiter"), after, limit
    )


def _echo(query: ListingQuery, encode: Encode) -> list[xmldoc.Child]:
    return [
        xmldoc.text("Name", query.bucket),
        xmldoc.text("Prefix", encode(query.prefix)),
        xmldoc.text("MaxKeys", query.limit),
        xmldoc.text("Delimiter", encode(query.delimiter)),
    ]


def _paging_one(call: OssCall, page: Page, encode: Encode) -> list[xmldoc.Child]:
    following = [xmldoc.text("NextMarker", encode(page.last))] if page.truncated else []
    return [
        xmldoc.text("Marker", encode(call.query.get("marker", ""))),
        xmldoc.flag("IsTruncated", value=page.truncated),
        *following,
    ]


def _paging_two(call: OssCall, page: Page, encode: Encode) -> list[xmldoc.Child]:
    token = base64.urlsafe_b64encode(page.last.encode()).decode()
    following = [xmldoc.text("NextContinuationToken", token)] if page.truncated else []
    return [
        xmldoc.text("StartAfter", encode(call.query.get("start-after", ""))),
        xmldoc.text("ContinuationToken", call.query.get("continuation-token", "")),
        xmldoc.text("KeyCount", page.count),
        xmldoc.flag("IsTruncated", value=page.truncated),
        *following,
    ]


def _after_token(call: OssCall) -> str:
    token = call.query.get("continuation-token", "")
    if not token:
        return call.query.get("start-after", "")
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise invalid_argument("continuation-token", token) from None


def _object(listed: ListedObject, encode: Encode, now: float, *, owned: bool) -> xmldoc.Child:
    headers = json.loads(listed.headers)
    storage_class = headers.get("x-oss-storage-class", "Standard")
    return xmldoc.element(
        "Contents",
        xmldoc.text("Key", encode(listed.key)),
        xmldoc.text("LastModified", iso_date(listed.modified)),
        xmldoc.text("ETag", f'"{listed.etag}"'),
        xmldoc.text("Type", listed.kind),
        xmldoc.text("Size", listed.size),
        xmldoc.text("StorageClass", storage_class),
        *_restoring(headers, now),
        *([OWNER] if owned else []),
    )


def _restoring(headers: Mapping[str, str], now: float) -> list[xmldoc.Child]:
    told = restore_info(headers, now)
    return [xmldoc.text("RestoreInfo", told)] if told else []


def _version(version: StoredObject, encode: Encode, now: float, *, latest: bool) -> xmldoc.Child:
    common = [
        xmldoc.text("Key", encode(version.key)),
        xmldoc.text("VersionId", version.version_id),
        xmldoc.flag("IsLatest", value=latest),
        xmldoc.text("LastModified", iso_date(version.modified)),
        OWNER,
    ]
    if version.marker:
        return xmldoc.element("DeleteMarker", *common)
    return xmldoc.element(
        "Version",
        *common,
        xmldoc.text("ETag", version.quoted_etag),
        xmldoc.text("Type", version.content.kind),
        xmldoc.text("Size", version.content.size),
        xmldoc.text("StorageClass", version.attributes.storage_class),
        *_restoring(version.attributes.headers, now),
    )


def _sequence_of(call: OssCall, key: str) -> int:
    version_id = call.query.get("version-id-marker", "")
    if not key:
        return ANY_SEQUENCE
    version = call.store.find(call.target.bucket, key, version_id) if version_id else None
    return version.sequence if version else 0


def _prefixes(prefixes: list[str], encode: Encode) -> list[xmldoc.Child]:
    return [
        xmldoc.element("CommonPrefixes", xmldoc.text("Prefix", encode(prefix)))
        for prefix in prefixes
    ]


HANDLERS: dict[str, Handler] = {
    "ListObjects": list_bucket,
    "ListObjectVersions": list_bucket_versions,
    "ListMultipartUploads": list_uploads,
}
