"""Remove secrets from untrusted text: the queries and signatures of URLs."""

from __future__ import annotations

import re

_ESCAPED = r"\\/|\\u[0-9a-f]{4}"  # escapes in JSON text, as PHP, Python and Go write them
_QUERY = re.compile(
    rf"(?P<url>\b[a-z][a-z0-9+.-]*:(?:\\?/){{2}}(?:{_ESCAPED}|[^\s\"'<>?#\\])*)"
    rf"\?(?:{_ESCAPED}|[^\s\"'<>\\])*",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"signature|accesskeyid|security-?token|auth_key|x-oss-|x-amz-", re.IGNORECASE)


def without_queries(text: str) -> str:
    """Return a text without the query of any URL, since it may be a signature."""
    return _QUERY.sub(r"\g<url>", text) if "?" in text else text


def without_signatures(text: str) -> str:
    """Return a text without the queries of URLs that look like signatures."""
    if "?" not in text:
        return text
    return _QUERY.sub(lambda m: m["url"] if _SIGNED.search(m[0]) else m[0], text)
