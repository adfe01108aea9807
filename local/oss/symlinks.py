"""Symbolic links: objects that lead to another key of their bucket."""

from dataclasses import replace
from urllib.parse import quote, unquote

from local.oss.call import Handler, OssCall
from local.oss.errors import OssError, invalid_argument
from local.oss.model import SYMLINK_TARGET, http_date
from local.oss.objects import check_key, check_place, written
from local.reply import Reply


async def put_symlink(call: OssCall) -> Reply:
    """Write a symbolic link; what it leads to need not exist."""
    check_place(call)
    attributes = call.attributes()
    target = unquote(attributes.symlink_target)
    if not target:
        raise invalid_argument(SYMLINK_TARGET, "")
    check_key(target)
    headers = {**attributes.headers, SYMLINK_TARGET: target}
    received = call.store.blobs.take(b"")
    stored = call.store.put(
        call.where,
        received,
        replace(attributes, headers=headers),
        forbid_overwrite=call.forbids_overwrite,
        kind="Symlink",
    )
    call.created(stored, "PutSymlink")
    return Reply(200, written(call, stored))


async def get_symlink(call: OssCall) -> Reply:
    """Return where a symbolic link leads to."""
    stored = call.store.get(*call.where, call.version_id)
    if not stored.attributes.symlink_target:
        message = "The object you specified is not a symbolic link."
        raise OssError(400, "NotSymlink", message)
    headers = {
        SYMLINK_TARGET: quote(stored.attributes.symlink_target, safe=""),
        "ETag": stored.quoted_etag,
        "Last-Modified": http_date(stored.modified),
        **call.version_header(stored),
    }
    return Reply(200, headers)


HANDLERS: dict[str, Handler] = {"PutSymlink": put_symlink, "GetSymlink": get_symlink}
