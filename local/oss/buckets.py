"""Buckets, and the deletion of many objects at once."""

import re
from dataclasses import replace
from itertools import islice

from local.oss import xmldoc
from local.oss.call import Handler, OssCall, version_id
from local.oss.encoding import encoder, encoding
from local.oss.errors import OssError, invalid_argument, not_implemented
from local.oss.model import ARCHIVED, Bucket, iso_date
from local.oss.objects import check_key
from local.oss.odd_keys import with_controls, without_controls
from local.oss.ownership import OWNER, access_control
from local.reply import Reply

_OF_NEW_BUCKETS = {
    "StorageClass": ("storage-class", ("Standard", "IA", *sorted(ARCHIVED))),
    "DataRedundancyType": ("redundancy", ("LRS", "ZRS")),
}
_CLASSES_IN_STAT = {
    "Standard": "Standard",
    "IA": "InfrequentAccess",
    "Archive": "Archive",
    "ColdArchive": "ColdArchive",
    "DeepColdArchive": "DeepColdArchive",
}
_LEAST_BILLED = 64 * 1024  # bytes of an object that is not of class Standard
_BY_CLASS = """
    SELECT coalesce(json_extract(headers, '$."x-oss-storage-class"'), 'Standard') AS class,
           count(*), sum(size), sum(max(size, ?)), max(modified)
    FROM objects WHERE bucket = ? GROUP BY class"""
_MARKERS = "SELECT count(*) FROM versions WHERE bucket = ? AND marker"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def check_bucket_name(name: str) -> None:
    """Raise InvalidBucketName for a name that OSS does not accept."""
    if not _NAME.fullmatch(name):
        raise OssError(400, "InvalidBucketName", "The specified bucket is not valid.")


async def list_buckets(call: OssCall) -> Reply:
    """List a page of the buckets, sorted by name.

    https://www.alibabacloud.com/help/en/oss/developer-reference/listbuckets
    """
    prefix, marker = call.query.get("prefix", ""), call.query.get("marker", "")
    limit = call.page_size("max-keys")
    after = (
        bucket
        for bucket in call.store.buckets()
        if bucket.name.startswith(prefix) and bucket.name > marker
    )
    found = list(islice(after, limit + 1))
    page = found[:limit]
    paging = []
    if call.query.keys() & {"prefix", "marker", "max-keys"} or len(found) > limit:
        following = [xmldoc.text("NextMarker", page[-1].name)] if len(found) > limit else []
        paging = [
            xmldoc.text("Prefix", prefix),
            xmldoc.text("Marker", marker),
            xmldoc.text("MaxKeys", limit),
            xmldoc.flag("IsTruncated", value=len(found) > limit),
            *following,
        ]
    buckets = (xmldoc.element("Bucket", *_described(bucket, call)) for bucket in page)
    return xmldoc.document(
        "ListAllMyBucketsResult", [*paging, OWNER, xmldoc.element("Buckets", *buckets)]
    )


async def put_bucket(call: OssCall) -> Reply:
    """Create a bucket; of an existing one only the access control list is changed."""
    name = call.target.bucket
    check_bucket_name(name)
    settings = _settings(await call.document())
    known = {bucket.name: bucket for bucket in call.store.buckets()}
    bucket = known.get(name) or Bucket(name, call.store.clock(), settings=settings)
    acl = {"acl": call.headers["x-oss-acl"]} if "x-oss-acl" in call.headers else {}
    if acl or name not in known:
        call.store.create_bucket(replace(bucket, settings={**bucket.settings, **acl}))
    return Reply(200, {"Location": f"/{name}"})


def _settings(body: bytes) -> dict[str, str]:
    """Read what a new bucket is to be like, beside its default."""
    if not body.strip():
        return {}
    root = xmldoc.parse(body)
    found = {}
    for child in root:
        name, known = _OF_NEW_BUCKETS.get(child.tag, ("", ()))
        if not name:
            raise not_implemented()
        if child.text not in known:
            raise invalid_argument(child.tag, child.text or "")
        found[name] = child.text
    return found


async def put_acl(call: OssCall) -> Reply:
    """Set who may use the objects of a bucket; one that does not exist is created.

    https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketacl
    """
    if "x-oss-acl" not in call.headers:
        raise not_implemented()  # lists in a body, which the SDKs never send
    return await put_bucket(call)


async def delete_bucket(call: OssCall) -> Reply:
    """Delete an empty bucket."""
    call.store.delete_bucket(call.target.bucket)
    return Reply(204)


async def get_acl(call: OssCall) -> Reply:
    """Return who may use the objects of a bucket."""
    return access_control(call.store.bucket(call.target.bucket).acl)


async def list_live_channels(call: OssCall) -> Reply:
    """List the live channels of a bucket: there are none, since none can be created."""
    call.store.bucket(call.target.bucket)
    children = [
        xmldoc.text("Prefix", call.query.get("prefix", "")),
        xmldoc.text("Marker", call.query.get("marker", "")),
        xmldoc.text("MaxKeys", call.number("max-keys", "100")),
        xmldoc.flag("IsTruncated", value=False),
    ]
    return xmldoc.document("ListLiveChannelResult", children)


async def get_location(call: OssCall) -> Reply:
    """Return the region of a bucket."""
    call.store.bucket(call.target.bucket)
    return xmldoc.document("LocationConstraint", [f"oss-{call.backend.region}"])


async def get_info(call: OssCall) -> Reply:
    """Return the description of a bucket."""
    bucket = call.store.bucket(call.target.bucket)
    acl = xmldoc.element("AccessControlList", xmldoc.text("Grant", bucket.acl))
    encryption = xmldoc.element("ServerSideEncryptionRule", xmldoc.text("SSEAlgorithm", "None"))
    redundancy = xmldoc.text("DataRedundancyType", bucket.redundancy)
    status = [xmldoc.text("Versioning", bucket.versioning)] if bucket.versioning else []
    absent = ("AccessMonitor", "CrossRegionReplication", "TransferAcceleration")
    more = [
        *(OWNER, acl, redundancy, encryption, *status),
        *(xmldoc.text(name, "Disabled") for name in absent),
        xmldoc.flag("BlockPublicAccess", value=False),
    ]
    described = xmldoc.element("Bucket", *_described(bucket, call), *more)
    return xmldoc.document("BucketInfo", [described])


async def get_stat(call: OssCall) -> Reply:
    """Return the number and size of a bucket's objects, in all and by storage class.

    Of all classes but Standard there are two sizes, the one that is billed and the real one:
    https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketstat
    """
    call.store.bucket(call.target.bucket)
    rows = call.store.database.execute(_BY_CLASS, (_LEAST_BILLED, call.target.bucket))
    found = {name: numbers for name, *numbers in rows}
    uploads = call.backend.uploads.uploads(call.target.bucket, "")
    numbers = {
        "Storage": sum(size for _, size, _, _ in found.values()),
        "ObjectCount": sum(count for count, *_ in found.values()),
        "MultipartUploadCount": len(uploads),
        "LiveChannelCount": 0,
        "DeleteMarkerCount": call.store.database.execute(
            _MARKERS, (call.target.bucket,)
        ).fetchone()[0],
        "LastModifiedTime": max((int(modified) for *_, modified in found.values()), default=0),
    }
    for name, shown in _CLASSES_IN_STAT.items():
        count, size, billed, _ = found.get(name, (0, 0, 0, 0))
        of_class = (
            {"Storage": size} if name == "Standard" else {"Storage": billed, "RealStorage": size}
        )
        of_class["ObjectCount"] = count
        numbers |= {f"{shown}{what}": number for what, number in of_class.items()}
    children = (xmldoc.text(name, number) for name, number in numbers.items())
    return xmldoc.document("BucketStat", children)


async def get_versioning(call: OssCall) -> Reply:
    """Return the versioning status of a bucket."""
    status = call.store.bucket(call.target.bucket).versioning
    children = [xmldoc.text("Status", status)] if status else []
    return xmldoc.document("VersioningConfiguration", children)


async def put_versioning(call: OssCall) -> Reply:
    """Enable or suspend versioning."""
    status = xmldoc.parse_known(await call.document(), "Status").findtext("Status", "")
    bucket = call.store.bucket(call.target.bucket)
    if status not in ("Enabled", "Suspended"):
        raise OssError(400, "MalformedXML", "The versioning status must be Enabled or Suspended.")
    call.store.create_bucket(replace(bucket, versioning=status))
    return Reply(200)


async def delete_objects(call: OssCall) -> Reply:
    """Delete up to a thousand objects."""
    call.store.bucket(call.target.bucket)
    body = without_controls(await call.document())
    root = xmldoc.parse_known(body, "Object/Key", "Object/VersionId", "Quiet")
    wanted = [
        (with_controls(node.findtext("Key", "")), _version_of(node.findtext("VersionId")))
        for node in root.findall("Object")
    ]
    if not 1 <= len(wanted) <= 1000:
        raise OssError(400, "MalformedXML", "A request deletes 1 to 1000 objects.")
    for key, version in wanted:
        check_key(key)
        of_version = "DeleteObjectVersion" if version else "DeleteObject"
        call.authorize(of_version, call.target.bucket, key)
    encode = encoder(call)
    deleted = [_delete(call, encode(key), key, version) for key, version in wanted]
    if root.findtext("Quiet") == "true":
        return Reply(200)
    return xmldoc.document("DeleteResult", [*encoding(call), *deleted])


def _version_of(text: str | None) -> str:
    return version_id(text) if text else ""


def _delete(call: OssCall, shown: str, key: str, version: str) -> xmldoc.Child:
    gone = call.store.delete(call.target.bucket, key, version)
    children = [xmldoc.text("Key", shown)]
    if version:
        children.append(xmldoc.text("VersionId", version))
    if gone is not None and gone.marker:
        children += [
            xmldoc.flag("DeleteMarker", value=True),
            xmldoc.text("DeleteMarkerVersionId", gone.version_id),
        ]
    return xmldoc.element("Deleted", *children)


def _described(bucket: Bucket, call: OssCall) -> list[xmldoc.Child]:
    region = call.backend.region
    # where the bucket really is, not where its like are in the cloud
    endpoint = f"http://{call.headers['host']}" if "host" in call.headers else ""
    return [
        xmldoc.text("Name", bucket.name),
        xmldoc.text("Location", f"oss-{region}"),
        xmldoc.text("CreationDate", iso_date(bucket.created)),
        xmldoc.text("ExtranetEndpoint", endpoint),
        xmldoc.text("IntranetEndpoint", endpoint),
        xmldoc.text("StorageClass", bucket.storage_class),
        xmldoc.text("Region", region),
    ]


HANDLERS: dict[str, Handler] = {
    "ListBuckets": list_buckets,
    "PutBucket": put_bucket,
    "DeleteBucket": delete_bucket,
    "GetBucketAcl": get_acl,
    "PutBucketAcl": put_acl,
    "ListLiveChannel": list_live_channels,
    "GetBucketLocation": get_location,
    "GetBucketInfo": get_info,
    "GetBucketStat": get_stat,
    "GetBucketVersioning": get_versioning,
    "PutBucketVersioning": put_versioning,
    "DeleteMultipleObjects": delete_objects,
}
