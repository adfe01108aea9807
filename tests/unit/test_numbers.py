"""Numbers as the services write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.parsing.numbers import milliseconds, number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (8.27, 8.27),
        ("8.27", 8.27),
        (" 1.5 ", 1.5),
        (0, 0),
        ("0", 0.0),
        ("-0.59", -0.59),
        ("1e3", 1000.0),
        (2**53, 2**53),
        (1e300, 1e300),
    ],
)
def test_numbers_and_texts_of_numbers_are_read(value: object, expected: float) -> None:
    """Services write many numbers as texts, and those must count as well."""
    assert number(value) == expected


NO_NUMBERS: list[object] = [
    None,
    True,
    False,
    "",
    " ",
    "x",
    "1,5",
    "12s",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    math.nan,
    math.inf,
    2**53 + 1,
    -(2**60),
    [],
    {},
    [1],
    "0x10",
    "1_000",
]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_none(value: object) -> None:
    """A number that is made up would be taken for a measured one."""
    assert number(value) is None
    assert milliseconds(value, 1000) is None


@pytest.mark.parametrize(
    ("value", "per_unit", "expected"),
    [
        ("28278.25", 1, 28278),
        ("25942.583333333332", 1, 25943),
        ("4640.0", 1, 4640),
        (39.32, 1000, 39320),
        (39.3205, 1000, 39321),
        ("5.28", 1000, 5280),
        (0.0005, 1000, 1),
        (0.00049, 1000, 0),
        (1.0005, 1000, 1001),
        (2.5, 1, 3),
        (0, 1000, 0),
        (-0.0, 1000, 0),
        ("  3 ", 1000, 3000),
        (2**53, 1, 2**53),
    ],
)
def test_times_are_rounded_half_up_to_milliseconds(
    value: object, per_unit: int, expected: int
) -> None:
    """A product of floats would say 39,320 for 39.3205 s."""
    assert milliseconds(value, per_unit) == expected


@pytest.mark.parametrize("value", [-1, "-0.1", -0.001, 2**53, "1e300", 1e18])
def test_times_before_the_start_or_beyond_all_measure_are_none(value: object) -> None:
    """A time that no media can have must not reach a manifest."""
    assert milliseconds(value, 1000) is None


@given(st.text(max_size=30) | st.floats() | st.integers() | st.booleans())
def test_any_value_gives_a_sound_number_or_none(value: object) -> None:
    """No value of a stranger may crash the reader or come out as infinite."""
    read = number(value)
    assert read is None or math.isfinite(read)
    for per_unit in (1, 1000):
        time = milliseconds(value, per_unit)
        assert time is None or (type(time) is int and 0 <= time <= 2**53)
        assert time is None or read is not None


@given(st.integers(0, 10**9))
def test_whole_milliseconds_survive(value: int) -> None:
    """A time that is exact must not be changed by rounding."""
    assert milliseconds(str(value), 1) == value
    assert milliseconds(f"{value / 1000:.3f}", 1000) == value
