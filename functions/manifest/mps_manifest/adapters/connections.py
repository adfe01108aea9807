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
from typing import TYPE_CHECKING, Any

import certifi
import urllib3
from requests.utils import (
    get_auth_from_url,
    get_environ_proxies,
    prepend_scheme_if_needed,
    select_proxy,
)
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Timeout, make_headers
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:  # urllib3 1, which the runtime may have, lacks the first
    from urllib3.response import BaseHTTPResponse, HTTPResponse

NETWORK_FAULTS = (HTTPError, OSError, http.client.HTTPException)
"""What sending a request, or reading its answer, raises where there is no answer."""

_ENDS = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_CA_BUNDLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


# it writes URLs, at debug level all of them, with a warning those whose answers are odd; and a
# URL of a job API holds signature and token
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


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
        except _ENDS:
            if self._answers:
                raise Stale from None
            raise
        self._answers += 1
        return answer


class _KeptSecurely(_Kept, HTTPSConnection):
    """The same with TLS, where sending meets the end, too."""

    def request(self, *arguments: Any, **options: Any) -> None:
        try:
            super().request(*arguments, **options)
        except _ENDS:
            if self._answers:
                raise Stale from None
            raise


class Connections:
    """Connections that are kept; safe to use from several threads.

    At most `size` are kept for each host. Proxies are taken from the environment as requests takes
    them, certificates from the names that it, curl and the core SDK know.
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
        options: dict[str, Any] = {"maxsize": self._size}
        if origin.startswith("https:"):
            options["ssl_context"] = self._trust
        pool = _manager(origin, options).connection_from_url(origin)
        pool.ConnectionCls = _KeptSecurely if isinstance(pool, HTTPSConnectionPool) else _Kept
        return pool

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Load the certificates once, not for each connection."""
        context = create_urllib3_context()
        named = (os.environ.get(name) for name in _CA_BUNDLES)
        bundle = next(filter(None, named), certifi.where())
        kind = "capath" if os.path.isdir(bundle) else "cafile"  # noqa: PTH112 - no pathlib here
        context.load_verify_locations(**{kind: bundle})
        return context


def _split(url: str) -> tuple[str, str]:
    """Split a URL into its origin and what to ask for there."""
    end = url.find("/", url.find("://") + 3)
    return (url[:end], url[end:]) if end >= 0 else (url, "/")


def _manager(origin: str, options: dict[str, Any]) -> urllib3.PoolManager:
    """Make what makes a pool: over the proxy that the environment names, if any."""
    proxy = select_proxy(origin, get_environ_proxies(origin))
    if not proxy:
        return urllib3.PoolManager(**options)
    proxy = prepend_scheme_if_needed(proxy, "http")
    user, password = get_auth_from_url(proxy)
    headers = make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
