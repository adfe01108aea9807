"""What the requests of a run were for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from local.journal import RequestRecord

QUERY, HEAD, FILE, PUT = "query", "HEAD", "GET of files", "PUT"
NEEDED = (QUERY, HEAD, FILE, PUT)
"""What a manifest takes. Parts of files are read for media facts, which the template turns on."""
MANIFESTS, STATE, TICKETS = "manifests/", ".mps-manifest/", "jobs/"
"""The prefixes of template.yml, whose defaults are deployed."""
_METHODS = {
    "GetObject": "GET",
    "HeadObject": "HEAD",
    "PutObject": "PUT",
    "DeleteObject": "DELETE",
    "ListObjects": "LIST",
}


def kind_of(request: RequestRecord) -> str:
    """Return what a request is for: one of NEEDED, or its method and what it is about."""
    if request.action == "QueryIProductionJob":
        return QUERY
    method = _METHODS.get(request.action, request.action)
    if method == "PUT" and request.key.startswith(MANIFESTS):
        return PUT
    if not request.key.startswith((MANIFESTS, STATE, TICKETS)):
        files = {"HEAD": HEAD, "GET": FILE}
        return files.get(method, method)
    return f"{method} {_subject(request.key)}"


def kinds(requests: Iterable[RequestRecord]) -> Counter[str]:
    """Return the number of requests by kind."""
    return Counter(map(kind_of, requests))


def beyond(counts: Mapping[str, float]) -> float:
    """Return the number of requests beyond those that a manifest takes."""
    return sum(number for kind, number in counts.items() if kind not in NEEDED)


def _subject(key: str) -> str:
    """Return the folder of a key: of the state that below its prefix."""
    return key.removeprefix(STATE).partition("/")[0]
