"""Copies of objects, and the sources of copies."""

from urllib.parse import unquote

from local.oss import xmldoc
from local.oss.call import Handler, OssCall, version_id
from local.oss.conditions import check_conditions
from local.oss.errors import invalid_argument
from local.oss.links import resolved
from local.oss.model import (
    ENCRYPTED_BY_CLIENT,
    OBJECT_ACL,
    RESTORED,
    SYMLINK_TARGET,
    Attributes,
    Content,
    StoredObject,
    iso_date,
)
from local.oss.objects import check_place, written
from local.oss.restoring import check_restored
from local.reply import Reply


async def copy_object(call: OssCall) -> Reply:
    """Copy an object."""
    check_place(call)
    source = copy_source(call)
    check_conditions(source_conditions(call), source)
    attributes = _attributes_of_copy(call, source)
    content = source.content
    with call.store.transaction():
        kind = "Normal" if content.kind == "Appendable" else content.kind
        blobs = tuple(call.store.blobs.copy(content.blobs))
        copied = Content(content.size, content.etag, content.crc, blobs, kind)
        stored = call.store.place(
            call.where, copied, attributes, forbid_overwrite=call.forbids_overwrite
        )
    call.created(stored, "CopyObject")
    headers = written(call, stored)
    of_source = call.version_header(source)
    if of_source:
        headers["x-oss-copy-source-version-id"] = of_source["x-oss-version-id"]
    return copy_result("CopyObjectResult", stored.quoted_etag, stored.modified, headers)


def copy_source(call: OssCall) -> StoredObject:
    """Return the object that is to be copied, and check the permission to read it.

    Who names a version needs both permissions, unlike for a plain GET:
    https://www.alibabacloud.com/help/en/oss/developer-reference/copyobject
    """
    path, _, query = call.headers["x-oss-copy-source"].partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if not key:
        raise invalid_argument("x-oss-copy-source", path)
    name, _, version = query.partition("=")
    if query and name != "versionId":
        raise invalid_argument("x-oss-copy-source", f"{path}?{query}")
    call.authorize("GetObject", bucket, key)
    if query:
        call.authorize("GetObjectVersion", bucket, key)
    source = resolved(call, call.store.get(bucket, key, version_id(version) if query else ""))
    check_restored(source, call.store.clock())
    return source


def copy_result(name: str, etag: str, modified: float, headers: dict[str, str]) -> Reply:
    """Return the answer of a copy; oss2 ignores the XML, other SDKs do not."""
    children = [xmldoc.text("ETag", etag), xmldoc.text("LastModified", iso_date(modified))]
    reply = xmldoc.document(name, children)
    return Reply(200, {**headers, **reply.headers}, reply.body)


def source_conditions(call: OssCall) -> dict[str, str]:
    """Return the conditions on the object that is to be copied, by their names in a GET."""
    start = "x-oss-copy-source-"
    return {
        name.removeprefix(start): value
        for name, value in call.headers.items()
        if name.startswith(start + "if-")
    }


def _attributes_of_copy(call: OssCall, source: StoredObject) -> Attributes:
    """Return the attributes of a copy: of metadata and tags each is copied or replaced.

    Storage class and access control list are the request's own in any case.
    """
    own, old = call.attributes(), source.attributes
    replaces = _is_replaced(call, "x-oss-metadata-directive")
    encryption = {
        name: value for name, value in old.headers.items() if name.startswith(ENCRYPTED_BY_CLIENT)
    }
    # without these nobody could decrypt the copy: alibabacloud-oss-v2,
    # test_different_bucket_single_replace_meta_and_tag
    kept = {**encryption, **own.headers} if replaces else old.headers
    of_request = ("x-oss-storage-class", OBJECT_ACL, SYMLINK_TARGET)
    of_one_object = (*of_request, RESTORED)
    headers = {name: value for name, value in kept.items() if name not in of_one_object}
    headers |= {name: own.headers[name] for name in of_request if name in own.headers}
    replaces_tags = _is_replaced(call, "x-oss-tagging-directive")
    tags = own.tags if replaces_tags else old.tags
    if old.tags and not replaces_tags:
        call.authorize("GetObjectTagging", source.bucket, source.key)
        call.authorize("PutObjectTagging", *call.where)
    own_type = call.headers.get("content-type") if replaces else None
    return Attributes(own_type or old.content_type, headers, tags)


def _is_replaced(call: OssCall, directive: str) -> bool:
    return call.headers.get(directive, "COPY").upper() == "REPLACE"


HANDLERS: dict[str, Handler] = {"CopyObject": copy_object}
