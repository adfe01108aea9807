"""Tags of objects."""

from dataclasses import replace

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.errors import no_such_key
from local.oss.model import StoredObject
from local.oss.tags import checked_tags
from local.reply import Reply


async def get_tagging(call: OssCall) -> Reply:
    """Return the tags of an object."""
    stored = _tagged(call)
    tags = (
        xmldoc.element("Tag", xmldoc.text("Key", key), xmldoc.text("Value", value))
        for key, value in stored.attributes.tags.items()
    )
    return xmldoc.document("Tagging", [xmldoc.element("TagSet", *tags)])


async def put_tagging(call: OssCall) -> Reply:
    """Replace the tags of an object."""
    root = xmldoc.parse_known(await call.document(), "TagSet/Tag/Key", "TagSet/Tag/Value")
    given = root.findall("TagSet/Tag")
    pairs = ((node.findtext("Key", ""), node.findtext("Value", "")) for node in given)
    return _change(call, checked_tags(pairs))


async def delete_tagging(call: OssCall) -> Reply:
    """Remove the tags of an object."""
    reply = _change(call, {})
    return Reply(204, reply.headers)


def _tagged(call: OssCall) -> StoredObject:
    """Return the object of the request; a delete marker is none."""
    call.store.bucket(call.target.bucket)
    found = call.store.find(*call.where, call.version_id)
    if found is not None and found.marker:
        raise no_such_key(call.target.key)
    return found or call.store.get(*call.where, call.version_id)


def _change(call: OssCall, tags: dict[str, str]) -> Reply:
    stored = _tagged(call)
    call.store.change(stored, replace(stored.attributes, tags=tags))
    return Reply(200, call.version_header(stored))


HANDLERS: dict[str, Handler] = {
    "GetObjectTagging": get_tagging,
    "PutObjectTagging": put_tagging,
    "DeleteObjectTagging": delete_tagging,
}
