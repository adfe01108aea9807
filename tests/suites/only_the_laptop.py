"""What the tests of others are run with: no other machine than this one, and keys made here.

It becomes the `conftest.py` beside them.
"""

from __future__ import annotations

import socket
from typing import Any

import oss2
from Crypto.PublicKey import RSA

_look_up = socket.getaddrinfo


def _only_here(host: Any, *arguments: Any, **options: Any) -> Any:
    """Look up addresses of this machine only: the tests name endpoints of the real service."""
    if str(host) not in {"127.0.0.1", "localhost"}:
        raise socket.gaierror(f"{host} is not the laptop")
    return _look_up(host, *arguments, **options)


_KEY = RSA.generate(2048)
_PAIR = {"private_key": _KEY.export_key(), "public_key": _KEY.public_key().export_key()}


def _local_keys(*_: Any, **__: Any) -> Any:
    """Encrypt with a key of our own: the key service is no part of the laptop's cloud."""
    return oss2.RsaProvider(_PAIR)


socket.getaddrinfo = _only_here
oss2.AliKMSProvider = _local_keys
