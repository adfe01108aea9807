"""Who may see the gallery, and what its pages may do.

It shows what strangers wrote, with links that work by the operator's keys. So it listens on
loopback, its path holds a token that only the operator is told, a request must name the loopback
address as its `Host` (else any web page could reach it by a name of its own that leads here), and
pages run no script but its own and load nothing from elsewhere but the store.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

TOKEN_BYTES = 24
_HOSTS = ("127.0.0.1", "localhost")


def new_token() -> str:
    """Return a random token for the path."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def content_policy(origins: Iterable[str]) -> str:
    """Return the Content-Security-Policy of all pages; `origins` are those of signed URLs."""
    media = " ".join(("'self'", *origins))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            f"img-src {media}",
            f"media-src {media}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def guard(token: str, origins: Iterable[str]) -> Middleware:
    """Return the middleware that lets in whoever knows the token, by a loopback name."""
    headers = {
        "Content-Security-Policy": content_policy(origins),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request):
            answer: web.StreamResponse = web.Response(status=421, text="Wrong Host.\n")
        elif not secrets.compare_digest(_first_part(request).encode(), token.encode()):
            answer = web.Response(status=404, text="Open the address that mpsm printed.\n")
        elif request.method not in {"GET", "HEAD"}:
            answer = web.Response(status=405, text="Pages are only read.\n")
        else:
            answer = await _answered(request, handler)
        answer.headers.update(headers)
        answer.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        return answer

    return guarded


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:  # an answer like any other, which needs the headers too
        return web.Response(
            status=error.status, text=f"{error.reason}\n", headers=_location_of(error)
        )


def _location_of(error: web.HTTPException) -> dict[str, str]:
    location = error.headers.get(hdrs.LOCATION)
    return {hdrs.LOCATION: location} if location else {}


def _is_ours(request: web.Request) -> bool:
    """Return whether a request names this server by its address; ports are told apart by it."""
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport else 0
    return request.headers.get(hdrs.HOST, "") in {f"{host}:{port}" for host in _HOSTS}


def _first_part(request: web.Request) -> str:
    return request.path.split("/", 2)[1]
