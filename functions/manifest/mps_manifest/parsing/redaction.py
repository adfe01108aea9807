"""Take out of text whatever might be a secret: signed queries, keys, tokens, signatures.

All of it takes time in proportion to the text.
"""

from __future__ import annotations

import re

_MASK = "***"
# Where a URL or a key ends in running text
_RUN = re.compile(r"[^\s\"'<>`]+")
_QUERY_MARKS = ("?", "\\u003f", "\\u003F")
_ENCODED_MARKS = ("%3f", "%3F")
_SCHEMES = ("://", ":\\/\\/")
_NAMES = (
    "access_?token|accesskeyid|accesskeysecret|access-key-id|access-key-secret|auth_key"
    "|ossaccesskeyid|signature|signatureprovided|security-?token|x-oss-credential"
    "|x-oss-security-token|x-oss-signature|x-amz-credential|x-amz-security-token|x-amz-signature"
    "|x-acs-security-token"
)
_WORDS_IN_NAMES = ("signature", "token", "access", "auth", "credential")
"""One of them is in each name; to look for them first is a hundred times as fast."""
# quotation marks, as they stand in a text of JSON in a text of JSON
_MARK = r"\\{0,8}[\"']"
# name, separator, value: in a query, a header, JSON or a Python dict; what stands before the name
# may be a letter, as the last of an escape sequence is
_NAMED_SECRET = re.compile(
    rf"(?P<name>{_NAMES})(?P<sign>(?:{_MARK})?(?:=|:|%3d|\\u003d)\s?(?:{_MARK})?)"
    r"(?:[^\s\"'&<>,;\\]+|\\[/u])+",
    re.IGNORECASE,
)
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
_USER_INFO = re.compile(r"(?P<start>:(?:\\?/){2})(?:[^\s/@\"'<>?#\\]*@)+")
_ACCESS_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:LTAI[0-9A-Za-z]{8,}|STS\.[0-9A-Za-z]{8,}|CAIS[0-9A-Za-z+/=]{40,})"
)

# what nobody calls a file
_WHOLE_ACCESS_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:LTAI[0-9A-Za-z]{12,}|STS\.[0-9A-Za-z]{16,}|CAIS[0-9A-Za-z+/=]{40,})"
)


def redact(text: str) -> str:
    """Return a text without what might be a secret, as it may be shown to anybody.

    Secrets are the queries, fragments and user names of URLs, the queries of keys that are signed,
    access keys, tokens and signatures, however they are written.
    """
    return _cut(_masked(text), (*_QUERY_MARKS, "#"), signed_only=False)


def without_secrets(text: str) -> str:
    """Return a text without the same secrets, but with the fragments of URLs, as in an answer."""
    return _cut(_masked(text), _QUERY_MARKS, signed_only=False)


def _masked(text: str) -> str:
    """Mask names and passwords, keys, tokens and signatures wherever they stand.

    Before queries are cut, since a quotation mark ends what is taken for a URL.
    """
    text = _USER_INFO.sub(r"\g<start>", text)
    if "<" in text:
        text = _XML_SECRET.sub(rf"<\g<name>>{_MASK}", text)
    lowered = text.lower()
    if any(word in lowered for word in _WORDS_IN_NAMES):
        text = _AUTHORIZATION.sub(rf"\g<name>\g<sign>{_MASK}", text)
        text = _NAMED_SECRET.sub(rf"\g<name>\g<sign>{_MASK}", text)
    return _ACCESS_KEY.sub(_MASK, text)


def without_queries(text: str) -> str:
    """Return a text without the queries and user names of URLs, and the queries of signed keys."""
    return _USER_INFO.sub(r"\g<start>", _cut(text, _QUERY_MARKS, signed_only=False))


def without_signatures(text: str) -> str:
    """Return a text without those queries of URLs and keys that look signed."""
    return _cut(text, _QUERY_MARKS, signed_only=True)


def as_given(text: str) -> str:
    """Return a text of the user's own: its URLs keep their queries, unless those look signed."""
    return without_signatures(_masked(text))


def has_signed_query(text: str) -> bool:
    """Return whether a text holds a query that looks signed."""
    return without_signatures(text) != text


def has_access_key(text: str) -> bool:
    """Return whether a text holds an access key or a token, at the length that those have."""
    return _WHOLE_ACCESS_KEY.search(text) is not None or _XML_SECRET.search(text) is not None


def _cut(text: str, marks: tuple[str, ...], *, signed_only: bool) -> str:
    """Cut each URL and each key in a text at its query, if that may be a secret."""
    if not any(mark in text for mark in (*marks, *_ENCODED_MARKS)):
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
    return run[:query] if is_secret or _NAMED_SECRET.search(run, query) else run
