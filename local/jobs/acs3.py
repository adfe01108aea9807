"""Signatures of the newer SDKs, whatever the API: ACS3-HMAC-SHA256, in headers.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

from local.identity import Identity, KeyRing, NotAuthenticatedError
from local.jobs.errors import ApiError, key_refused
from local.jobs.rpc import Nonces, check_clock
from local.signed_request import SignedRequest

ALGORITHM = "ACS3-HMAC-SHA256"
_HEADER = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[^,]+),"
    r"\s*SignedHeaders=(?P<names>[^,]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version")


def identify(sent: SignedRequest, keys: KeyRing, now: float) -> Identity:
    """Return the signer, raising ApiError if key, clock, body or signature are wrong."""
    headers = sent.headers
    found = _HEADER.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise ApiError(400, "IncompleteSignature", "The request signature is not conform.")
    names = found["names"].split(";")
    lacking = [name for name in _SIGNED if name not in names or name not in headers]
    if lacking:
        raise ApiError(400, "IncompleteSignature", f"{lacking[0]} must be signed.")
    try:
        identity = keys.find(found["key"], headers.get("x-acs-security-token", ""), now)
    except NotAuthenticatedError as error:
        raise key_refused(error.refusal) from None
    check_clock(headers["x-acs-date"], now)
    if hashlib.sha256(sent.body).hexdigest() != headers["x-acs-content-sha256"]:
        raise ApiError(400, "InvalidContentHash", "The body is not what was signed.")
    text = _string_to_sign(sent, names)
    expected = hmac.new(identity.access_key_secret.encode(), text.encode(), hashlib.sha256)
    if not hmac.compare_digest(expected.hexdigest(), found["signature"]):
        message = f"Specified signature is not matched with our calculation. server string: {text}"
        raise ApiError(400, "SignatureDoesNotMatch", message)
    return identity


def use_nonce(headers: Mapping[str, str], nonces: Nonces, now: float) -> None:
    """Record a request's nonce, raising ApiError if it has none or one that was used before."""
    nonce = headers.get("x-acs-signature-nonce", "")
    if not nonce:
        message = "x-acs-signature-nonce is mandatory for this action."
        raise ApiError(400, "MissingSignatureNonce", message)
    nonces.use(nonce, now)


def _string_to_sign(sent: SignedRequest, names: list[str]) -> str:
    headers = sent.headers
    pairs = sorted(parse_qsl(sent.query, keep_blank_values=True))
    asked = "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs)
    canonical = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    content = headers["x-acs-content-sha256"]
    lines = [sent.method, sent.path, asked, canonical, ";".join(names), content]
    request = "\n".join(lines).encode("utf-8", "surrogateescape")
    return f"{ALGORITHM}\n{hashlib.sha256(request).hexdigest()}"
