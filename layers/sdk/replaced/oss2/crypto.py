"""Replaces oss2's module for client-side encryption, which the function does not use.

The original imports the core SDK's client, the SDK of KMS and RSA, which take most of the time of
`import oss2`.
"""

from __future__ import annotations


class EncryptionMaterials:
    """Raise NotImplementedError."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError("client-side encryption is not included in this layer")


class BaseCryptoProvider(EncryptionMaterials):
    """Raise NotImplementedError."""


class LocalRsaProvider(BaseCryptoProvider):
    """Raise NotImplementedError."""


class RsaProvider(BaseCryptoProvider):
    """Raise NotImplementedError."""


class AliKMSProvider(BaseCryptoProvider):
    """Raise NotImplementedError."""
