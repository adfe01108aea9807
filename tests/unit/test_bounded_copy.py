"""A copy with a limit says that something was cut exactly where something is missing."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mps_manifest.parsing.bounded_copy import bounded_copy

TEXTS = st.text(max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-999, 999) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES, st.integers(0, 120))
@example({"a": ""}, 12)
def test_it_is_cut_exactly_where_something_is_missing(value: Any, size: int) -> None:
    """A note about what is not missing is as wrong as none about what is."""
    copy, is_cut = bounded_copy(value, size, str, frozenset())
    assert is_cut == (copy != value)


@given(VALUES)
def test_with_room_enough_it_is_the_same(value: Any) -> None:
    """Every value is there, however deep it is."""
    assert bounded_copy(value, 10_000, str, frozenset()) == (value, False)
