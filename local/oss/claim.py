"""The claim of a signed request, before its verification."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """The key and signature of a request; `expires` (Unix seconds) is that of a signed URL.

    `sign` computes the signature of `string_to_sign` from the key's secret.
    """

    access_key_id: str
    security_token: str = field(repr=False)
    signature: str = field(repr=False)
    signed_at: float
    expires: float | None
    string_to_sign: bytes
    sign: Callable[[str, bytes], str]

    def expected(self, access_key_secret: str) -> str:
        """Return the signature that the request should have."""
        return self.sign(access_key_secret, self.string_to_sign)


def to_bytes(text: str) -> bytes:
    """Return the bytes of a header as they were sent."""
    return text.encode("utf-8", "surrogateescape")
