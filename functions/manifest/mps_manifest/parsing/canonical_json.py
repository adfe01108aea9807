"""Write JSON so that equal values always give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def canonical_text(value: object) -> str:
    """Return a value as compact JSON text with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def canonical_document(document: Mapping[str, Any]) -> bytes:
    """Return a document as indented UTF-8 JSON with sorted keys and a final newline.

    Top-level fields that are None or empty objects are left out.
    """
    present = {key: value for key, value in document.items() if value not in (None, {})}
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(present, option=options)
