"""Publish messages on a topic of MNS (Simple Message Queue), by its own protocol.

Signing takes ten lines, so the layer needs no SDK for it; they were compared with those of
aliyun-mns-python-sdk 1.2.2. The protocol:
https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from email.utils import formatdate

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from mps_manifest import __version__
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections, read_body
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.production_api import fields_of_xml
from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.settings import Settings

_VERSION = "2015-06-06"
_CONTENT_TYPE = "text/xml;charset=UTF-8"
_NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
_MOST_READ = 64 * 1024
_NO_TLS_THERE = (ConnectTimeoutError, NewConnectionError, SSLError)
_MAX_CODE, _MAX_MESSAGE = 128, 300


class MnsTopic:
    """The Topic port; safe to use from several threads."""

    def __init__(
        self, settings: Settings, credentials: Credentials, connections: Connections
    ) -> None:
        self._origin = settings.endpoint_of("mns")
        self._otherwise = plain_twin(self._origin)
        self._path = f"/topics/{settings.announce_topic}/messages"
        self._credentials = credentials
        self._connections = connections

    def publish(self, text: str) -> None:
        """Publish a message; it may be published twice where the first answer was lost."""
        date = formatdate(usegmt=True)
        headers = {
            "Content-Type": _CONTENT_TYPE,
            "Date": date,
            "User-Agent": f"mps-manifest/{__version__}",
            "x-mns-version": _VERSION,
            "Authorization": f"MNS {self._credentials.access_key_id}:{self._signature(date)}",
        }
        if self._credentials.security_token:
            headers["security-token"] = self._credentials.security_token
        status, body = self._exchange(headers, _document(text))
        if not 200 <= status < 300:
            raise self._error(status, body)
        if b"<MessageId>" not in body:  # as a gateway's page, which the topic never saw
            raise Unreachable(f"MNS answered {status} without a message ID", status=status)

    def _signature(self, date: str) -> str:
        signed = f"POST\n\n{_CONTENT_TYPE}\n{date}\nx-mns-version:{_VERSION}\n{self._path}"
        key = self._credentials.access_key_secret.encode()
        return base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha1).digest()).decode()

    def _exchange(self, headers: dict[str, str], document: bytes) -> tuple[int, bytes]:
        try:
            twin = self._otherwise
            try:
                return self._send(headers, document)
            except _NO_TLS_THERE:
                if not twin:
                    raise
            self._origin, self._otherwise = twin, ""
            return self._send(headers, document, goes_on=True)  # in what is left of the call
        except NETWORK_ERRORS as error:
            raise Unreachable(f"no answer from MNS ({type(error).__name__})") from None

    def _send(
        self, headers: dict[str, str], document: bytes, *, goes_on: bool = False
    ) -> tuple[int, bytes]:
        url = self._origin + self._path
        answer = self._connections.send("POST", url, headers, document, goes_on=goes_on)
        return answer.status, read_body(answer, _MOST_READ)

    def _error(self, status: int, body: bytes) -> ServiceError:
        """Map an error answer; Refused is left for what is wrong with the message itself."""
        fields = fields_of_xml(body)
        code = shown(self._credentials.redact(fields.get("Code", "")), _MAX_CODE)
        said = "" if "Signature" in code else fields.get("Message", "")
        message = shown(self._credentials.redact(said), _MAX_MESSAGE) or f"MNS answered {status}"
        return _kind(status, code)(message, code=code, status=status)


def plain_twin(origin: str) -> str:
    """Return the address to use where there is no TLS; empty where there must be.

    MNS's page on regions and endpoints has the internal ones with http only; a client of
    Alibaba's (ali-mns) and functions of others use https there.
    """
    is_internal = origin.startswith("https://") and origin.endswith("-internal.aliyuncs.com")
    return origin.replace("https://", "http://", 1) if is_internal else ""


def _kind(status: int, code: str) -> type[ServiceError]:
    if status == 429 or "Qps" in code or "Throttl" in code:
        return Throttled
    if status == 404:
        return NotFound
    if status in {401, 403}:
        return Unauthorized
    if status < 400 or status == 408 or status >= 500:
        return Unreachable
    return Refused


def _document(text: str) -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Message xmlns="{_NAMESPACE}"><MessageBody>{escaped}</MessageBody></Message>'
    ).encode()
