"""Stands in for certifi's module of this name, which can also find the file where it is no file."""

from __future__ import annotations

import os


def where() -> str:
    """Name the file of certificates."""
    return os.path.join(os.path.dirname(__file__), "cacert.pem")  # noqa: PTH118, PTH120


def contents() -> str:
    """Read the certificates."""
    with open(where(), encoding="ascii") as file:  # noqa: PTH123
        return file.read()
