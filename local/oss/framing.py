"""Requests that tell the length of their body twice: by a number, and by their chunks.

A Node client that is given a length and a stream sends both, and the vendor's own tests expect OSS
to take it (ali-oss 6.23.0, "should add object with readstream"). The chunks count then:
https://www.rfc-editor.org/rfc/rfc9112#section-6.3
"""

from __future__ import annotations

import re

from aiohttp import web

_REQUEST_LINE = re.compile(rb"[A-Z]{1,16} [^ \r\n]{1,16384} HTTP/1\.1\r\n")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]{0,8}chunked[ \t]{0,8}\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:[^\r\n]*", re.IGNORECASE)


class OssServer(web.Server):
    """A server that reads a body by its chunks where it has a length, too; aiohttp refuses both."""

    def __call__(self) -> web.RequestHandler:
        """Return what handles a connection."""
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    def data_received(self, data: bytes) -> None:
        # while it waits, no request is being read: what comes is the head of the next one
        super().data_received(data if self._waiter is None else without_length(data))


def without_length(data: bytes) -> bytes:
    """Return the beginning of a request without the length of a body that comes in chunks.

    A head that has not come as a whole is left alone.
    """
    end = data.find(b"\r\n\r\n")
    head, rest = data[: end + 2], data[end + 2 :]
    if end < 0 or not _REQUEST_LINE.match(head) or not _CHUNKED.search(head):
        return data
    return _LENGTH.sub(b"", head) + rest
