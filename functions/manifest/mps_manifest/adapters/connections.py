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
from typing_extensions import Self
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError
from urllib3.util import Retry, Timeout, make_headers
from urllib3.util.ssl_ import create_urllib3_context

if TYPE_CHECKING:  # urllib3 1, which the runtime may have, lacks the first
    from types import TracebackType

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

NETWORK_ERRORS = (HTTPError, OSError, http.client.HTTPException)
"""What sending a request, or reading its answer, raises where there is no answer."""

_CA_BUNDLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


# it writes URLs, at debug level all of them, with a warning those whose answers are odd; and a
# URL of a job API holds signature and token
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class _OnceMore(Retry):
    """Send a request a second time where its connection had been closed by the other side.

    So it is after an instance was frozen: what closed it came while nobody could notice. Who has
    waited for an answer in vain waits no second time: there is no time for that.
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
        """Return what is left to try. Raises the error where that is nothing."""
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
        repeatable: bool = True,
    ) -> BaseHTTPResponse:
        """Send a request; only the answer to a GET is left to be read.

        If its connection proves stale it is sent over another one, unless the caller counts its
        requests: the other side may have seen this one. Raises one of NETWORK_ERRORS where there is
        no answer.
        """
        origin, target = _split(url)
        pool = self._pools.get(origin) or self._pools.setdefault(origin, self._pool(origin))
        try:
            return pool.urlopen(
                method,
                url if pool.proxy and pool.scheme == "http" else target,
                body,
                dict(headers),
                retries=_ONCE_MORE if repeatable else False,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
                preload_content=method != "GET",
                decode_content=False,
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
        return _manager(origin, options).connection_from_url(origin)

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
