"""Replaces the core SDK's module for signatures with RSA key pairs, which needs cryptography.

The function does not use it: the keys of its role are not RSA key pairs.
"""

from __future__ import annotations


def get_sign_string(source: str, access_secret: str) -> str:
    """Raise NotImplementedError."""
    raise NotImplementedError("RSA key pairs need cryptography, which is not in this layer")


def get_signer_name() -> str:
    """Return the signature method."""
    return "SHA256withRSA"


def get_signer_version() -> str:
    """Return the signature version."""
    return "1.0"


def get_signer_type() -> str:
    """Return the signature type."""
    return "PRIVATEKEY"
