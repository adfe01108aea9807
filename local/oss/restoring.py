"""Restoring archived objects: asked for, under way for a minute, then readable for some days.

https://www.alibabacloud.com/help/en/oss/developer-reference/restoreobject
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from local.numbers import decimal
from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.errors import OssError, invalid_argument
from local.oss.model import ARCHIVED, RESTORED, StoredObject, http_date
from local.reply import Reply

_SECONDS = 60.0
"""How long it takes here, as for class Archive in the cloud; colder ones take hours there."""
_DAY = 24 * 3600
_MOST_DAYS = 365
_TIERS = ("Expedited", "Standard", "Bulk")


async def restore(call: OssCall) -> Reply:
    """Begin to restore an object, or let a restored one be readable for longer."""
    body = await call.document()
    stored = call.store.get(*call.where, call.version_id)
    days, tier = _wanted(stored, body)
    if stored.attributes.storage_class not in ARCHIVED:
        message = "The operation is not supported for this resource"
        raise OssError(400, "OperationNotSupported", message)
    now = call.store.clock()
    told = restore_info(stored.attributes.headers, now)
    if "true" in told:
        message = "The restore operation is in progress."
        raise OssError(409, "RestoreAlreadyInProgress", message)
    ready = now if told else now + _SECONDS
    headers = {**stored.attributes.headers, RESTORED: f"{ready} {ready + days * _DAY}"}
    call.store.change(stored, replace(stored.attributes, headers=headers))
    answer = {"x-oss-object-restore-priority": tier} if tier else {}
    return Reply(200 if told else 202, {**answer, **call.version_header(stored)})


def restore_info(headers: Mapping[str, str], now: float) -> str:
    """Return what OSS tells of restoring an object; nothing where it was not, or is over."""
    if RESTORED not in headers:
        return ""
    ready, until = (float(moment) for moment in headers[RESTORED].split())
    if now < ready:
        return 'ongoing-request="true"'
    if now < until:
        return f'ongoing-request="false", expiry-date="{http_date(until)}"'
    return ""


def check_restored(stored: StoredObject, now: float) -> None:
    """Raise InvalidObjectState for an archived object that is not restored."""
    attributes = stored.attributes
    if attributes.storage_class in ARCHIVED and "false" not in restore_info(
        attributes.headers, now
    ):
        message = "The operation is not valid for the object's state."
        raise OssError(403, "InvalidObjectState", message, details={"ObjectName": stored.key})


def _wanted(stored: StoredObject, body: bytes) -> tuple[int, str]:
    """Return for how many days and how fast; objects of class Archive have one speed."""
    is_cold = stored.attributes.storage_class in ARCHIVED - {"Archive"}
    if body.strip():
        root = xmldoc.parse_known(body, "Days", "JobParameters/Tier")
    else:
        root = Element("RestoreRequest")
    text = root.findtext("Days", "1")
    days = decimal(text)
    if days is None or not 1 <= days <= _MOST_DAYS:
        raise invalid_argument("Days", text)
    job = root.find("JobParameters")
    if job is None:
        return days, "Standard" if is_cold else ""
    if not is_cold:
        message = "The XML you provided was not well-formed or did not validate."
        raise OssError(400, "MalformedXML", message)
    tier = job.findtext("Tier", "")
    if tier not in _TIERS:
        raise invalid_argument("Tier", tier)
    return days, tier


HANDLERS: dict[str, Handler] = {"RestoreObject": restore}
