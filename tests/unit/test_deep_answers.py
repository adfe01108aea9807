"""An answer of nothing but marks is read in few steps, however many there are."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from mps_manifest.parsing.json_text import decode_answer

MARKS = 300_000


def steps_of(body: bytes) -> int:
    """Count the lines of Python that reading an answer takes."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    sys.settrace(count)
    try:
        with suppress(ValueError):
            decode_answer(body)
    finally:
        sys.settrace(None)
    return steps


@pytest.mark.parametrize("end", [b"", b'"x"}'], ids=["cut", "closed"])
@pytest.mark.parametrize("mark", [b"[", b"{", b"]", b"}", b",", b"[{"], ids=bytes.decode)
def test_one_mark_after_the_other_costs_few_steps(mark: bytes, end: bytes) -> None:
    """Eight megabytes of brackets once held the interpreter, and with it all jobs, for 25 s."""
    marks = mark * (MARKS // len(mark))
    assert steps_of(b'{"JobId":' + marks + end) < MARKS // 100
    assert steps_of(b'{"JobId":"' + marks + end) < MARKS // 100
