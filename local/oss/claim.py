"""What a signed request claims, before anything of it was checked."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """A key's claim to have signed something; `expires` only in signed URLs, in Unix seconds.

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
        """Compute the signature that the request should carry."""
        return self.sign(access_key_secret, self.string_to_sign)


def to_bytes(text: str) -> bytes:
    """Give back the bytes that a header was sent with."""
    return text.encode("utf-8", "surrogateescape")
