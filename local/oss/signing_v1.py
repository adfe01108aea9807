"""OSS signature version 1 (HMAC-SHA1), in a header or a URL.

https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from local.numbers import decimal, http_time
from local.oss.claim import Claim, to_bytes
from local.oss.errors import OssError
from local.oss.target import Target

# Parameters that are signed; all others are not. The lists of oss2 2.19.1 (auth.py), of
# alibabacloud-oss-v2 1.4.1 (signer/v1.py) and of the manual, put together.
_SIGNED_NAMES = """
    accessPoint accessPointPolicy acl append asyncFetch bucketArchiveDirectRead bucketInfo callback
    callback-var cloudboxes cname comp continuation-token cors delete encryption endTime group
    httpsConfig inventory inventoryId lifecycle link live location logging metaQuery objectInfo
    objectMeta partNumber policy position publicAccessBlock qos qosInfo qosRequester
    redundancyTransition referer regionList replication replicationLocation replicationProgress
    requestPayment requesterQosInfo resourceGroup resourcePool resourcePoolBuckets
    resourcePoolInfo response-cache-control response-content-disposition
    response-content-encoding response-content-language response-content-type response-expires
    restore security-token sequential startTime stat status style styleName symlink tagging
    transferAcceleration uploadId uploads versionId versioning versions vod website worm
    wormExtend wormId x-oss-ac-forward-allow x-oss-ac-source-ip x-oss-ac-subnet-mask
    x-oss-ac-vpc-id x-oss-access-point-name x-oss-async-process x-oss-process
    x-oss-redundancy-transition-taskid x-oss-request-payer x-oss-target-redundancy-type
    x-oss-traffic-limit x-oss-write-get-object-response
"""
_SIGNED_PARAMETERS = frozenset(_SIGNED_NAMES.split())


def from_header(target: Target, headers: Mapping[str, str]) -> Claim:
    """Read `Authorization: OSS <key>:<signature>`."""
    access_key_id, _, signature = headers["authorization"][4:].strip().partition(":")
    date = headers.get("x-oss-date") or headers.get("date", "")
    signed_at = http_time(date)
    if signed_at is None:
        raise OssError(403, "AccessDenied", "OSS authentication requires a valid Date.")
    return Claim(
        access_key_id,
        # alibabacloud-oss-v2 sends it under the second name, unsigned
        headers.get("x-oss-security-token") or headers.get("security-token", ""),
        signature,
        signed_at,
        None,
        _string_to_sign(target, headers, date),
        _sign,
    )


def from_query(target: Target, headers: Mapping[str, str]) -> Claim:
    """Read a URL's `OSSAccessKeyId`, `Expires` and `Signature`."""
    query = target.query
    expires = query.get("Expires", "")
    moment = decimal(expires)
    if moment is None:
        raise OssError(403, "AccessDenied", "Query-string authentication requires Expires.")
    return Claim(
        query["OSSAccessKeyId"],
        query.get("security-token", ""),
        query.get("Signature", ""),
        0.0,
        float(moment),
        _string_to_sign(target, headers, expires),
        _sign,
    )


def _string_to_sign(target: Target, headers: Mapping[str, str], date: str) -> bytes:
    lines = [
        target.method,
        headers.get("content-md5", ""),
        headers.get("content-type", ""),
        date,
        *(f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-oss-")),
        _resource(target),
    ]
    return to_bytes("\n".join(lines))


def _resource(target: Target) -> str:
    path = f"/{target.bucket}/{target.key}" if target.bucket else "/"
    signed = sorted(_SIGNED_PARAMETERS & target.query.keys())
    parts = [f"{name}={target.query[name]}" if target.query[name] else name for name in signed]
    return f"{path}?{'&'.join(parts)}" if parts else path


def _sign(secret: str, string_to_sign: bytes) -> str:
    digest = hmac.digest(secret.encode(), string_to_sign, hashlib.sha1)
    return base64.b64encode(digest).decode()
