"""Pool the connections to OSS and the APIs, with urllib3 directly.

oss2 and the core SDK bring a copy of requests each. Preparing a request there takes longer than
sending it, and each time it reads settings that never change (proxies, .netrc).
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
from typing_extensions import Self
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError, ReadTimeoutError
from urllib3.util import Retry, Timeout, make_headers
from urllib3.util.ssl_ import create_urllib3_context

from mps_manifest.adapters.bounded_sockets import (
    BoundedConnection,
    BoundedTls,
    BoundedTlsConnection,
    bound_call,
)

if TYPE_CHECKING:  # urllib3 1, which the runtime may have, lacks the first
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

NETWORK_ERRORS = (HTTPError, OSError, http.client.HTTPException)
"""The errors of sending a request or reading its answer."""

_DEFAULT_LIMIT = 10.0
_CHUNK = 64 * 1024
_CA_BUNDLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


# urllib3 logs URLs, at debug level all of them, in warnings those of odd answers; the URLs of the
# job APIs contain signature and token
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class _OnceMore(Retry):
    """Repeat a request once if the server had closed its connection.

    That happens while an instance is frozen and cannot notice it. A request that timed out waiting
    for its answer is not repeated, since there is no time for that.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return the retries that are left. Raises the error where there are none."""
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


_ONCE_MORE = _OnceMore(
    total=1,
    connect=0,
    read=1,
    other=1,
    redirect=False,
    status=0,
    allowed_methods=None,
    respect_retry_after_header=False,
)


class Connections:
    """A pool of connections; safe to use from several threads.

    At most `size` are kept per host. Proxies are read from the environment as requests does,
    certificates from the variables of requests, curl and the core SDK.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pools: dict[str, HTTPConnectionPool] = {}
        self.call_limit = _DEFAULT_LIMIT

    def limit_time(self, seconds: float) -> None:
        """Limit how long a step of a request may wait; the whole takes twice as long at most."""
        self.call_limit = seconds

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
        *,
        repeatable: bool = True,
        goes_on: bool = False,
    ) -> BaseHTTPResponse:
        """Send a request and return the answer, whose body is still to be read.

        A request on a stale connection is sent again over another one, unless `repeatable` is
        false: the server may have seen it, which matters where requests are counted. Raises one of
        NETWORK_ERRORS where there is no answer.

        Sending, and reading the body in the same thread, take twice `call_limit` seconds at most.
        A request that `goes_on` with what the thread's last one was to do shares its time.
        """
        if not goes_on:
            bound_call(2 * self.call_limit, self.call_limit)
        origin, target = _split(url)
        pool = self._pools.get(origin) or self._pools.setdefault(origin, self._pool(origin))
        try:
            return _final(
                pool.urlopen(
                    method,
                    url if pool.proxy and pool.scheme == "http" else target,
                    body,
                    dict(headers),
                    retries=_ONCE_MORE if repeatable else False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=Timeout(connect=self.call_limit, read=self.call_limit),
                    preload_content=False,
                    decode_content=False,
                    enforce_content_length=True,  # which urllib3 1 does not by itself
                )
            )
        except MaxRetryError as error:
            raise error.reason or error from None

    def close(self) -> None:
        """Close all connections that are not in use."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, origin: str) -> HTTPConnectionPool:
        options: dict[str, Any] = {"maxsize": self._size}
        if origin.startswith("https:"):
            options["ssl_context"] = self._trust
        pool = _manager(origin, options).connection_from_url(origin)
        secure = isinstance(pool, HTTPSConnectionPool)
        pool.ConnectionCls = BoundedTlsConnection if secure else BoundedConnection
        return pool

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The TLS context with the trusted certificates, loaded only once."""
        context = create_urllib3_context()
        context.sslsocket_class = BoundedTls
        named = (os.environ.get(name) for name in _CA_BUNDLES)
        bundle = next(filter(None, named), certifi.where())
        kind = "capath" if os.path.isdir(bundle) else "cafile"  # noqa: PTH112 - no pathlib here
        context.load_verify_locations(**{kind: bundle})
        return context


def _final(answer: BaseHTTPResponse) -> BaseHTTPResponse:
    """Return an answer unless another one follows, which might be taken for that of the next call.

    Raises ProtocolError.
    """
    if answer.status >= 200:
        return answer
    answer.close()
    raise ProtocolError(f"the server answered {answer.status} first")


def read_body(answer: BaseHTTPResponse, limit: int) -> bytes:
    """Read the body of an answer, and one byte more than `limit` at most.

    A connection whose answer was not read to its end is closed.
    """
    body = bytearray()
    try:
        while len(body) <= limit and (chunk := answer.read(min(_CHUNK, limit + 1 - len(body)))):
            body += chunk
    finally:
        if len(body) > limit:
            answer.close()
        answer.release_conn()
    return bytes(body)


def _split(url: str) -> tuple[str, str]:
    """Split a URL into its origin and the request target."""
    end = url.find("/", url.find("://") + 3)
    return (url[:end], url[end:]) if end >= 0 else (url, "/")


def _manager(origin: str, options: dict[str, Any]) -> urllib3.PoolManager:
    """Build the pool manager of an origin, over the proxy in the environment, if any."""
    proxy = select_proxy(origin, get_environ_proxies(origin))
    if not proxy:
        return urllib3.PoolManager(**options)
    proxy = prepend_scheme_if_needed(proxy, "http")
    user, password = get_auth_from_url(proxy)
    headers = make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
