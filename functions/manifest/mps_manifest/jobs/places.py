"""Where a job reads and writes: `Input` and `Output` of an answer, in the forms they have."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any
from urllib.parse import quote

from mps_manifest.parsing.json_text import decode_json
from mps_manifest.parsing.locations import Location, parse_location
from mps_manifest.parsing.spelling import by_plain_key


def input_location(answer: Mapping[str, Any]) -> Location | None:
    """Return the object a job has read, if it is one."""
    return path_of(answer.get("Input"))


def named_output(answer: Mapping[str, Any]) -> Location | None:
    """Return the object or template that `Output` names; None where it names none."""
    return path_of(answer.get("Output"))


def output_location(answer: Mapping[str, Any], named: Location | None) -> Location | None:
    """Return the location whose bucket bare keys are in: `named_output`, else that of its URLs.

    The answer of an IMS job whose output is a media asset has the bucket only in `OutputUrls`, or
    in the `OutputUrl` of its `Output`.
    """
    if named:
        return named
    urls = answer.get("OutputUrls")
    own = by_plain_key(_object_of(answer.get("Output")) or {}).get("outputurl")
    places = map(path_of, chain(urls if isinstance(urls, list) else [urls], [own]))
    first = next((place for place in places if place), None)
    return Location(first.bucket, "", first.region) if first else None


def path_of(value: object) -> Location | None:
    """Return the object or template that a value names; None where it names none.

    It may be a URL, an object of either API with its keys in any case, or the JSON text of one.
    """
    described = _object_of(value)
    if described is not None:
        fields = by_plain_key(described)
        if str(fields.get("type") or "OSS").upper() != "OSS":
            return None
        if "bucket" in fields and "object" in fields:
            return _of_parts(fields)
        value = fields.get("media")
    return parse_location(value) if isinstance(value, str) else None


def _object_of(value: object) -> dict[str, Any] | None:
    """Return the object that a value is, also as its JSON text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        decoded = decode_json(value)
        value = decoded.value if decoded else None
        return value if isinstance(value, dict) else {}
    return value if isinstance(value, dict) else None


def _of_parts(fields: Mapping[str, Any]) -> Location | None:
    """Read `Bucket`, `Location` and `Object`, as other calls of MPS have them."""
    bucket, key, place = (fields.get(name) for name in ("bucket", "object", "location"))
    if not isinstance(bucket, str) or not isinstance(key, str):
        return None
    host = f"{bucket}.{place}.aliyuncs.com" if isinstance(place, str) and place else bucket
    return parse_location(f"oss://{host}/{key}") if quote(bucket, safe="-") == bucket else None
