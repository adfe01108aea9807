"""Texts that mix what can be read: comments, JSON, lists, bare IDs, tables and long rows."""

from __future__ import annotations

import json
from itertools import accumulate, repeat

import pytest

from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_event
from mps_manifest.events.line_reader import LineReader
from tests.fakes import HOME
from tests.unit.samples import ID, OTHER, THIRD, job_ids
from tests.unit.world import World

PIPELINE = "39f8e0bc005e4f309379701645f40000"


def jobs_of(text: str) -> list[str]:
    items = decode_event(text.encode()).items
    return [item.job_id for item in items if isinstance(item, JobRequest)]


def read_ticket(body: bytes) -> list[Item]:
    world = World()
    world.store.put("jobs/list.txt", body)
    with world.core() as core:
        return list(core.tickets.read(Ticket(HOME, "jobs/list.txt", None, "origin", "{}")))


def jobs_in(items: list[Item]) -> list[str]:
    return [item.job_id for item in items if isinstance(item, JobRequest)]


@pytest.mark.parametrize("first", ['{"exported":"2026-11-27"}', "[2026]", "[]"])
@pytest.mark.parametrize("line", ["{}", "jobId={}", '"{}",'])
@pytest.mark.parametrize("comment", ["", "# export\n"])
def test_lines_below_json_are_all_read(comment: str, first: str, line: str) -> None:
    """However many they are: beyond a hundred those that are no JSON were dropped."""
    wanted = job_ids(150)
    text = "\n".join([first, *(line.format(job_id) for job_id in wanted)])
    assert jobs_of(f"{comment}{first}\n{text}") == wanted


@pytest.mark.parametrize("comment", ["", "# c\n"])
@pytest.mark.parametrize(
    "lines",
    [
        [f'["{ID}"]', f'["{OTHER}"]', f'["{THIRD}"]'],
        [f'["{ID}","{OTHER}"]', f'["{THIRD}"]'],
        [f'["{ID}"]', f'[["{OTHER}"], ["{THIRD}"]]'],
        [f'"{ID}"', f'["{OTHER}"]', f'["{THIRD}"]'],
        [f'["{ID}"]', OTHER, THIRD],
    ],
)
def test_lists_on_lines_of_their_own_are_read(lines: list[str], comment: str) -> None:
    """Each is what it would be alone."""
    assert jobs_of(comment + "\n".join(lines)) == [ID, OTHER, THIRD]


def test_lists_that_are_nested_too_deeply_are_named() -> None:
    """A list in a list, and so on, must not exhaust the stack."""
    text = "[" * 40 + f'"{ID}"' + "]" * 40
    [piece] = decode_event(json.dumps([{"messageBody": f"[{text}]"}]).encode()).items
    assert isinstance(piece, Unusable)


def test_a_section_of_a_settings_file_below_a_comment_is_no_json() -> None:
    """Nor is a template in braces."""
    assert jobs_of(f"# c\n{{a}}\njobId: {ID}\njobId: {OTHER}\n") == [ID, OTHER]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("ahead", ["# jobs\n[jobs]\n", "#" * 70_000 + "\n"])
def test_a_ticket_of_any_length_is_read_below_comments(ahead: str, encoding: str) -> None:
    """Nothing is lost where it has more than one JSON text may have."""
    wanted = job_ids(260_000)
    body = (ahead + "\n".join(wanted) + "\n").encode(encoding)
    assert jobs_in(read_ticket(body)) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("comment", ["", "# jobs\n"])
def test_of_json_that_is_too_large_no_part_is_taken(comment: str, encoding: str) -> None:
    """The first megabytes of it would be taken for all."""
    listed = ",\n".join(f'"{job_id}"' for job_id in job_ids(260_000))
    [piece] = read_ticket(f"{comment}[\n{listed}\n]".encode(encoding))
    assert isinstance(piece, Unusable)
    assert piece.cause == "too-large"


@pytest.mark.parametrize("size", [1_000, 8_192, 65_536, 10**9])
@pytest.mark.parametrize("cell", [33_000, 40_000, 60_000])
def test_long_rows_of_a_table_are_read_however_the_text_comes(cell: int, size: int) -> None:
    """The same text must name the same jobs each time it is delivered."""
    wanted = job_ids(20)
    body = "".join(["JobId,Result\n", *(f"{each},{'y' * cell}\n" for each in wanted)]).encode()
    starts = accumulate(repeat(size, len(body) // size), initial=0)
    lines = LineReader(body[start : start + size] for start in starts)
    assert list(lines) == wanted
    assert lines.others == 0


def test_an_id_of_something_else_in_a_heading_is_no_job() -> None:
    """The IDs of pipelines look like those of jobs."""
    heading = f"JobId;Status (pipeline {PIPELINE})"
    assert jobs_of(f"{heading}\n{ID};ok\n{OTHER};ok\n") == [ID, OTHER]


@pytest.mark.parametrize("blank", ["", " ", "\t"])
@pytest.mark.parametrize("place", ["body", "job"])
def test_a_blank_in_another_spelling_is_nothing(place: str, blank: str) -> None:
    """As null is; SDKs fill in what a caller leaves out."""
    named = {"jobId": blank, "JobId": ID}
    event = json.dumps(named if place == "body" else {"jobs": [named]}).encode()
    assert [item for item in decode_event(event).items if isinstance(item, Unusable)] == []
    assert jobs_of(event.decode()) == [ID]
