"""`encoding-type=url`: percent-encoding of keys that XML cannot represent."""

from collections.abc import Callable
from urllib.parse import quote

from local.oss import xmldoc
from local.oss.call import OssCall
from local.oss.errors import invalid_argument


def encoder(call: OssCall) -> Callable[[str], str]:
    """Return the encoder of keys in the answer."""
    wanted = call.query.get("encoding-type", "")
    if wanted not in ("", "url"):
        raise invalid_argument("encoding-type", wanted)
    return quote if wanted else str


def encoding(call: OssCall) -> list[xmldoc.Child]:
    """Return the element that names the encoding of keys, if any."""
    return [xmldoc.text("EncodingType", "url")] if call.query.get("encoding-type") else []
