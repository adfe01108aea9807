"""The root of the OSS port, for people: what this is.

OSS answers an unsigned listing of buckets with AccessDenied, and so does this; only the message is
another one. A browser gets a page.
"""

from aiohttp import web

from local.oss.errors import OssError, render
from local.oss.target import new_request_id

_TEXT = (
    "This is the local cloud of mps-manifest, which stands in for Alibaba Cloud OSS on this"
    " machine. Requests must be signed. `make serve` writes the keys and the endpoints of its"
    " other services to build/serve/env and build/serve/endpoints.json. Buckets are in the path:"
    " /<bucket>/<key>. What every job made is shown at the address that `make serve` printed,"
    " which is `gallery` in endpoints.json."
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Local cloud of mps-manifest</title>
<h1>Local cloud of mps-manifest</h1>
<p>{}</p>
</html>
"""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def front_page(request: web.BaseRequest) -> web.Response | None:
    """Return the answer to an unsigned request for the root, and None to every other one."""
    is_asked = request.method in ("GET", "HEAD") and request.raw_path == "/"
    if not is_asked or "Authorization" in request.headers:
        return None
    if "text/html" in request.headers.get("Accept", ""):
        text = _TEXT.replace("<", "&lt;").replace(">", "&gt;")
        return web.Response(
            text=_PAGE.format(text), content_type="text/html", charset="utf-8", headers=_HEADERS
        )
    error = OssError(403, "AccessDenied", _TEXT)
    refused = render(error, new_request_id(), head=request.method == "HEAD")
    body = refused.body if isinstance(refused.body, bytes) else b""
    return web.Response(status=refused.status, headers=refused.headers, body=body)
