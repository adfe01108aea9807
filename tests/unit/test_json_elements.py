"""The elements of a list are found without decoding it, and its values counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.events.json_elements import has_more_values, json_elements

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a\\"[]{},:é\n')),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('a\\",'), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.slow
@given(st.lists(JSON, min_size=1), st.sampled_from([None, 1]), st.booleans())
def test_each_element_of_a_list_is_found(values: list[Any], indent: Any, escape: Any) -> None:
    """A comma or a bracket in a text is no end of a message."""
    text = json.dumps(values, indent=indent, ensure_ascii=escape).encode()
    assert [json.loads(each) for each in json_elements(text)] == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[]", [b""]),
        (b"[1", [b"1"]),
        (b"[1,", [b"1", b""]),
        (b'["a', [b'"a']),
        (b"[1]]2", [b"1"]),
        (b"[", [b""]),
        (b'[{"a":[1,2},3]', [b'{"a":[1,2},3]']),
    ],
)
def test_a_broken_list_has_its_elements_up_to_where_it_breaks(
    text: bytes, expected: list[bytes]
) -> None:
    """What is found is decoded by itself, so nothing worse can come of it."""
    assert list(json_elements(text)) == expected


def values_in(value: Any) -> int:
    """Count the marks that the text of a value needs at least."""
    if isinstance(value, list):
        return 1 + max(0, len(value) - 1) + sum(map(values_in, value))
    if isinstance(value, dict):
        return 1 + max(0, len(value) - 1) + sum(map(values_in, value.values()))
    return 0


@given(JSON)
def test_values_are_counted_outside_of_texts_only(value: Any) -> None:
    """A message is full of commas, and still is one value."""
    text, count = json.dumps(value).encode(), values_in(value)
    assert not has_more_values(text, count)
    assert count == 0 or has_more_values(text, count - 1)


def test_a_text_may_go_over_the_end_of_a_part() -> None:
    """Long texts are looked at in parts, and a quotation mark may stand in any."""
    for length in range(65_530, 65_545):
        text = json.dumps(["x" * length + ',\\"[', ","] * 3).encode()
        assert not has_more_values(text, 6)
        assert has_more_values(text, 5)
