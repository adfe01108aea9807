"""The log service, as far as reading a log store needs it: signatures and GetLogs."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from local.identity import Identity, KeyRing, NotAuthenticatedError
from local.jobs.errors import ApiError
from local.jobs.rpc import LARGEST_SKEW
from local.ros.acs3 import SignedRequest

_TERM = re.compile(r'(\w+): "?([^"]+)"?')
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
    moment = parsedate_to_datetime(headers.get("date", "")).timestamp()
    if abs(moment - now) > LARGEST_SKEW:
        raise ApiError(400, "RequestTimeExpired", "The time of the request is too old.")
    if sent.body and hashlib.md5(sent.body).hexdigest().upper() != headers.get("content-md5"):
        raise ApiError(400, "PostBodyInvalid", "The body is not what its MD5 says.")
    text = string_to_sign(sent)
    expected = hmac.new(identity.access_key_secret.encode(), text.encode(), digest).digest()
    if not hmac.compare_digest(base64.b64encode(expected), signature.encode()):
        raise ApiError(401, "SignatureNotMatch", f"signature {signature} not matched")
    return identity


def string_to_sign(sent: SignedRequest) -> str:
    """Return the string to sign."""
    headers = sent.headers
    path, _, query = sent.target.partition("?")
    asked = "&".join(f"{key}={value}" for key, value in sorted(parse_qsl(query)))
    own = "\n".join(
        f"{name}:{headers[name]}"
        for name in sorted(headers)
        if name.startswith(("x-log-", "x-acs-"))
    )
    first = (
        sent.method,
        *(headers.get(name, "") for name in ("content-md5", "content-type", "date")),
    )
    return "\n".join((*first, own, f"{path}?{asked}" if asked else path))


def read_log(
    sent: SignedRequest, stores: Mapping[tuple[str, str], list[dict[str, str]]]
) -> list[dict[str, str]]:
    """Return lines of a log store, newest first; the project is the host's first label."""
    project = sent.headers.get("host", "").partition(".")[0]
    path, _, query = sent.target.partition("?")
    store, asked = path.split("/")[2], dict(parse_qsl(query))
    if (project, store) not in stores:
        raise ApiError(404, "LogStoreNotExist", f"logstore {store} does not exist")
    lines = [
        line
        for line in stores[project, store]
        if int(asked["from"]) <= int(line["__time__"]) < int(asked["to"])
    ]
    found = [line for line in lines if _matches(line, asked.get("query", "*"))]
    return found[::-1][: int(asked.get("line", "100"))]


def list_projects(projects: set[str]) -> dict[str, object]:
    """Return the names of all log projects."""
    listed = [{"projectName": name} for name in sorted(projects)]
    return {"total": len(listed), "count": len(listed), "projects": listed}


def _matches(line: Mapping[str, str], query: str) -> bool:
    """Return whether a line has all terms of a query, as `message: job and requestId: "1-2"`.

    A term is found as a word, whatever its case: https://www.alibabacloud.com/help/en/sls/user-guide/search-syntax
    """
    if query == "*":
        return True
    terms = [_TERM.fullmatch(each.strip()) for each in query.split(" and ")]
    if not all(terms):
        raise ApiError(400, "ParameterInvalid", f"the query is not supported: {query}")
    return all(
        re.search(rf"\b{re.escape(term[2])}\b", line.get(term[1], ""), re.IGNORECASE)
        for term in terms
        if term
    )
