"""Signatures of MNS requests.

https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from local.identity import Identity, KeyRing, NotAuthenticatedError, Refusal
from local.mns.errors import MnsError

_LARGEST_SKEW = 15 * 60
_UNKNOWN = MnsError(403, "InvalidAccessKeyId", "The AccessKey Id you provided is not exist.")
_REFUSALS = {
    Refusal.UNKNOWN_KEY: _UNKNOWN,
    Refusal.TOKEN_MISSING: _UNKNOWN,
    Refusal.TOKEN_INVALID: MnsError(403, "InvalidSecurityToken", "The token is not valid."),
    Refusal.TOKEN_EXPIRED: MnsError(403, "SecurityTokenExpired", "The token has expired."),
}


def identify(
    method: str, path: str, headers: Mapping[str, str], keys: KeyRing, now: float
) -> Identity:
    """Return who signed a request, raising MnsError if key, token, date or signature are wrong."""
    authorization = headers.get("Authorization", "")
    if not authorization:
        message = "Authorization header is required."
        raise MnsError(400, "MissingAuthorizationHeader", message)
    scheme, _, claim = authorization.partition(" ")
    key, colon, signature = claim.partition(":")
    if scheme != "MNS" or not colon:
        message = "The Authorization header format is invalid."
        raise MnsError(400, "InvalidAuthorizationHeader", message)
    if headers.get("x-mns-version") != "2015-06-06":
        raise MnsError(400, "MissingVersionHeader", "x-mns-version header is required.")
    _check_date(headers.get("Date", ""), now)
    try:
        identity = keys.find(key, headers.get("security-token", ""), now)
    except NotAuthenticatedError as error:
        raise _REFUSALS[error.refusal] from None
    if not hmac.compare_digest(
        sign(identity.access_key_secret, string_to_sign(method, path, headers)), signature
    ):
        message = "The request signature we calculated does not match the signature you provided."
        raise MnsError(403, "SignatureNotMatch", message)
    return identity


def string_to_sign(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return the string to sign."""
    own = {name.lower(): value for name, value in headers.items()}
    canonical = "".join(f"{name}:{own[name]}\n" for name in sorted(own) if name[:6] == "x-mns-")
    given = (own.get(name, "") for name in ("content-md5", "content-type", "date"))
    return "\n".join((method, *given, canonical + path))


def sign(secret: str, text: str) -> str:
    """Return the signature of a text."""
    return base64.b64encode(
        hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    ).decode()


def _check_date(date: str, now: float) -> None:
    if not date:
        raise MnsError(400, "MissingDateHeader", "Date header is required.")
    try:
        moment = parsedate_to_datetime(date).timestamp()
    except ValueError:
        message = "The Date header format is invalid."
        raise MnsError(400, "InvalidDateHeader", message) from None
    if abs(moment - now) > _LARGEST_SKEW:
        raise MnsError(408, "TimeExpired", "The http request you sent is expired.")
