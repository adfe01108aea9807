"""Which web pages may use a bucket: rules, preflights, and the headers of answers.

https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketcors
https://www.alibabacloud.com/help/en/oss/developer-reference/options
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from xml.etree.ElementTree import Element

from local.oss import xmldoc
from local.oss.call import Handler, OssCall
from local.oss.errors import OssError, invalid_argument
from local.oss.model import Bucket
from local.reply import Reply

_MOST_RULES = 10
# Whether to answer `Vary: Origin` always (true) or never (false): a setting of the bucket.
_VARY = "cors-vary"
_KNOWN = (
    *("CORSRule/AllowedOrigin", "CORSRule/AllowedMethod", "CORSRule/AllowedHeader"),
    *("CORSRule/ExposeHeader", "CORSRule/MaxAgeSeconds", "ResponseVary"),
)
_METHODS = frozenset(("GET", "PUT", "DELETE", "POST", "HEAD"))


@dataclass(frozen=True)
class CorsRule:
    """A rule: origins and headers may have one `*` each."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str = ""

    def allows(self, origin: str, method: str) -> str:
        """Return what to answer as the origin that is allowed; nothing where this is not it."""
        if method not in self.methods:
            return ""
        matching = next((each for each in self.origins if _fits(each, origin)), "")
        return "*" if matching == "*" else origin if matching else ""

    def allows_headers(self, names: list[str]) -> bool:
        """Return whether a page may send all these headers."""
        return all(any(_fits(each, name) for each in self.headers) for name in names)


def rules_of(bucket: Bucket) -> list[CorsRule]:
    """Return the rules of a bucket, in the order that they are tried."""
    stored = json.loads(bucket.settings.get("cors", "[]"))
    return [
        CorsRule(
            tuple(rule["origins"]),
            tuple(rule["methods"]),
            tuple(rule["headers"]),
            tuple(rule["exposed"]),
            rule["max_age"],
        )
        for rule in stored
    ]


def varies(bucket: Bucket) -> dict[str, str]:
    """Return what every answer of a bucket says of its origin if the bucket has it say so."""
    return {"Vary": "Origin"} if bucket.settings.get(_VARY) == "true" else {}


def preflight(bucket: Bucket, headers: Mapping[str, str]) -> Reply:
    """Answer a browser that asks what a page may do; raise AccessForbidden."""
    origin = headers.get("origin", "")
    method = headers.get("access-control-request-method", "")
    if not origin or not method:
        message = "Insufficient information. Origin request header needed."
        raise OssError(400, "InvalidArgument", message)
    rules = rules_of(bucket)
    if not rules:
        message = "CORSResponse: CORS is not enabled for this bucket."
        raise OssError(403, "AccessForbidden", message)
    asked = headers.get("access-control-request-headers", "").lower()
    names = [name.strip() for name in asked.split(",") if name.strip()]
    for rule in rules:
        allowed = rule.allows(origin, method)
        if allowed and rule.allows_headers(names):
            return Reply(200, _allowing(bucket, rule, allowed, names))
    message = "CORSResponse: This CORS request is not allowed."
    raise OssError(403, "AccessForbidden", message)


def cors_headers(bucket: Bucket, headers: Mapping[str, str], method: str) -> dict[str, str]:
    """Return what an answer says to the page that asked; nothing where no rule is about it."""
    origin = headers.get("origin", "")
    for rule in rules_of(bucket) if origin else ():
        allowed = rule.allows(origin, method)
        if allowed:
            return _allowing(bucket, rule, allowed, [])
    return varies(bucket)


def _allowing(bucket: Bucket, rule: CorsRule, origin: str, names: list[str]) -> dict[str, str]:
    always = {"true": "Origin", "false": ""}
    found = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ", ".join(rule.methods),
        "Access-Control-Allow-Headers": ", ".join(names),
        "Access-Control-Expose-Headers": ", ".join(rule.exposed),
        "Access-Control-Max-Age": rule.max_age,
        "Vary": always.get(bucket.settings.get(_VARY, ""), "" if origin == "*" else "Origin"),
    }
    return {name: value for name, value in found.items() if value}


async def put_cors(call: OssCall) -> Reply:
    """Replace the rules of a bucket."""
    root = xmldoc.parse_known(await call.document(), *_KNOWN)
    nodes, vary = root.findall("CORSRule"), root.findtext("ResponseVary", "")
    bucket = call.store.bucket(call.target.bucket)
    if not 1 <= len(nodes) <= _MOST_RULES:
        raise OssError(400, "InvalidRequest", f"There must be 1 to {_MOST_RULES} CORS rules.")
    if vary not in ("", "true", "false"):
        raise OssError(400, "MalformedXML", "ResponseVary must be true or false.")
    rules = json.dumps([asdict(_rule(node)) for node in nodes])
    settings = {**_without_rules(bucket), "cors": rules} | ({_VARY: vary} if vary else {})
    call.store.create_bucket(replace(bucket, settings=settings))
    return Reply(200)


async def get_cors(call: OssCall) -> Reply:
    """Return the rules of a bucket."""
    bucket = call.store.bucket(call.target.bucket)
    rules, vary = rules_of(bucket), bucket.settings.get(_VARY)
    if not rules:
        raise OssError(404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist.")
    told = [xmldoc.text("ResponseVary", vary)] if vary else []
    return xmldoc.document("CORSConfiguration", [*map(_element, rules), *told])


async def delete_cors(call: OssCall) -> Reply:
    """Remove the rules of a bucket."""
    bucket = call.store.bucket(call.target.bucket)
    call.store.create_bucket(replace(bucket, settings=_without_rules(bucket)))
    return Reply(204)


def _without_rules(bucket: Bucket) -> dict[str, str]:
    return {name: value for name, value in bucket.settings.items() if name not in ("cors", _VARY)}


def _rule(node: Element) -> CorsRule:
    rule = CorsRule(
        _texts(node, "AllowedOrigin"),
        tuple(method.upper() for method in _texts(node, "AllowedMethod")),
        tuple(name.lower() for name in _texts(node, "AllowedHeader")),
        _texts(node, "ExposeHeader"),
        node.findtext("MaxAgeSeconds", ""),
    )
    if not rule.origins or not rule.methods or not _METHODS.issuperset(rule.methods):
        raise invalid_argument("AllowedMethod", ", ".join(rule.methods))
    for pattern in (*rule.origins, *rule.headers):
        if pattern.count("*") > 1:
            raise invalid_argument("AllowedOrigin", pattern)
    if not re.fullmatch(r"[0-9]{0,9}", rule.max_age):
        raise invalid_argument("MaxAgeSeconds", rule.max_age)
    return rule


def _texts(node: Element, name: str) -> tuple[str, ...]:
    return tuple(child.text or "" for child in node.findall(name))


def _element(rule: CorsRule) -> xmldoc.Child:
    age = [xmldoc.text("MaxAgeSeconds", rule.max_age)] if rule.max_age else []
    return xmldoc.element(
        "CORSRule",
        *(xmldoc.text("AllowedOrigin", each) for each in rule.origins),
        *(xmldoc.text("AllowedMethod", each) for each in rule.methods),
        *(xmldoc.text("AllowedHeader", each) for each in rule.headers),
        *(xmldoc.text("ExposeHeader", each) for each in rule.exposed),
        *age,
    )


def _fits(pattern: str, text: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(head + tail) and text.startswith(head) and text.endswith(tail)


HANDLERS: dict[str, Handler] = {
    "GetBucketCors": get_cors,
    "PutBucketCors": put_cors,
    "DeleteBucketCors": delete_cors,
}
