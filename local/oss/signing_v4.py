"""OSS signature version 4 (HMAC-SHA256 with a scope), in a header or a URL.

https://www.alibabacloud.com/help/en/oss/developer-reference/recommend-to-use-signature-version-4
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from urllib.parse import quote

from local.numbers import decimal, http_time
from local.oss.claim import Claim, to_bytes
from local.oss.errors import OssError, invalid_argument
from local.oss.target import Target

ALGORITHM = "OSS4-HMAC-SHA256"
_LONGEST_URL_LIFE = 7 * 24 * 3600


_SCOPE_PARTS = ("date", "region", "product", "version")
# https://www.alibabacloud.com/help/en/oss/support/0002-00000226 and the pages beside it; the words
# are those that oss2's own tests expect
_EC_IN_HEADERS = {"region": "0002-00000226", "product": "0002-00000227"}
_EC_IN_URLS = {"region": "0002-00000228"}


@dataclass(frozen=True)
class _Scope:
    """The parts of `<key>/<date>/<region>/oss/aliyun_v4_request`."""

    access_key_id: str
    date: str
    region: str

    @classmethod
    def parse(cls, credential: str, moment: str, region: str, *, in_url: bool) -> "_Scope":
        """Read a credential; raise InvalidArgument for what is wrong, as OSS words it."""
        access_key_id, *rest = credential.split("/")
        expected = [moment[:8], region, "oss", "aliyun_v4_request"]
        if len(rest) != len(expected):
            message = "Invalid credential in Authorization header."
            raise OssError(400, "InvalidArgument", message)
        for given, wanted, part in zip(rest, expected, _SCOPE_PARTS, strict=True):
            if given != wanted:
                raise _invalid_scope(part, in_url=in_url)
        return cls(access_key_id, moment[:8], region)

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/oss/aliyun_v4_request"


def from_header(target: Target, headers: Mapping[str, str], region: str) -> Claim:
    """Read `Authorization: OSS4-HMAC-SHA256 Credential=..., Signature=...`."""
    text = headers["authorization"][len(ALGORITHM) :]
    fields = dict(re.findall(r"(\w+)=([^,\s]+)", text))
    moment = headers.get("x-oss-date") or _moment_of(headers.get("date", ""))
    if headers.get("x-oss-content-sha256") != "UNSIGNED-PAYLOAD":
        value = headers.get("x-oss-content-sha256", "")
        raise invalid_argument("x-oss-content-sha256", value)
    return _claim(
        _Request(target, headers, fields.get("AdditionalHeaders", "")),
        _Scope.parse(fields.get("Credential", ""), moment, region, in_url=False),
        moment,
        (headers.get("x-oss-security-token", ""), fields.get("Signature", "")),
    )


def from_query(target: Target, headers: Mapping[str, str], region: str) -> Claim:
    """Read the parameters `x-oss-credential`, `x-oss-date`, `x-oss-signature` and so on."""
    query = target.query
    moment = query.get("x-oss-date", "")
    text = query.get("x-oss-expires", "")
    life = decimal(text)
    if life is None or life > _LONGEST_URL_LIFE:
        raise invalid_argument("x-oss-expires", text)
    return _claim(
        _Request(target, headers, query.get("x-oss-additional-headers", "")),
        _Scope.parse(query.get("x-oss-credential", ""), moment, region, in_url=True),
        moment,
        (query.get("x-oss-security-token", ""), query.get("x-oss-signature", "")),
        life=life,
    )


@dataclass(frozen=True)
class _Request:
    target: Target
    headers: Mapping[str, str]
    additional: str

    def canonical(self) -> bytes:
        """Return the canonical request."""
        path = f"/{self.target.bucket}/{self.target.key}" if self.target.bucket else "/"
        lines = [
            self.target.method,
            quote(path, safe="/~"),
            self._query(),
            self._headers(),
            self.additional,
            self.headers.get("x-oss-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
        return to_bytes("\n".join(lines))

    def _query(self) -> str:
        pairs = sorted(
            (quote(name, safe="~"), quote(value, safe="~"))
            for name, value in self.target.query.items()
            if name != "x-oss-signature"
        )
        return "&".join(f"{name}={value}" if value else name for name, value in pairs)

    def _headers(self) -> str:
        always = {"content-type", "content-md5", *self.additional.split(";")}
        signed = (name for name in self.headers if name.startswith("x-oss-") or name in always)
        return "".join(f"{name}:{self.headers[name].strip()}\n" for name in sorted(signed))


def _claim(
    request: _Request, scope: _Scope, moment: str, secrets: tuple[str, str], life: int | None = None
) -> Claim:
    token, signature = secrets
    signed_at = _unix_time(moment)
    hashed = hashlib.sha256(request.canonical()).hexdigest()
    return Claim(
        scope.access_key_id,
        token,
        signature,
        signed_at,
        None if life is None else signed_at + life,
        f"{ALGORITHM}\n{moment}\n{scope}\n{hashed}".encode(),
        partial(_sign, scope),
    )


def _moment_of(date: str) -> str:
    """Return an HTTP date in the form of `x-oss-date`, which it may stand in for."""
    moment = http_time(date)
    if moment is None:
        raise OssError(403, "AccessDenied", "OSS authentication requires a valid Date.")
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def _invalid_scope(part: str, *, in_url: bool) -> OssError:
    message = f"Invalid signing {part} in Authorization header."
    if in_url:
        message = f"The signing {part} in credential is invalid."
    ec = (_EC_IN_URLS if in_url else _EC_IN_HEADERS).get(part, "")
    return OssError(400, "InvalidArgument", message, ec=ec)


def _unix_time(moment: str) -> float:
    try:
        return datetime.strptime(moment + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
    except ValueError:
        raise invalid_argument("x-oss-date", moment) from None


def _sign(scope: _Scope, secret: str, string_to_sign: bytes) -> str:
    key = f"aliyun_v4{secret}".encode()
    for step in (scope.date, scope.region, "oss", "aliyun_v4_request"):
        key = hmac.digest(key, step.encode(), hashlib.sha256)
    return hmac.new(key, string_to_sign, hashlib.sha256).hexdigest()
