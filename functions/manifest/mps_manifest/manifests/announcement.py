"""Build the announcement of a written manifest: one CloudEvents 1.0 message (CONTRACT section 7).

It is made of the manifest's own bytes, so that whoever announces one later says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

import orjson

from mps_manifest.parsing.canonical_json import canonical_text

TYPE = "mps-manifest.manifest.written.v1"
MAX_ANNOUNCEMENT_BYTES = 60 * 1024
"""A topic takes 64 KB (limits page of MNS)."""
_FILE_STATUSES = ("available", "missing", "denied", "ambiguous", "error")
_FACTS = ("jobId", "api", "functionName", "input", "userData")
_CUT_FIRST = ("userData", "input", "functionName")
# what JSON may hold and XML, which carries it, may not
_NO_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}


class Origin(NamedTuple):
    """The function that announces."""

    region: str
    account: str
    function: str

    @property
    def source(self) -> str:
        """The `source` of its events."""
        return f"acs:fc:{self.region}:{self.account}:functions/{self.function}"


def announcement(
    manifest: bytes,
    where: Mapping[str, str],
    origin: Origin,
    moment: float,
    limit: int = MAX_ANNOUNCEMENT_BYTES,
) -> str:
    """Return the message about a manifest, in at most `limit` bytes of UTF-8.

    `where` has its bucket, key and etag; `moment` is when it was known to stand there, in seconds
    since the epoch. Where the data does not fit it is cut, userData first, and says `truncated`.
    Raises ValueError for bytes that are no manifest, or where not even the least fits.
    """
    document = _parsed(manifest)
    data = _data(document, where)
    event = {
        "specversion": "1.0",
        "id": f"{data['jobId']}:{where['etag']}",
        "type": TYPE,
        "source": origin.source,
        "subject": data["jobId"],
        "time": _time(moment),
        "datacontenttype": "application/json",
        "dataschema": document["$schema"],
    }
    for fitting in _shorter(data, limit - len(_text({**event, "data": ""}).encode())):
        text = _text({**event, "data": fitting})
        if len(text.encode()) <= limit:
            return text
    raise ValueError(f"no announcement fits into {limit} bytes")


def _time(moment: float) -> str:
    told = datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def _parsed(manifest: bytes) -> Mapping[str, Any]:
    """Return a manifest as far as an announcement needs it. Raises ValueError."""
    document = orjson.loads(manifest)
    try:
        if isinstance(document["$schema"], str) and isinstance(document["job"]["jobId"], str):
            return dict(document)
    except (KeyError, TypeError):
        pass
    raise ValueError("not a manifest")


def _data(document: Mapping[str, Any], where: Mapping[str, str]) -> dict[str, Any]:
    job = document["job"]
    found = Counter(resource["status"] for resource in document.get("resources") or ())
    return {
        **{name: job[name] for name in _FACTS if name in job},
        "status": document["status"],
        "manifest": {name: where[name] for name in ("bucket", "key", "etag")},
        "files": {status: found[status] for status in _FILE_STATUSES},
    }


def _shorter(data: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    """Yield the data whole, and then with less and less of it; it should have `limit` bytes."""
    yield data
    data = {**data, "truncated": True}
    user_data = data.get("userData")
    if isinstance(user_data, str):
        room = limit - len(_text({**data, "userData": ""}).encode())
        if room > 0:
            yield {**data, "userData": _cut(user_data, room)}
    for name in _CUT_FIRST:
        data.pop(name, None)
        yield dict(data)


def _cut(text: str, room: int) -> str:
    """Return as much of a text as has `room` bytes within JSON."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_text(text[:middle]).encode()) - 2 <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _text(value: object) -> str:
    return canonical_text(value).translate(_NO_XML)
