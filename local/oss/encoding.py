"""`encoding-type=url`: keys that XML can't hold are sent percent-encoded."""

from collections.abc import Callable
from urllib.parse import quote

from local.oss import xmldoc
from local.oss.call import OssCall
from local.oss.errors import invalid_argument


def encoder(call: OssCall) -> Callable[[str], str]:
    """Return how keys are to be written in the answer."""
    wanted = call.query.get("encoding-type", "")
    if wanted not in ("", "url"):
        raise invalid_argument("encoding-type", wanted)
    return quote if wanted else str


def encoding(call: OssCall) -> list[xmldoc.Child]:
    """Say in the answer how keys are written."""
    return [xmldoc.text("EncodingType", "url")] if call.query.get("encoding-type") else []
