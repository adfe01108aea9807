"""Dataclasses that start quickly do what those of the standard library do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mps_manifest.values import dataclass, field, replace


@dataclass(frozen=True)
class Place:
    """Somewhere."""

    bucket: str
    key: str = "k"
    secret: str = field(default="s", repr=False)
    seen: float = field(default=0.0, compare=False)
    more: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Other:
    bucket: str


def model() -> type:
    """Make the standard library's dataclass of the same fields."""
    fields: list[tuple[str, type, Any]] = [
        ("key", str, "k"),
        ("secret", str, dataclasses.field(default="s", repr=False)),
        ("seen", float, dataclasses.field(default=0.0, compare=False)),
        ("more", dict, dataclasses.field(default_factory=dict)),
    ]
    return dataclasses.make_dataclass("Model", [("bucket", str), *fields], frozen=True)


Model = model()
VALUES = [
    ("b",),
    ("b", "k", "s", 1.0),
    ("b", "other"),
    ("b", "k", "another secret"),
    ("b", "k", "s", 0.0, {"x": 1}),
]


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("two", VALUES)
def test_values_are_equal_where_the_standard_librarys_are(
    one: tuple[object, ...], two: tuple[object, ...]
) -> None:
    wanted = Model(*one) == Model(*two)
    assert (Place(*one) == Place(*two)) is wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("values", VALUES)
def test_values_show_themselves_as_the_standard_librarys_do(values: tuple[object, ...]) -> None:
    """What must not be shown is not."""
    shown = repr(Place(*values))  # type: ignore[arg-type]
    assert shown == repr(Model(*values)).replace("Model", "Place")
    assert "secret" not in shown


def test_equal_values_have_one_hash() -> None:
    assert len({Other("b"), Other("b"), Other("c")}) == 2


def test_a_value_that_holds_a_dictionary_has_none() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Place("b"))


def test_values_of_two_kinds_are_not_equal() -> None:
    others: list[object] = [Place("b"), "b"]
    assert Other("b") not in others


def test_a_value_can_be_replaced_and_taken_apart() -> None:
    place = Place("b", seen=2.0)
    assert replace(place, key="x") == Place("b", "x")
    assert replace(place, key="x").seen == 2.0
    assert place.key == "k"
    assert dataclasses.asdict(Other("b")) == {"bucket": "b"}
    assert Place("b").more is not Place("b").more
    match Other("c"):
        case Other(bucket):
            assert bucket == "c"
