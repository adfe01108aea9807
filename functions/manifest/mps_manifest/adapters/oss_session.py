"""Send oss2's requests over our connections, instead of a requests session."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from oss2.exceptions import RequestError
from urllib3.exceptions import ProtocolError

from mps_manifest.adapters.bounded_sockets import bound_call, call_left
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections, read_body
from mps_manifest.adapters.oss_headers import moment_of
from mps_manifest.ports import Dated

if TYPE_CHECKING:  # as in connections.py
    from urllib3.response import BaseHTTPResponse

_CHUNK = 64 * 1024
_LONGEST_DOCUMENT = 16 * 1024 * 1024
# whoever takes gzip gets some files compressed on their way, without their size and ETag:
# https://www.alibabacloud.com/help/en/oss/developer-reference/getobject
_AS_STORED = {"Accept-Encoding": "identity"}


class OssAnswer:
    """An answer as oss2 reads it. Reading raises one of NETWORK_ERRORS where it breaks off.

    What is read takes no longer than the rest of the call. Where `gains_time` is set, as for what
    is too large for one call, each whole chunk gains time for the next one. The time between two
    reads is the caller's and does not count.
    """

    def __init__(self, answer: BaseHTTPResponse, call_limit: float, *, streamed: bool) -> None:
        self._answer = answer
        self._call_limit = call_limit
        self._body = answer if streamed else io.BytesIO(self._document())
        self._left = call_left()
        self.gains_time = False
        self.status = answer.status
        self.headers = answer.headers
        self.request_id = answer.headers.get("x-oss-request-id", "")

    def read(self, amount: int | None = None) -> bytes:
        """Read on; return nothing at the end. Without an amount what is left is read."""
        bound_call(self._left, self._call_limit)
        found = _whole(self._body) if amount is None else self._body.read(amount)
        gained = self._call_limit if self.gains_time and len(found) >= _CHUNK else 0
        self._left = max(call_left(), gained)
        return found

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(_CHUNK):
            yield chunk

    def close(self) -> None:
        """Discard what was not read, and its connection."""
        self._answer.close()

    def _document(self) -> bytes:
        """Read what is not streamed, as what OSS says to a write. Raises ProtocolError."""
        found = read_body(self._answer, _LONGEST_DOCUMENT)
        if len(found) > _LONGEST_DOCUMENT:
            raise ProtocolError("an answer of OSS is too long")
        return found


def _whole(body: Any) -> bytes:
    """Read what is left of a stream, as of a page of a list. Raises ProtocolError."""
    found = bytearray()
    while chunk := body.read(_CHUNK):
        found += chunk
        if len(found) > _LONGEST_DOCUMENT:
            raise ProtocolError("an answer of OSS is too long")
    return bytes(found)


class OssSession:
    """The session of oss2's buckets."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._newest = ("", 0.0, 0.0)

    def dated(self) -> Dated | None:
        """Return what the newest answer says of the time."""
        header, sent, received = self._newest
        date = moment_of(header)
        return None if date is None else Dated(date.timestamp(), sent, received)

    def do_request(self, request: Any, timeout: float) -> OssAnswer:  # noqa: ARG002 - oss2's
        """Send a request that oss2 has signed. Raises RequestError where there is no answer."""
        # a blank as %20, which is what V4 signs
        query = urlencode(_given(request.params), quote_via=quote)
        sent = time.monotonic()
        try:
            answer = self._connections.send(
                request.method,
                f"{request.url}?{query}" if query else request.url,
                _given(request.headers) | _AS_STORED,
                request.data,
            )
        except NETWORK_ERRORS as error:
            raise RequestError(error) from None
        self._newest = (answer.headers.get("Date", ""), sent, time.monotonic())
        return OssAnswer(answer, self._connections.call_limit, streamed=request.method == "GET")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
