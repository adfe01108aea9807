"""Cases of a test of which the longest are for make soak only."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, TypeVar

import pytest
from _pytest.mark import ParameterSet

Input = TypeVar("Input")


def with_soaks(cases: Iterable[Any], soaks: Container[Any]) -> list[ParameterSet]:
    """Return parameters of a test, those in `soaks` marked; a tuple is several arguments."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[pytest.mark.soak] * (case in soaks),
        )
        for case in cases
    ]


THIRDS = with_soaks(range(3), (1, 2))
"""Which third of all pairs of two long tables; make soak has the other two."""


def third_of(inputs: Mapping[str, Input], number: int, third: int) -> dict[str, Input]:
    """Return every third of the inputs, others for each number of a reader.

    So every input meets a third of the readers, and every reader a third of the inputs.
    """
    return {
        name: each
        for position, (name, each) in enumerate(inputs.items())
        if (position + number) % len(THIRDS) == third
    }
