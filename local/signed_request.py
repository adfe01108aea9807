"""A request to an API, as its signature is verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web


@dataclass(frozen=True)
class SignedRequest:
    """A request; `target` is the raw path and query, names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    async def receive(cls, request: web.BaseRequest, largest: int = 1 << 20) -> "SignedRequest":
        """Read a request; what its body has beyond `largest` bytes is missing."""
        body = bytearray()
        async for chunk in request.content.iter_any():
            if len(body) < largest:
                body += chunk
        headers = {name.lower(): value for name, value in request.headers.items()}
        return cls(request.method, request.raw_path, headers, bytes(body))

    @property
    def path(self) -> str:
        """The raw path."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query."""
        return self.target.partition("?")[2]

    def parameters(self) -> dict[str, str]:
        """Read the parameters of the URL, and of a form."""
        content_type = self.headers.get("content-type", "application/x-www-form-urlencoded")
        is_form = content_type.startswith("application/x-www-form-urlencoded")
        form = self.body.decode("utf-8", "replace") if is_form else ""
        return dict(parse_qsl(f"{self.query}&{form}", keep_blank_values=True))
