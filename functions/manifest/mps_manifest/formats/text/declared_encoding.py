"""Read which encoding XML declares of itself."""

from __future__ import annotations

import re

_DECLARATION = re.compile(
    rb"\s*<\?xml\s[^<>]{0,200}?\sencoding\s{0,9}=\s{0,9}[\"']([A-Za-z][A-Za-z0-9._-]{0,40})[\"']"
)
_NAMED_ALIKE = (
    "big5-hkscs euc-jp gb18030 ibm437 ibm775 ibm850 ibm852 ibm866 iso-8859-2 iso-8859-5 iso-8859-6 "
    "iso-8859-7 iso-8859-13 iso-8859-15 koi8-r koi8-u macintosh windows-1250 windows-1251 "
    "windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258"
)
_CODECS = {name: name for name in _NAMED_ALIKE.split()} | {
    "big5": "cp950",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "windows-874": "cp874",
}
# what is read as an encoding that has all of it, as browsers do (encoding.spec.whatwg.org)
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "ks_c_5601-1987": "euc-kr",
    "latin1": "windows-1252",
    "us-ascii": "windows-1252",
    "windows-31j": "shift_jis",
}


def declared_encoding(body: bytes) -> tuple[str, str] | None:
    """Return the IANA name in lower case and Python's codec; None where none that is known is told.

    XML 1.0, section 4.3.3: text that is no Unicode has to say what it is.
    """
    found = _DECLARATION.match(body)
    named = found[1].decode().lower() if found else ""
    name = _WIDER.get(named, named)
    return (name, _CODECS[name]) if name in _CODECS else None
