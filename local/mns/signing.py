"""Signatures of MNS requests.

https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from local.identity import Identity, KeyRing, NotAuthenticatedError, Refusal
from local.jobs.errors import ApiError
from local.jobs.rpc import LARGEST_SKEW
from local.numbers import http_time
from local.signed_request import SignedRequest

_UNKNOWN = (403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
_REFUSALS = {
    Refusal.UNKNOWN_KEY: _UNKNOWN,
    Refusal.TOKEN_MISSING: _UNKNOWN,
    Refusal.TOKEN_INVALID: (403, "InvalidSecurityToken", "The token is not valid."),
    Refusal.TOKEN_EXPIRED: (403, "SecurityTokenExpired", "The token has expired."),
}


def identify(sent: SignedRequest, keys: KeyRing, now: float) -> Identity:
    """Return who signed a request, raising ApiError if key, token, date or signature are wrong."""
    headers = sent.headers
    authorization = headers.get("authorization", "")
    if not authorization:
        message = "Authorization header is required."
        raise ApiError(400, "MissingAuthorizationHeader", message)
    scheme, _, claim = authorization.partition(" ")
    key, colon, signature = claim.partition(":")
    if scheme != "MNS" or not colon:
        message = "The Authorization header format is invalid."
        raise ApiError(400, "InvalidAuthorizationHeader", message)
    if headers.get("x-mns-version") != "2015-06-06":
        raise ApiError(400, "MissingVersionHeader", "x-mns-version header is required.")
    _check_date(headers.get("date", ""), now)
    try:
        identity = keys.find(key, headers.get("security-token", ""), now)
    except NotAuthenticatedError as error:
        raise ApiError(*_REFUSALS[error.refusal]) from None
    expected = sign(identity.access_key_secret, string_to_sign(sent.method, sent.target, headers))
    given = signature.encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(expected.encode(), given):
        message = "The request signature we calculated does not match the signature you provided."
        raise ApiError(403, "SignatureNotMatch", message)
    return identity


def string_to_sign(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Return the string to sign; the target is path and query, and names may be in any case."""
    own = {name.lower(): value for name, value in headers.items()}
    canonical = "".join(f"{name}:{own[name]}\n" for name in sorted(own) if name[:6] == "x-mns-")
    given = (own.get(name, "") for name in ("content-md5", "content-type", "date"))
    return "\n".join((method, *given, canonical + target))


def sign(secret: str, text: str) -> str:
    """Return the signature of a text."""
    signed = text.encode("utf-8", "surrogateescape")
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha1).digest()).decode()


def _check_date(date: str, now: float) -> None:
    if not date:
        raise ApiError(400, "MissingDateHeader", "Date header is required.")
    moment = http_time(date)
    if moment is None:
        raise ApiError(400, "InvalidDateHeader", "The Date header format is invalid.")
    if abs(moment - now) > LARGEST_SKEW:
        raise ApiError(408, "TimeExpired", "The http request you sent is expired.")
