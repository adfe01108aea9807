"""Frozen dataclasses that start quickly.

The standard library writes seven methods as text for each frozen dataclass and compiles them when
the module is imported: for the sixty of this package that is a tenth of a cold start. Only
`__init__` is worth it. To type checkers these are the standard library's, so a value is kept from
being changed by them, not when the code runs (docs/decisions, 11).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    C = TypeVar("C", bound=type)

    def dataclass(*, frozen: bool) -> Callable[[C], C]:  # noqa: ARG001 - for type checkers
        """Make a dataclass that compares, hashes and shows itself without methods of its own."""

        def made(cls: C) -> C:
            cls.__eq__, cls.__hash__, cls.__repr__ = _equals, _hashed, _shown
            cls.__doc__ = cls.__doc__ or cls.__name__  # else its signature is written out here
            return dataclasses.dataclass(eq=False, repr=False)(cls)

        return made


def _compared(value: Any) -> tuple[Any, ...]:
    return tuple(getattr(value, one.name) for one in dataclasses.fields(value) if one.compare)


def _equals(value: object, other: object) -> bool:
    return type(other) is type(value) and _compared(value) == _compared(other)


def _hashed(value: object) -> int:
    return hash(_compared(value))


def _shown(value: Any) -> str:
    shown = [one.name for one in dataclasses.fields(value) if one.repr]
    told = ", ".join(f"{name}={getattr(value, name)!r}" for name in shown)
    return f"{type(value).__qualname__}({told})"
