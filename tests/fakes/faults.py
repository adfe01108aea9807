"""Errors that tests script: each call raises its own, as a real service's client does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Error = TypeVar("Error", bound=Exception)


def fresh(error: Error) -> Error:
    """Return a copy of an error, as it was before anybody raised it.

    Product code writes on errors (`error.calls`), and raising adds a traceback and a context.
    The class is not called, as copy.copy would do, since not all take their message.
    """
    kind = type(error)
    copied = kind.__new__(kind, *error.args)
    vars(copied).update(vars(error))
    return copied


def raising(
    error: Exception, when: Callable[[Any], bool] = lambda _call: True
) -> Callable[[Any], None]:
    """Return a fault for a fake: it raises a copy of an error for each call that is meant."""

    def fault(call: Any) -> None:
        if when(call):
            raise fresh(error)

    return fault
