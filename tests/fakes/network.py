"""The connections of an instance in memory: every request is answered in bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import cast

from urllib3 import HTTPResponse

from mps_manifest.adapters.connections import Connections


class _Network:
    def __init__(self, say: Callable[[str], tuple[int, bytes]]) -> None:
        self._say = say

    def send(self, _method: str, url: str, *_: object, **__: object) -> HTTPResponse:
        status, body = self._say(url)
        headers = {"Content-Length": str(len(body))}
        return HTTPResponse(io.BytesIO(body), headers, status, preload_content=False)


def answering(say: Callable[[str], tuple[int, bytes]]) -> Connections:
    """Make connections over which each URL is answered with a status and a body."""
    return cast("Connections", _Network(say))
