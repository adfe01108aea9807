"""The log line of a job: what became of it, on what grounds, and how long it took."""

from __future__ import annotations

from typing import Any

import pytest

from mps_manifest.errors import NotFound, ServiceError, Throttled
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import BACKLOG, World

DONE = mps_answer("VideoSplit", {"Code": "Success"})


def lines(world: World) -> list[dict[str, Any]]:
    """Return the fields of all log lines of jobs, and forget them."""
    found = [
        {name: value for name, value in fields.items() if value is not None}
        for _, message, fields in world.telemetry.lines
        if message == "job"
    ]
    world.telemetry.lines.clear()
    return found


def due_of(world: World) -> str:
    """Return when the one entry of the backlog is due, as its key has it."""
    [key] = world.store.home_keys(BACKLOG)
    day, _, hour = key.removeprefix(BACKLOG).partition("/")[0].rstrip("Z").partition("T")
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return f"{date}T{hour[:2]}:{hour[2:4]}:{hour[4:]}Z"


@pytest.fixture
def world() -> World:
    return World()


def test_a_job_that_ends_at_once(world: World) -> None:
    """All that a search in the log, or a dashboard, needs stands in one line."""
    world.store.put("out/a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n")
    world.api.say(ID, files_answer("out/a.srt", "out/b.srt"))
    world.deliver(ID)
    [line] = lines(world)
    assert line == {
        "job_id": ID,
        "api": "mps",
        "algorithm": "CaptionExtraction",
        "status": "partial",
        "origin": line["origin"],
        "reason": line["reason"],
        "files": 2,
        "attempts": 1,
        "due": due_of(world),
        "written": True,
        "ms": 0,
        "waited": 0,
        "manifest": f"manifests/{ID}.json",
    }
    assert "mns" in line["origin"]
    assert line["reason"].startswith("missing: ")


def test_a_replay_keeps_what_stands(world: World) -> None:
    """Whether something was written or not is what somebody who is told wants to know."""
    world.api.say(ID, DONE)
    world.deliver(ID)
    world.deliver(ID)
    assert [(line.get("written"), line.get("kept")) for line in lines(world)] == [
        (True, None),
        (None, True),
    ]


def test_a_worse_manifest_is_not_written(world: World) -> None:
    """The reason says what would be worse now, and the line that nothing was written."""
    world.store.put("out/a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n")
    world.api.say(ID, files_answer("out/a.srt"))
    world.deliver(ID)
    world.store.delete("out/a.srt")
    world.deliver(ID)
    line = lines(world)[-1]
    assert (line["status"], line.get("written"), line["kept"]) == ("complete", None, True)
    assert line["reason"].startswith("kept: missing")


def test_attempts_are_counted_over_sweeps(world: World) -> None:
    """A job that took a hundred queries is found by it."""
    world.api.say(ID, mps_answer(State="Analysing"))
    world.deliver(ID)
    world.until_due()
    world.tick()
    world.api.say(ID, DONE)
    world.until_due()
    world.tick()
    first, second, third = lines(world)
    assert [line["attempts"] for line in (first, second, third)] == [1, 2, 3]
    assert first["due"] < second["due"]
    assert "due" not in third
    assert [line["algorithm"] for line in (first, second, third)] == [
        "CaptionExtraction",
        "CaptionExtraction",
        "VideoSplit",
    ]
    assert [line.get("files") for line in (first, second, third)] == [None, None, 0]
    assert {line["origin"] for line in (first, second, third)} == {first["origin"]}


@pytest.mark.parametrize(
    ("answer", "status"), [(NotFound("no such job"), "rejected"), (Throttled("busy"), "pending")]
)
def test_a_job_without_an_answer(world: World, answer: ServiceError, status: str) -> None:
    """Nothing is made up: neither algorithm nor files are known, and nothing was written."""
    world.api.say(ID, answer)
    world.deliver(ID)
    [line] = lines(world)
    assert line["status"] == status
    assert not {"algorithm", "files", "written", "kept", "manifest"} & line.keys()
    assert ("due" in line) == (status == "pending")


def test_the_time_is_that_from_the_query_to_the_manifest(world: World) -> None:
    """Jobs are worked on side by side, so the time of the invocation says nothing of one."""
    world.api.say(ID, Throttled("busy"), DONE)
    world.api.say(OTHER, DONE)
    world.deliver(ID)
    pauses = sum(world.clock.slept)
    world.deliver(OTHER)
    assert pauses > 0
    assert [line["ms"] for line in lines(world)] == [round(pauses * 1000), 0]
