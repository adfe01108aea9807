"""A log line is no longer than what SQL in SLS reads of a field."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from mps_manifest.adapters.telemetry import LOGGER, PowertoolsTelemetry
from tests.template.sls import MOST_BYTES


def written(**fields: object) -> str:
    """Return the line of a job with these fields."""
    stream, handler = io.StringIO(), LOGGER.registered_handler
    before = handler.setStream(stream)  # type: ignore[attr-defined]
    try:
        PowertoolsTelemetry().log("info", "job", job_id="a" * 64, **fields, waited=5, written=True)
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]
    return stream.getvalue().rstrip("\n")


@pytest.mark.parametrize("letter", ["x", "é", "缺", "😀", '"', "\\", "\x1b", "\u202e"])
def test_long_texts_are_cut_until_the_line_fits(letter: str) -> None:
    """What stands behind a text that fills the line would be no field for an alert or a chart."""
    line = written(origin=letter * 512, reason=letter * 990, manifest=f"{letter * 300}.json")
    assert len(line.encode()) <= 2_000 < MOST_BYTES
    fields: dict[str, Any] = json.loads(line)
    assert (fields["waited"], fields["written"], fields["job_id"]) == (5, True, "a" * 64)
    assert len(fields["reason"]) > 20
    assert fields["reason"].endswith("…")


def test_a_line_that_fits_is_left_alone() -> None:
    """Nothing is cut for the sake of a length that nobody has a problem with."""
    reason = "缺" * 500
    assert json.loads(written(reason=reason))["reason"] == reason


def test_the_longest_text_is_cut_first() -> None:
    """Names and keys are what people search by."""
    key = f"manifests/{'p' * 200}/{'a' * 32}.json"
    fields = json.loads(written(origin="o" * 300, reason="缺" * 1000, manifest=key))
    assert (fields["origin"], fields["manifest"]) == ("o" * 300, key)
    assert len(fields["reason"]) > 300


def test_what_no_cut_makes_shorter_is_written_whole() -> None:
    """A line is rather too long than lost."""
    places = ["p" * 900] * 3
    fields = json.loads(written(places=places, reason="r" * 500))
    assert fields["places"] == places
    assert len(fields["reason"]) <= 101
