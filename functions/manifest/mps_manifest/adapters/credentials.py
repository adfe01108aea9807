"""Read the credentials of an invocation, and keep them out of logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mps_manifest.errors import ConfigurationError

KEY_VARIABLES = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


@dataclass(frozen=True)
class Credentials:
    """An access key with its STS token; none of it is in the repr."""

    access_key_id: str = field(repr=False)
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False, default="")

    def redact(self, text: str) -> str:
        """Return a text without the credentials, which services may quote."""
        for secret in (self.security_token, self.access_key_secret, self.access_key_id):
            if secret:
                text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text


def read_credentials(context: Any, environment: Mapping[str, str]) -> Credentials:
    """Read the credentials of this invocation: the context's, else the environment's.

    Python 3.10 has them in `context.credentials`, 3.12 in the environment (facts/fc.md section
    1). Raises ConfigurationError where neither has any.
    """
    source = getattr(context, "credentials", None)
    names = ("access_key_id", "access_key_secret", "security_token")
    values = [getattr(source, name, None) or "" for name in names]
    if not (values[0] and values[1]):
        values = [environment.get(name, "") for name in KEY_VARIABLES]
    if not (values[0] and values[1]):
        raise ConfigurationError(
            "no access key: give the function a role (context.credentials), or set "
            + " and ".join(KEY_VARIABLES[:2])
        )
    return Credentials(*(str(value) for value in values))
