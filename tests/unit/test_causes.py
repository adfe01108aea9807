"""What is wrong with an unusable piece has a word that may be counted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from mps_manifest.events import Unusable, decode_event
from mps_manifest.events.causes import _PHRASES, Cause, cause_of
from mps_manifest.job_limits import MAX_FAULTS
from tests.unit.world import World

CODE = Path(__file__).parents[2] / "functions/manifest/mps_manifest"
WRITERS = {"fault", "by_name", "_given_up", "Unusable"}
OPERATIONS = (CODE.parents[2] / "docs/operations.md").read_text(encoding="utf-8")


def reasons() -> Iterator[str]:
    """Yield the texts that reasons are made of, with `{}` for what they quote."""
    for path in (*(CODE / "events").glob("*.py"), CODE / "state/tickets.py", *TAKERS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in WRITERS:
                yield from filter(None, map(text_of, node.args))


TAKERS = [CODE / "workflow/ticket_intake.py"]


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        text = str(node.value)
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        text = "".join(map(str, parts))
    else:
        return ""
    return text if " " in text else ""


OTHERS = (
    "the content is one JSON text of more than 8388608 bytes, or of too many values: send the",
    "1 line is not a job ID ('x')",
    "3 lines are not job IDs ('x', 'y', ...)",
    "'x' is not a job ID (1 to 64 letters, digits and hyphens)",
    "the api of 'x' must be 'mps' or 'ims'",
    "onPending must be 'return' or 'park' (got 'x')",
    "taskToken must be a string of 1 to 4096 characters",
    "the list element 5 is neither an event nor a job ID",
    "the ticket is in bucket x, which is not in ALLOWED_BUCKETS",
    "the ticket is empty; the ticket's name 'x' is not a job ID",
    "the ticket is the event of a trigger, which is not followed from here",
)


@pytest.mark.parametrize("reason", [*dict.fromkeys(reasons()), *OTHERS])
def test_every_reason_has_a_cause(reason: str) -> None:
    """One that nobody gave a word would be `other` in the chart, which helps nobody."""
    assert cause_of(reason) != "other"


def test_reasons_are_found() -> None:
    """A search that finds none would let the test above pass without testing."""
    assert len(set(reasons())) >= 15


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("hello", "unrecognized"),
        ('{"message": "Hello"}', "unrecognized"),
        ('{"jobId": 5}', "not-a-job-id"),
        ('{"jobId": "a", "api": "x"}', "invalid-option"),
        ("0" * 32 + "\\nworld", "not-a-job-id"),
    ],
)
def test_messages_of_strangers(message: str, cause: str) -> None:
    """By the reasons that decoding really writes."""
    text = message.replace('"', '\\"')
    event = f'{{"TopicName": "t", "MessageId": "1", "Message": "{text}"}}'.encode()
    found = [item for item in decode_event(event).items if isinstance(item, Unusable)]
    assert [cause_of(piece.reason) for piece in found] == [cause]


def test_a_reason_of_the_future_is_other() -> None:
    """It is counted all the same."""
    assert cause_of("something else is wrong") == "other"
    assert cause_of("x" * MAX_FAULTS) == "other"


def test_every_cause_is_written_and_explained() -> None:
    """Whoever reads one in a chart looks for it on the page."""
    assert {cause for _, cause in _PHRASES} | {"other"} == set(get_args(Cause))
    table = OPERATIONS.partition("| cause | ")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\S+)` \|", table, re.MULTILINE) == sorted(get_args(Cause))


def test_the_log_has_the_cause_and_not_the_reason() -> None:
    """A reason quotes what a stranger sent."""
    world = World()
    world.give(b'{"TopicName": "t", "MessageId": "1", "Message": "sesame"}')
    [(level, _, fields)] = [line for line in world.telemetry.lines if line[1] == "unusable"]
    assert (level, fields["cause"]) == ("warning", "unrecognized")
    assert "sesame" not in world.telemetry.text()
