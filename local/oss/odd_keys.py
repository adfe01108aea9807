"""Keys with control characters in XML, which has no way to write them: OSS takes them raw.

They stand for themselves or as `&#12;`. A parser of XML gets characters that nobody uses instead.
"""

from __future__ import annotations

import re

from local.oss.errors import OssError

_FIRST = 0x10FF00
_CONTROLS = [code for code in range(1, 32) if chr(code) not in "\t\n\r"]
_RAW = re.compile(rb"[%s]" % b"".join(b"\\x%02x" % code for code in _CONTROLS))
_REFERENCE = re.compile(rb"&#(?:x0*([0-9a-fA-F]{1,2})|0*([0-9]{1,2}));")
_STANDING_IN = re.compile("[\U0010ff00-\U0010ff1f]")


def without_controls(body: bytes) -> bytes:
    """Return XML with characters that stand in for control characters."""
    if _STANDING_IN.search(body.decode("utf-8", "replace")):
        raise OssError(400, "MalformedXML", "The XML you provided has characters of no use.")
    body = _RAW.sub(lambda found: _stand_in(found[0][0]), body)
    return _REFERENCE.sub(_read, body)


def with_controls(text: str) -> str:
    """Return the text that was meant."""
    return _STANDING_IN.sub(lambda found: chr(ord(found[0]) - _FIRST), text)


def _stand_in(code: int) -> bytes:
    return chr(_FIRST + code).encode()


def _read(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return _stand_in(code) if code in _CONTROLS else reference[0]
