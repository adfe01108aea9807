"""Stands in for the core SDK's module of this name, which needs the cryptography package.

Only RSA key pairs are signed with it, and the function's keys are those of its role.
"""

from __future__ import annotations


def get_sign_string(source: str, access_secret: str) -> str:
    """Refuse to sign."""
    raise NotImplementedError("RSA key pairs need the cryptography package, which is left out")


def get_signer_name() -> str:
    """Name the signature's method."""
    return "SHA256withRSA"


def get_signer_version() -> str:
    """Tell the signature's version."""
    return "1.0"


def get_signer_type() -> str:
    """Name the signature's type."""
    return "PRIVATEKEY"
