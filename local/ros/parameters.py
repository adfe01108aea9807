"""The parameters of a ROS request, from its URL and its form."""

from urllib.parse import parse_qsl

from local.ros.acs3 import SignedRequest


def parameters_of(sent: SignedRequest) -> dict[str, str]:
    """Read all parameters."""
    query = sent.target.partition("?")[2]
    pairs = parse_qsl(query, keep_blank_values=True)
    if sent.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(sent.body.decode(), keep_blank_values=True)
    return dict(pairs)
