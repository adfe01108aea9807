"""A call of an API, signed in either style: RPC (in parameters) or ACS3 (in headers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.identity import Identity, KeyRing
from local.jobs import acs3, rpc
from local.jobs.rpc import Nonces
from local.signed_request import SignedRequest


@dataclass(frozen=True)
class ApiCall:
    """What is asked for; missing parts are empty."""

    sent: SignedRequest
    parameters: Mapping[str, str]
    is_acs3: bool

    @classmethod
    def of(cls, sent: SignedRequest) -> ApiCall:
        """Read a request; its signature is not looked at yet."""
        is_acs3 = sent.headers.get("authorization", "").startswith(acs3.ALGORITHM)
        return cls(sent, sent.parameters(), is_acs3)

    @property
    def action(self) -> str:
        """The action."""
        return self._named("Action", "x-acs-action")

    @property
    def version(self) -> str:
        """The version of the API."""
        return self._named("Version", "x-acs-version")

    def _named(self, parameter: str, header: str) -> str:
        found = self.sent.headers if self.is_acs3 else self.parameters
        return found.get(header if self.is_acs3 else parameter, "")

    def identify(self, keys: KeyRing, nonces: Nonces, now: float) -> Identity:
        """Return the signer, raising ApiError if the call is not valid, or was sent before."""
        if self.is_acs3:
            identity = acs3.identify(self.sent, keys, now)
            acs3.use_nonce(self.sent.headers, nonces, now)
            return identity
        identity = rpc.identify(self.sent.method, self.parameters, keys, now)
        nonces.use(self.parameters["SignatureNonce"], now)
        return identity
