"""Listings over HTTP: ListObjects in both versions, ListObjectVersions, ListMultipartUploads."""

import base64
import binascii
import json
from collections.abc import Callable

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.encoding import encoder, encoding
from local.oss.errors import invalid_argument
from local.oss.listing_query import ListedObject, ListingQuery, Page, list_objects, list_versions
from local.oss.model import StoredObject, iso_date
from local.oss.ownership import OWNER
from local.reply import Reply

_LARGEST_PAGE = 1000
_ANY_SEQUENCE = 1 << 62

Encode = Callable[[str], str]


async def list_bucket(call: OssCall) -> Reply:
    """List objects, in the requested version of the API."""
    call.store.bucket(call.target.bucket)
    version_two = call.query.get("list-type") == "2"
    after = _after_token(call) if version_two else call.query.get("marker", "")
    query = _listing_query(call, after)
    page = list_objects(call.store.database, query)
    encode = encoder(call)
    paging = _paging_two(call, page, encode) if version_two else _paging_one(call, page, encode)
    return xmldoc.document(
        "ListBucketResult",
        [
            *_echo(query, encode),
            *encoding(call),
            *paging,
            *(_object(listed, encode) for listed in page.objects),
            *_prefixes(page.prefixes, encode),
        ],
    )


async def list_bucket_versions(call: OssCall) -> Reply:
    """List all versions and delete markers, without grouping by a delimiter."""
    call.store.bucket(call.target.bucket)
    marker = call.query.get("key-marker", "")
    query = _listing_query(call, marker)
    before = _sequence_of(call, marker)
    found, truncated = list_versions(call.store.database, query, before)
    encode = encoder(call)
    last = found[-1][0] if found and truncated else None
    return xmldoc.document(
        "ListVersionsResult",
        [
            *_echo(query, encode),
            *encoding(call),
            xmldoc.text("KeyMarker", encode(marker)),
            xmldoc.text("VersionIdMarker", call.query.get("version-id-marker", "")),
            xmldoc.flag("IsTruncated", value=truncated),
            xmldoc.text("NextKeyMarker", encode(last.key) if last else ""),
            xmldoc.text("NextVersionIdMarker", last.version_id if last else ""),
            *(_version(version, encode, latest=latest) for version, latest in found),
        ],
    )


async def list_uploads(call: OssCall) -> Reply:
    """List the multipart uploads in progress, all on one page."""
    call.store.bucket(call.target.bucket)
    uploads = call.backend.uploads.uploads(call.target.bucket, call.query.get("prefix", ""))
    encode = encoder(call)
    return xmldoc.document(
        "ListMultipartUploadsResult",
        [
            xmldoc.text("Bucket", call.target.bucket),
            *encoding(call),
            xmldoc.text("NextKeyMarker", ""),
            xmldoc.text("NextUploadIdMarker", ""),
            xmldoc.flag("IsTruncated", value=False),
            *(
                xmldoc.element(
                    "Upload",
                    xmldoc.text("Key", encode(upload.key)),
                    xmldoc.text("UploadId", upload.id),
                    xmldoc.text("Initiated", iso_date(upload.started)),
                )
                for upload in uploads
            ),
        ],
    )


def _listing_query(call: OssCall, after: str) -> ListingQuery:
    limit = call.number("max-keys", "100")
    if not 1 <= limit <= _LARGEST_PAGE:
        raise invalid_argument("max-keys", str(limit))
    return ListingQuery(
        call.target.bucket,
        call.query.get("prefix", ""),
        call.query.get("delimiter", ""),
        after,
        limit,
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


def _object(listed: ListedObject, encode: Encode) -> xmldoc.Child:
    storage_class = json.loads(listed.headers).get("x-oss-storage-class", "Standard")
    return xmldoc.element(
        "Contents",
        xmldoc.text("Key", encode(listed.key)),
        xmldoc.text("LastModified", iso_date(listed.modified)),
        xmldoc.text("ETag", f'"{listed.etag}"'),
        xmldoc.text("Type", listed.kind),
        xmldoc.text("Size", listed.size),
        xmldoc.text("StorageClass", storage_class),
        OWNER,
    )


def _version(version: StoredObject, encode: Encode, *, latest: bool) -> xmldoc.Child:
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
    )


def _sequence_of(call: OssCall, key: str) -> int:
    version_id = call.query.get("version-id-marker", "")
    if not key:
        return _ANY_SEQUENCE
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
