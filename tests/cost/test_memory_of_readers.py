"""No reader takes many times the memory of its input, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from mps_manifest.files.output_templates import compile_template
from mps_manifest.parsing.locations import decoded_location
from tests.cost import test_events_cost as events
from tests.cost.hostile import BYTES, TEXTS
from tests.cost.readers import BYTE_READERS, TEXT_READERS
from tests.cost.test_readers_cost import Reader, called, marked
from tests.soaks import THIRDS, third_of
from tests.traced_memory import peak

pytestmark = pytest.mark.slow

_SIZE, _SIZE_OF_EVENTS = 5_000, 50_000
_MOST, _MOST_OF_JSON = 60, 100
"""Bytes for each byte: what lists of small values take, which are limited in their number."""
_NOTHING, _NOTHING_OF_EVENTS = 125_000, 50_000
_OF_A_KEY: set[Reader] = {compile_template, decoded_location}
"""Readers of keys, which have 1,023 bytes."""
_LIMITED = {"empty objects"}
"""Cases of more for each byte, but of 250,000 objects at most."""
_READERS: dict[Callable[..., Any], Callable[[Any], object]] = {**TEXT_READERS, **BYTE_READERS}


@pytest.mark.parametrize("third", THIRDS)
@pytest.mark.parametrize("reader", marked(_READERS, _OF_A_KEY), ids=called)
def test_readers_do_not_remember_each_character(reader: Callable[..., Any], third: int) -> None:
    """A pattern that repeats a group takes a hundred times its text: 1 GB for an answer."""
    inputs: Mapping[str, Callable[[int], Any]] = TEXTS if reader in TEXT_READERS else BYTES
    read = _READERS[reader]
    most = _MOST if reader in TEXT_READERS else _MOST_OF_JSON
    found = {}
    for name, make in third_of(inputs, [*_READERS].index(reader), third).items():
        given = make(_SIZE)
        limit = most * len(given) + _NOTHING
        if peak(partial(read, given)) <= limit:
            continue
        again = peak(partial(read, given))  # tables that it has loaded do not count
        if again > limit:
            found[name] = again
    assert found == {}


@pytest.mark.parametrize("name", [name for name in events.CASES if name not in _LIMITED])
def test_decoders_do_not_remember_each_character(name: str) -> None:
    """A message of 8 MB of blanks took 1 GB, and all jobs of its invocation along."""
    case = events.CASES[name]
    body = case.make(_SIZE_OF_EVENTS)
    assert peak(partial(case.read, body)) <= _MOST_OF_JSON * len(body) + _NOTHING_OF_EVENTS
