"""When something happened, as the services and their gateways write it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.events import JobRequest
from mps_manifest.events.times import parse_time
from tests.fakes import START
from tests.unit.samples import ID, files_answer, items
from tests.unit.world import World


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1588160154126, 1588160154.126),
        (1588160154126.0, 1588160154.126),
        ("1588160154126", 1588160154.126),
        (" 1588160154126 ", 1588160154.126),
        (1588160154, 1588160154),
        ("1588160154", 1588160154),
        (1588160154.5, 1588160154.5),
        ("2020-04-29T11:35:54Z", 1588160154),
        ("2020-04-29t11:35:54z", 1588160154),
        ("2020-04-29T11:35:54.126Z", 1588160154.126),
        ("2020-04-29T11:35:54.126000000Z", 1588160154.126),
        ("2020-04-29T11:35:54:126Z", 1588160154.126),  # as VOD prints it for images
        ("2020-04-29 19:35:54+08:00", 1588160154),
        ("2020-04-29T19:35:54+0800", 1588160154),
        ("2020-04-29T11: 35: 54Z", 1588160154),
        ("2020-04-29T11:35:54", None),  # nobody says of which zone
        ("2020-13-29T11:35:54Z", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00+23:59", None),
        (0, None),
        (-5, None),
        ("-5", None),
        (True, None),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("nan", None),
        ("inf", None),
        (1e300, None),
        (10**30, None),
        ({}, None),
        ([1588160154126], None),
        ("1" * 100_000, None),
    ],
)
def test_a_moment_is_read_in_every_form(value: Any, expected: float | None) -> None:
    """Publish times come as numbers and as texts, and decide a metric."""
    found = parse_time(value)
    assert found == (expected if expected is None else pytest.approx(expected, abs=0.001))


@given(st.floats() | st.integers() | st.text(max_size=80) | st.none() | st.booleans())
def test_whatever_is_read_can_be_counted_with(value: Any) -> None:
    """A metric that is infinite or negative would spoil its chart."""
    moment = parse_time(value)
    assert moment is None or (math.isfinite(moment) and moment > 0)


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (str(int((START - 20) * 1000)), 20),
        (int((START - 20) * 1000), 20),
        (int(START - 20), 20),
        (int((START + 1000) * 1000), 0),
        ("nonsense", 0),
    ],
)
def test_the_time_from_event_to_manifest_is_right(sent: object, seconds: float) -> None:
    """A text made it zero, which hid every delay; a clock that is ahead makes it no less."""
    world = World()
    world.store.put("c/a.srt")
    world.api.say(ID, files_answer("c/a.srt"))
    world.give({"TopicName": "t", "Message": ID, "PublishTime": sent})
    assert world.telemetry.peaks["eventToManifestSeconds"] == pytest.approx(seconds, abs=1.1)


def test_the_innermost_time_counts() -> None:
    """A queue may have held a message of a topic for hours."""
    inner = {"TopicName": "t", "Message": ID, "PublishTime": "1588160154126"}
    event = {
        "specversion": "1.0",
        "time": "2021-04-08T06:28:17.093Z",
        "data": {"messageBody": json.dumps(inner)},
    }
    [request] = items(event)
    assert isinstance(request, JobRequest)
    assert request.event_time == 1588160154.126
