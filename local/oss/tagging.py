"""Tags of objects."""

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.errors import OssError
from local.reply import Reply


async def get_tagging(call: OssCall) -> Reply:
    """Return the tags of an object."""
    stored = call.store.get(*call.where, call.query.get("versionId", ""))
    tags = (
        xmldoc.element("Tag", xmldoc.text("Key", key), xmldoc.text("Value", value))
        for key, value in stored.attributes.tags.items()
    )
    return xmldoc.document("Tagging", [xmldoc.element("TagSet", *tags)])


async def put_tagging(call: OssCall) -> Reply:
    """Replace the tags of an object."""
    root = xmldoc.parse(await call.document())
    tags = {
        node.findtext("Key", ""): node.findtext("Value", "") for node in root.findall("TagSet/Tag")
    }
    if len(tags) > 10 or "" in tags:
        raise OssError(400, "InvalidTag", "The tags you provided are invalid.")
    return _change(call, tags)


async def delete_tagging(call: OssCall) -> Reply:
    """Remove the tags of an object."""
    reply = _change(call, {})
    return Reply(204, reply.headers)


def _change(call: OssCall, tags: dict[str, str]) -> Reply:
    stored = call.store.get(*call.where, call.query.get("versionId", ""))
    call.store.change_tags(stored, tags)
    if stored.version_id == "null":
        return Reply(200)
    return Reply(200, {"x-oss-version-id": stored.version_id})


HANDLERS: dict[str, Handler] = {
    "GetObjectTagging": get_tagging,
    "PutObjectTagging": put_tagging,
    "DeleteObjectTagging": delete_tagging,
}
