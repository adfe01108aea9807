"""Signatures of the newer SDKs: ACS3-HMAC-SHA256, in headers.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, quote

from local.identity import Identity, KeyRing, NotAuthenticatedError, Refusal
from local.jobs.errors import ApiError
from local.jobs.rpc import LARGEST_SKEW, Nonces

_ALGORITHM = "ACS3-HMAC-SHA256"
_HEADER = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[^,]+),"
    r"\s*SignedHeaders=(?P<names>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version")
_REFUSALS = {
    Refusal.UNKNOWN_KEY: (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    Refusal.TOKEN_MISSING: (
        404,
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    ),
    Refusal.TOKEN_INVALID: (
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    Refusal.TOKEN_EXPIRED: (
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
    ),
}


@dataclass(frozen=True)
class SignedRequest:
    """A request; `target` is the raw path and query, names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def identify(sent: SignedRequest, keys: KeyRing, now: float) -> Identity:
    """Return the signer, raising ApiError if key, clock, body or signature are wrong."""
    headers = sent.headers
    found = _HEADER.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise ApiError(400, "IncompleteSignature", "The request signature is not conform.")
    names = found["names"].split(";")
    lacking = [name for name in _SIGNED if name not in names]
    if lacking:
        raise ApiError(400, "IncompleteSignature", f"{lacking[0]} must be signed.")
    try:
        identity = keys.find(found["key"], headers.get("x-acs-security-token", ""), now)
    except NotAuthenticatedError as error:
        raise ApiError(*_REFUSALS[error.refusal]) from None
    _check_clock(headers["x-acs-date"], now)
    if hashlib.sha256(sent.body).hexdigest() != headers["x-acs-content-sha256"]:
        raise ApiError(400, "InvalidContentHash", "The body is not what was signed.")
    text = _string_to_sign(sent, names)
    expected = hmac.new(identity.access_key_secret.encode(), text.encode(), hashlib.sha256)
    if not hmac.compare_digest(expected.hexdigest(), found["signature"]):
        message = f"Specified signature is not matched with our calculation. server string: {text}"
        raise ApiError(400, "SignatureDoesNotMatch", message)
    return identity


def use_nonce(headers: Mapping[str, str], nonces: Nonces, now: float) -> None:
    """Record a request's nonce, raising ApiError if it was used before."""
    nonces.use(headers.get("x-acs-signature-nonce", ""), now)


def _string_to_sign(sent: SignedRequest, names: list[str]) -> str:
    headers = sent.headers
    path, _, query = sent.target.partition("?")
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    asked = "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs)
    canonical = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    lines = [sent.method, path, asked, canonical, ";".join(names), headers["x-acs-content-sha256"]]
    return f"{_ALGORITHM}\n{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


def _check_clock(text: str, now: float) -> None:
    try:
        moment = datetime.strptime(f"{text}+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    except ValueError:
        raise ApiError(400, "InvalidTimeStamp.Format", "x-acs-date is not valid.") from None
    if abs(moment.timestamp() - now) > LARGEST_SKEW:
        raise ApiError(400, "InvalidTimeStamp.Expired", "x-acs-date is expired.")
