"""Connections to OSS and to the job APIs: one pool, and nothing between it and urllib3.

oss2 and the core SDK bring a copy of requests each. Preparing a request there takes longer than
sending it, and what it reads from the environment each time (proxies, .netrc) never changes.
"""

from __future__ import annotations

import http.client
import logging
import os
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse, HTTPResponse
from urllib3.util import Timeout
from urllib3.util.ssl_ import create_urllib3_context

NETWORK_FAULTS = (HTTPError, OSError, http.client.HTTPException)
"""What sending a request, or reading its answer, raises where there is no answer."""

_CA_FILES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


# at debug level it writes each URL, and one of a job API holds signature and token
logging.getLogger("urllib3").setLevel(logging.WARNING)


class Stale(ConnectionError):
    """A connection that answered before was closed by the other side.

    So it is after an instance was frozen: what closed it came while nobody could notice.
    """


class _Kept(HTTPConnection):
    """A connection that tells being stale from being refused."""

    _answers = 0

    def connect(self) -> None:
        self._answers = 0
        super().connect()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as in urllib3
        try:
            answer = super().getresponse()
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            if self._answers:
                raise Stale from None
            raise
        self._answers += 1
        return answer


class _KeptSecurely(_Kept, HTTPSConnection):
    """The same with TLS."""


class Connections:
    """Connections that are kept; safe to use from several threads.

    At most `size` are kept for each host. Proxies and certificates are taken from the environment,
    under the names that requests and curl know.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pools: dict[str, HTTPConnectionPool] = {}
        self._timeout = Timeout()

    def limit_time(self, seconds: float) -> None:
        """Let no later request wait longer than this for a connection, nor for data."""
        self._timeout = Timeout(connect=seconds, read=seconds)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
        *,
        replace_stale: bool = True,
    ) -> BaseHTTPResponse:
        """Send a request; only the answer to a GET is left to be read.

        If a connection proves stale, so are those that were kept longer: none of them is used
        again, and the request is sent over a new one. Not so where the caller counts its requests,
        for the other side may have seen this one. Raises one of NETWORK_FAULTS where there is no
        answer.
        """
        origin, target = _split(url)
        for last in (not replace_stale, True):
            pool = self._pools.get(origin) or self._pools.setdefault(origin, self._pool(origin))
            try:
                return pool.urlopen(
                    method,
                    url if pool.proxy and pool.scheme == "http" else target,
                    body,
                    dict(headers),
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=self._timeout,
                    preload_content=method != "GET",
                    decode_content=False,
                )
            except ProtocolError as fault:
                if not isinstance(fault.args[-1], Stale):
                    raise
                if self._pools.get(origin) is pool:
                    self._pools.pop(origin, None)
                if last:
                    raise
        raise AssertionError  # the last try returns or raises

    def close(self) -> None:
        """Close all connections that are not in use."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, origin: str) -> HTTPConnectionPool:
        secure, proxy = origin.startswith("https:"), _proxy(origin)
        options: dict[str, Any] = {"ssl_context": self._trust} if secure else {}
        manager = (
            urllib3.ProxyManager(proxy, maxsize=self._size, **options)
            if proxy
            else urllib3.PoolManager(maxsize=self._size, **options)
        )
        pool = manager.connection_from_url(origin)
        pool.ConnectionCls = _KeptSecurely if secure else _Kept
        return pool

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Load the certificates once, not for each connection."""
        context = create_urllib3_context()
        named = (os.environ.get(name) for name in _CA_FILES)
        context.load_verify_locations(next(filter(None, named), certifi.where()))
        return context


def _split(url: str) -> tuple[str, str]:
    """Split a URL into its origin and what to ask for there."""
    end = url.find("/", url.find("://") + 3)
    return (url[:end], url[end:]) if end >= 0 else (url, "/")


def _proxy(origin: str) -> str | None:
    parts = urlsplit(origin)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
