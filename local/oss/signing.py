"""Authentication of requests to OSS: key, token, clock and signature."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from local.identity import ANONYMOUS, Identity, KeyRing, NotAuthenticatedError, Refusal
from local.oss import signing_v1, signing_v4
from local.oss.claim import Claim
from local.oss.errors import OssError
from local.oss.model import iso_date
from local.oss.target import Target

LARGEST_SKEW = 15 * 60

_REFUSALS = {
    Refusal.UNKNOWN_KEY: (
        "InvalidAccessKeyId",
        "The OSS Access Key Id you provided does not exist in our records.",
    ),
    Refusal.TOKEN_MISSING: (
        "InvalidAccessKeyId",
        "The OSS Access Key Id you provided does not exist in our records.",
    ),
    Refusal.TOKEN_INVALID: (
        "InvalidSecurityToken",
        "The security token you provided is invalid.",
    ),
    Refusal.TOKEN_EXPIRED: (
        "SecurityTokenExpired",
        "The security token you provided has expired.",
    ),
}


@dataclass(frozen=True)
class Verifier:
    """Verifies requests with the known keys; a V4 scope must contain the region."""

    keys: KeyRing
    region: str

    def identify(self, target: Target, headers: Mapping[str, str], now: float) -> Identity:
        """Return the signer of a request, ANONYMOUS if it is not signed at all.

        Raises OssError (403 mostly) if the signature is not valid.
        """
        claim = self._claim(target, headers)
        if claim is None:
            return ANONYMOUS
        try:
            identity = self.keys.find(claim.access_key_id, claim.security_token, now)
        except NotAuthenticatedError as error:
            code, message = _REFUSALS[error.refusal]
            details = {"OSSAccessKeyId": claim.access_key_id}
            raise OssError(403, code, message, details=details) from None
        _check_clock(claim, now)
        expected = claim.expected(identity.access_key_secret)
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise OssError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided."
                " Check your key and signing method.",
                details={
                    "OSSAccessKeyId": claim.access_key_id,
                    "StringToSign": claim.string_to_sign.decode("utf-8", "replace"),
                },
            )
        return identity

    def _claim(self, target: Target, headers: Mapping[str, str]) -> Claim | None:
        authorization = headers.get("authorization", "")
        if authorization.startswith(signing_v4.ALGORITHM):
            return signing_v4.from_header(target, headers, self.region)
        if authorization.startswith("OSS "):
            return signing_v1.from_header(target, headers)
        if "x-oss-signature-version" in target.query:
            return signing_v4.from_query(target, headers, self.region)
        if "OSSAccessKeyId" in target.query:
            return signing_v1.from_query(target, headers)
        if authorization:
            raise OssError(400, "InvalidArgument", "Authorization header is invalid.")
        return None


def _check_clock(claim: Claim, now: float) -> None:
    """Refuse what was signed at another time, and a URL before and after its life.

    https://www.alibabacloud.com/help/en/oss/support/0002-00000235 has the 15 minutes of a URL.
    """
    if claim.expires is not None:
        if claim.signed_at > now + LARGEST_SKEW:
            details = {"ServerTime": iso_date(now)}
            message = "The signed URL is not valid yet."
            raise OssError(403, "AccessDenied", message, details=details)
        if now > claim.expires:
            details = {"ServerTime": iso_date(now)}
            raise OssError(403, "AccessDenied", "Request has expired.", details=details)
        return
    if abs(now - claim.signed_at) > LARGEST_SKEW:
        raise OssError(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            details={
                "MaxAllowedSkewMilliseconds": str(LARGEST_SKEW * 1000),
                "RequestTime": iso_date(claim.signed_at),
                "ServerTime": iso_date(now),
            },
        )
