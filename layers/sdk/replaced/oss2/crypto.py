"""Stands in for oss2's module of this name: objects that the client encrypts.

The function reads and writes none. What does it needs the core SDK's client, the SDK of KMS and
RSA, which are most of what `import oss2` takes.
"""

from __future__ import annotations


class EncryptionMaterials:
    """Refuse to be made."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError("encryption by the client is left out of this layer")


class BaseCryptoProvider(EncryptionMaterials):
    """Refuse to be made."""


class LocalRsaProvider(BaseCryptoProvider):
    """Refuse to be made."""


class RsaProvider(BaseCryptoProvider):
    """Refuse to be made."""


class AliKMSProvider(BaseCryptoProvider):
    """Refuse to be made."""
