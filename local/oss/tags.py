"""The tags of an object: how they are written, and which OSS accepts.

https://www.alibabacloud.com/help/en/oss/developer-reference/putobjecttagging
"""

from collections.abc import Iterable
from urllib.parse import unquote_plus

from local.oss.errors import OssError

_MOST = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
# Beside letters and digits; those of other scripts are accepted, as the SDKs' own tests show.
_OTHERS = frozenset(" +-=._:/")


def parse_tagging(text: str) -> dict[str, str]:
    """Read `x-oss-tagging`, as `key1=value1&key2`; raise InvalidTag."""
    return checked_tags(_pair(part) for part in text.split("&") if part)


def checked_tags(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return tags as a mapping; raise InvalidTag for what OSS does not accept."""
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not 1 <= len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE or key in tags:
            raise _invalid_tag()
        if not all(char.isalnum() or char in _OTHERS for char in key + value):
            raise _invalid_tag()
        tags[key] = value
    if len(tags) > _MOST:
        raise _invalid_tag()
    return tags


def _pair(part: str) -> tuple[str, str]:
    key, _, value = part.partition("=")
    if "=" in value:
        raise _invalid_tag()
    return unquote_plus(key), unquote_plus(value)


def _invalid_tag() -> OssError:
    return OssError(400, "InvalidTag", "The tag you provided is invalid.")
