"""Send oss2's requests over our connections, instead of a requests session."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from oss2.exceptions import RequestError

from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections

if TYPE_CHECKING:  # as in connections.py
    from urllib3.response import BaseHTTPResponse

_CHUNK = 8192


class OssAnswer:
    """An answer as oss2 reads it. Reading raises one of NETWORK_ERRORS where it is cut off."""

    def __init__(self, answer: BaseHTTPResponse, *, streamed: bool) -> None:
        self._answer = answer
        self._body = answer if streamed else io.BytesIO(answer.data)
        self.status = answer.status
        self.headers = answer.headers
        self.request_id = answer.headers.get("x-oss-request-id", "")

    def read(self, amount: int | None = None) -> bytes:
        """Read the next bytes; none at the end."""
        return self._body.read(amount)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(_CHUNK):
            yield chunk

    def close(self) -> None:
        """Close the connection; the rest of the body is lost."""
        self._answer.close()


class OssSession:
    """The session of oss2's buckets."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def do_request(self, request: Any, timeout: float) -> OssAnswer:  # noqa: ARG002 - oss2's
        """Send a request that oss2 has signed. Raises RequestError where there is no answer."""
        query = urlencode(_given(request.params))
        try:
            answer = self._connections.send(
                request.method,
                f"{request.url}?{query}" if query else request.url,
                _given(request.headers),
                request.data,
            )
        except NETWORK_ERRORS as error:
            raise RequestError(error) from None
        return OssAnswer(answer, streamed=request.method == "GET")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
