"""Cases of a test of which the longest are for make soak only."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def with_soaks(cases: Iterable[Any], soaks: Container[Any]) -> list[ParameterSet]:
    """Return parameters of a test, those in `soaks` marked; a tuple is several arguments."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[pytest.mark.soak] * (case in soaks),
        )
        for case in cases
    ]
