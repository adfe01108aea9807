"""The gate before ports without signatures: closed to web pages, open to who knows the token.

A page may send requests to loopback, directly (the browser then adds `Origin`) or by a name of its
own that it resolves to 127.0.0.1 (`Host` then is that name), and it can set no header of ours
without being asked first, which nobody here answers.
"""

import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

TOKEN_HEADER = "X-Laptop-Token"


def gate(token: str) -> Middleware:
    """Return a middleware that answers 403 to requests without the token, and to web pages."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = _refusal(request, token)
        if refusal:
            document = {"code": "Forbidden", "message": refusal}
            return web.json_response(document, status=403)
        return await handler(request)

    return check


def _refusal(request: web.Request, token: str) -> str:
    """Return why a request is refused; empty if it isn't."""
    if "Origin" in request.headers:
        return "Web pages are not answered: the request has the header Origin."
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or not is_loopback(hosts[0]):
        return "The header Host must be a loopback address or localhost."
    given = request.headers.get(TOKEN_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode()):
        return f"The header {TOKEN_HEADER} must have the token that was told at the start."
    return ""


def is_loopback(host: str) -> bool:
    """Return whether a Host header, with or without a port, names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname
        return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False
