"""Signatures of RPC-style calls.

https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from local.identity import Identity, KeyRing, NotAuthenticatedError
from local.jobs.errors import ApiError, key_refused

LARGEST_SKEW = 15 * 60

_DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_REQUIRED = ("AccessKeyId", "Signature", "SignatureMethod", "SignatureNonce", "Timestamp")


class Nonces:
    """The nonces of the last half hour, none of which may be used twice."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def use(self, nonce: str, now: float) -> None:
        """Record a nonce, raising SignatureNonceUsed if it was used before."""
        while self._seen and next(iter(self._seen.values())) < now - 2 * LARGEST_SKEW:
            self._seen.popitem(last=False)
        if nonce in self._seen:
            message = "Specified signature nonce was used already."
            raise ApiError(400, "SignatureNonceUsed", message)
        self._seen[nonce] = now

    def clear(self) -> None:
        """Delete all nonces."""
        self._seen.clear()


def identify(method: str, parameters: Mapping[str, str], keys: KeyRing, now: float) -> Identity:
    """Return the signer of a call, raising ApiError if key, token, clock or signature are wrong."""
    for name in _REQUIRED:
        if not parameters.get(name):
            message = f"{name} is mandatory for this action."
            raise ApiError(400, f"Missing{name}", message)
    digest = _DIGESTS.get(parameters["SignatureMethod"])
    if digest is None or parameters.get("SignatureVersion") != "1.0":
        message = "The request signature does not conform to Aliyun standards."
        raise ApiError(400, "IncompleteSignature", message)
    try:
        token = parameters.get("SecurityToken", "")
        identity = keys.find(parameters["AccessKeyId"], token, now)
    except NotAuthenticatedError as error:
        raise key_refused(error.refusal) from None
    check_clock(parameters["Timestamp"], now)
    text = string_to_sign(method, parameters)
    key = f"{identity.access_key_secret}&".encode()
    expected = base64.b64encode(hmac.new(key, text.encode(), digest).digest())
    if not hmac.compare_digest(expected, parameters["Signature"].encode()):
        # The core SDK compares the text after the colon with its own to detect a wrong secret.
        message = (
            "Specified signature is not matched with our calculation."
            f" server string to sign is:{text}"
        )
        raise ApiError(400, "SignatureDoesNotMatch", message)
    return identity


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """Return the string to sign: all parameters but the signature, sorted and encoded twice."""
    pairs = "&".join(
        f"{_encode(name)}={_encode(parameters[name])}"
        for name in sorted(parameters)
        if name != "Signature"
    )
    return f"{method}&%2F&{_encode(pairs)}"


def check_clock(timestamp: str, now: float) -> None:
    """Raise ApiError if a request was signed at another time, or at none."""
    try:
        moment = datetime.strptime(timestamp + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    except ValueError:
        message = "The specified parameter Timestamp is not valid."
        raise ApiError(400, "InvalidTimeStamp.Format", message) from None
    if abs(moment.timestamp() - now) > LARGEST_SKEW:
        message = "Specified time stamp or date value is expired."
        raise ApiError(400, "InvalidTimeStamp.Expired", message)


def _encode(text: str) -> str:
    return quote(text, safe="~")
