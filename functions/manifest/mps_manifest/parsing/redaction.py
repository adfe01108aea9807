"""Take out of text whatever might be a secret: signed queries, keys, tokens, signatures.

All of it takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO

_MASK = "***"
# Where a URL or a key ends in running text
_RUN = re.compile(r"[^\s\"'<>`]+")
_QUERY_MARKS = ("?", "\\u003f", "\\u003F")
_ENCODED_MARKS = ("%3f", "%3F")
_SCHEMES = ("://", ":\\/\\/")
_CUT_AT = ("?", "#", "\\u003f", "%3f")
_NAMES = (
    "access_?token|accesskeyid|accesskeysecret|access-key-id|access-key-secret|auth_key"
    "|ossaccesskeyid|signature|signatureprovided|security-?token|x-oss-credential"
    "|x-oss-security-token|x-oss-signature|x-amz-credential|x-amz-security-token|x-amz-signature"
    "|x-acs-security-token"
)
_WORDS_IN_NAMES = ("signature", "token", "access", "auth", "credential")
"""One of them is in each name; to look for them first is a hundred times as fast."""
_TRACES = ("@", "<", "ltai", "sts.", "cais", *_WORDS_IN_NAMES)
"""Where none of them is, in small letters, there is nothing to mask."""
_MARKS = (*_CUT_AT, *_TRACES)
"""Where none of them is, in small letters, there is nothing to mask and nothing to cut."""
# quotation marks, as they stand in a text of JSON in a text of JSON
_MARK = r"\\{0,8}[\"']"
# name and separator: in a query, a header, JSON or a Python dict; before the name there may be a
# letter, as the last of an escape sequence is
_NAMED = re.compile(rf"(?:{_NAMES})(?:{_MARK})?(?:=|:|%3d|\\u003d)\s?(?:{_MARK})?", re.IGNORECASE)
# where the value ends. No pattern here repeats a group, which would remember each repetition: a
# hundred times the text in memory
_END_OF_VALUE = re.compile(r"[\s\"'&<>,;]|\\(?![/uU])")
# an XML element, as in OSS's error bodies, which echo what was signed
_XML_SECRET = re.compile(
    rf"<(?P<name>{_NAMES}|authorization|stringtosign|signaturebytes|stringtosignbytes"
    r"|canonicalrequest|canonicalrequestbytes)>[^<]*",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(
    rf"(?P<name>authorization)(?P<sign>(?:{_MARK})?[:=]\s?(?:{_MARK})?)[^\"'<>\r\n\\]+",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?P<start>:(?:\\?/){2})[^\s/\"'<>?#\\]*@")
# no letter or digit, but for the last of an escape sequence: "\nLTAI" is a line break and a key
_KEY_START = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"
    r"|(?<=%[0-9A-Fa-f]{2}))"
)
_ACCESS_KEY = re.compile(
    _KEY_START + r"(?:LTAI[0-9A-Za-z]{8,}|STS\.[0-9A-Za-z]{8,}|CAIS[0-9A-Za-z+/=]{40,})"
)
# what nobody calls a file
_WHOLE_ACCESS_KEY = re.compile(
    _KEY_START + r"(?:LTAI[0-9A-Za-z]{12,}|STS\.[0-9A-Za-z]{16,}|CAIS[0-9A-Za-z+/=]{40,})"
)


def redact(text: str) -> str:
    """Return a text without what might be a secret, as it may be shown to anybody.

    Secrets are the queries, fragments and user names of URLs, the queries of keys that are signed,
    access keys, tokens and signatures, however they are written.
    """
    return _cleaned(text, (*_QUERY_MARKS, "#"), signed_only=False)


def without_secrets(text: str) -> str:
    """Return a text without the same secrets, but with the fragments of URLs, as in an answer."""
    return _cleaned(text, _QUERY_MARKS, signed_only=False)


def _cleaned(text: str, marks: tuple[str, ...], *, signed_only: bool) -> str:
    if _is_harmless(text):
        return text
    return _cut(_masked(text), marks, signed_only=signed_only)


def _is_harmless(text: str) -> bool:
    """Return whether there is no trace of a secret in a text, as in most of an answer's."""
    if text.isalnum():
        return "LTAI" not in text and "CAIS" not in text
    return not _holds_any(_MARKS, text)


def _holds_any(words: tuple[str, ...], text: str) -> bool:
    lowered = text.lower()
    for word in words:  # noqa: SIM110 - any() takes twice as long, and most of an answer's time
        if word in lowered:
            return True
    return False


def _masked(text: str, access_key: re.Pattern[str] = _ACCESS_KEY) -> str:
    """Mask names and passwords, keys, tokens and signatures wherever they stand.

    Before queries are cut, since a quotation mark ends what is taken for a URL.
    """
    if not _holds_any(_TRACES, text):
        return text
    text = _USER_INFO.sub(r"\g<start>", text)
    if "<" in text:
        text = _XML_SECRET.sub(rf"<\g<name>>{_MASK}", text)
    if _holds_any(_WORDS_IN_NAMES, text):
        text = _AUTHORIZATION.sub(rf"\g<name>\g<sign>{_MASK}", text)
        text = _without_named(text)
    return access_key.sub(_MASK, text)


def _named_secrets(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where the values of named secrets begin and end."""
    while named := _NAMED.search(text, start):
        ends = _END_OF_VALUE.search(text, named.end())
        start = ends.start() if ends else len(text)
        if start > named.end():
            yield named.end(), start


def _without_named(text: str) -> str:
    out, kept = StringIO(), 0
    for start, end in _named_secrets(text):
        out.write(text[kept:start])
        out.write(_MASK)
        kept = end
    return out.getvalue() + text[kept:]


def without_signatures(text: str) -> str:
    """Return a text without those queries of URLs and keys that look signed."""
    return _cut(text, _QUERY_MARKS, signed_only=True)


def as_given(text: str) -> str:
    """Return a text of the user's own: its URLs keep their queries, unless those look signed."""
    return _cleaned(text, _QUERY_MARKS, signed_only=True)


def has_signed_query(text: str) -> bool:
    """Return whether a text holds a query that looks signed."""
    return without_signatures(text) != text


def has_secret(text: str) -> bool:
    """Return whether a text that should be a key holds what looks like a secret.

    Access keys and tokens count at the length that those have: `STS.20240501.mp4` is a file.
    """
    return _masked(text, _WHOLE_ACCESS_KEY) != text or has_signed_query(text)


def _cut(text: str, marks: tuple[str, ...], *, signed_only: bool) -> str:
    """Cut each URL and each key in a text at its query, if that may be a secret."""
    if not _holds_any(_CUT_AT, text):
        return text
    has_urls = not signed_only and _holds_any(_SCHEMES, text)
    if not has_urls and not _holds_any(_WORDS_IN_NAMES, text):
        return text
    return _RUN.sub(lambda run: _cut_run(run[0], marks, signed_only=signed_only), text)


def _cut_run(run: str, marks: tuple[str, ...], *, signed_only: bool) -> str:
    schemes = [run.find(scheme) for scheme in _SCHEMES]
    scheme = min((at for at in schemes if at >= 0), default=-1)
    if scheme < 0:
        marks = (*marks, *_ENCODED_MARKS)
    found = [run.find(mark, max(scheme, 0)) for mark in marks]
    query = min((at for at in found if at >= 0), default=-1)
    if query < 0:
        return run
    is_secret = scheme >= 0 and not signed_only
    return run[:query] if is_secret or any(_named_secrets(run, query)) else run
