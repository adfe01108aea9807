"""Signatures of the log service, version 1.

https://www.alibabacloud.com/help/en/sls/developer-reference/request-signatures
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, unquote

from local.identity import Identity, KeyRing, NotAuthenticatedError
from local.jobs.errors import ApiError
from local.jobs.rpc import LARGEST_SKEW
from local.numbers import http_time
from local.signed_request import SignedRequest

_DIGESTS = {"hmac-sha1": hashlib.sha1, "hmac-sha256": hashlib.sha256}


def identify(sent: SignedRequest, keys: KeyRing, now: float) -> Identity:
    """Return the signer, raising ApiError if key, clock, body or signature are wrong."""
    headers = sent.headers
    word, _, rest = headers.get("authorization", "").partition(" ")
    key, _, signature = rest.partition(":")
    digest = _DIGESTS.get(headers.get("x-log-signaturemethod", ""))
    if word != "LOG" or not signature or digest is None:
        raise ApiError(401, "Unauthorized", "The request is not signed.")
    try:
        identity = keys.find(key, headers.get("x-acs-security-token", ""), now)
    except NotAuthenticatedError:
        raise ApiError(401, "Unauthorized", "AccessKeyId not found.") from None
    moment = http_time(headers.get("date", ""))
    if moment is None or abs(moment - now) > LARGEST_SKEW:
        raise ApiError(400, "RequestTimeExpired", "The time of the request is too old.")
    if sent.body and hashlib.md5(sent.body).hexdigest().upper() != headers.get("content-md5"):
        raise ApiError(400, "PostBodyInvalid", "The body is not what its MD5 says.")
    text = string_to_sign(sent).encode("utf-8", "surrogateescape")
    expected = hmac.new(identity.access_key_secret.encode(), text, digest).digest()
    given = signature.encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(base64.b64encode(expected), given):
        raise ApiError(401, "SignatureNotMatch", f"signature {signature} not matched")
    return identity


def string_to_sign(sent: SignedRequest) -> str:
    """Return the string to sign.

    The vendor's SDK adds `x-log-date` to what it has signed, so this header is not part of it.
    """
    headers = sent.headers
    pairs = sorted(parse_qsl(sent.query, keep_blank_values=True))
    asked = "&".join(f"{key}={value}" for key, value in pairs)
    own = "\n".join(
        f"{name}:{headers[name]}"
        for name in sorted(headers)
        if name.startswith(("x-log-", "x-acs-")) and name != "x-log-date"
    )
    first = (
        sent.method,
        *(headers.get(name, "") for name in ("content-md5", "content-type", "date")),
    )
    path = unquote(sent.path)
    return "\n".join((*first, own, f"{path}?{asked}" if asked else path))
