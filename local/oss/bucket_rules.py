"""Rules of a bucket: lifecycle, which is kept and never carried out, and retention (WORM)."""

from dataclasses import replace

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.errors import OssError
from local.oss.model import iso_date
from local.reply import Reply

_RETENTION_DAYS = 1


async def put_lifecycle(call: OssCall) -> Reply:
    """Keep the rules as they were sent."""
    document = await call.document()
    if xmldoc.parse(document).find("Rule") is None:
        raise OssError(400, "MalformedXML", "A lifecycle has at least one rule.")
    bucket = call.store.bucket(call.target.bucket)
    settings = {**bucket.settings, "lifecycle": document.decode()}
    call.store.create_bucket(replace(bucket, settings=settings))
    return Reply(200)


async def get_lifecycle(call: OssCall) -> Reply:
    """Return the rules as they were sent."""
    document = call.store.bucket(call.target.bucket).settings.get("lifecycle")
    if document is None:
        raise OssError(404, "NoSuchLifecycle", "No Row found in Lifecycle Table.")
    return Reply(200, {"Content-Type": "application/xml"}, document.encode())


async def delete_lifecycle(call: OssCall) -> Reply:
    """Forget the rules, if there are any."""
    bucket = call.store.bucket(call.target.bucket)
    settings = {name: value for name, value in bucket.settings.items() if name != "lifecycle"}
    call.store.create_bucket(replace(bucket, settings=settings))
    return Reply(204)


async def get_worm(call: OssCall) -> Reply:
    """Return the retention policy, which an immutable bucket has."""
    bucket = call.store.bucket(call.target.bucket)
    if not bucket.immutable:
        raise OssError(404, "NoSuchWORMConfiguration", "The WORM Configuration does not exist.")
    children = [
        xmldoc.text("WormId", "1666E2CFB2B3418"),
        xmldoc.text("State", "Locked"),
        xmldoc.text("RetentionPeriodInDays", _RETENTION_DAYS),
        xmldoc.text("CreationDate", iso_date(bucket.created)),
    ]
    return xmldoc.document("WormConfiguration", children)


HANDLERS: dict[str, Handler] = {
    "PutBucketLifecycle": put_lifecycle,
    "GetBucketLifecycle": get_lifecycle,
    "DeleteBucketLifecycle": delete_lifecycle,
    "GetBucketWorm": get_worm,
}
