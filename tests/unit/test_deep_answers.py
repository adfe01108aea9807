"""An answer of nothing but marks is read in few steps, however many there are."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

from mps_manifest.parsing.json_text import decode_answer

MARKS = 200_000


def steps_of(body: bytes) -> int:
    """Count the calls of Python's and C's functions that reading an answer takes."""
    steps = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        with suppress(ValueError):
            decode_answer(body)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize("end", [b"", b'"x"}'], ids=["cut", "closed"])
@pytest.mark.parametrize("mark", [b"[", b"{", b"]", b"}", b",", b"[{"], ids=bytes.decode)
def test_one_mark_after_the_other_costs_few_steps(mark: bytes, end: bytes) -> None:
    """Eight megabytes of brackets once held the interpreter, and with it all jobs, for 25 s."""
    body = b'{"JobId":' + mark * (MARKS // len(mark)) + end
    assert steps_of(body) < MARKS // 100
