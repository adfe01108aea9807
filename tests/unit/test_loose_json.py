"""JSON as people write it is read where it can mean only one thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.events import JobRequest, Unusable
from mps_manifest.events.loose_json import MAX_LOOSE_BYTES, decode_loosely
from tests.unit.samples import ID, OTHER, items, job_ids

MARKS = "{{\u201c{}\u201d: [\u201c{}\u201d, \u201c{}\u201d]}}"
PRETTY = json.dumps({"jobIds": [ID, OTHER]}, indent=2)
BODIES = {
    "a comment before": f"// jobs of Monday\n{PRETTY}",
    "a comment of a shell before": f"# jobs of Monday\r\n\r\n  # and more\r\n{PRETTY}",
    "a comment of several lines before": f"/* jobs\n of Monday */ {PRETTY}",
    "comments of all kinds before": f'// a /*\n/* b */\n# c\n{{"jobIds": ["{ID}", "{OTHER}",]}}',
    "a comment before a list": f"# jobs of Monday\n{json.dumps([ID, OTHER], indent=1)}",
    "a comment before lines of JSON": f'# x\n{{"jobId": "{ID}"}}\n{{"jobId": "{OTHER}"}}\n',
    "comments between lines of JSON": f'{{"jobId": "{ID}"}}\n# x\n // y\n{{"jobId": "{OTHER}"}}\n',
    "comments behind lines of JSON": f'{{"jobId": "{ID}"}} // x\n{{"jobId": "{OTHER}"}} // y\n',
    "comments between values": f'{{"jobId":\n"{ID}"}}\n// x\n{{"jobId":\n"{OTHER}"}}',
    "a comma too many": f'{{"jobIds": ["{ID}", "{OTHER}",],}}',
    "commas before line ends": f'{{\n  "jobIds": [\n    "{ID}",\n    "{OTHER}",\n  ],\n}}\n',
    "comments": f'{{"jobIds": [ /* two */ "{ID}", // the first\n "{OTHER}"]}}',
    "a comment and a comma": f'{{"jobIds": ["{ID}", "{OTHER}", // last\n]}}',
    "a value on each line": f'{{"jobId": "{ID}"}}\n{{"jobId": "{OTHER}"}}\n',
    "lines of Windows": f'{{"jobId": "{ID}"}}\r\n\r\n{{"jobId": "{OTHER}"}}',
    "values in a row": f'{{"jobId": "{ID}"}}{{"jobId": "{OTHER}"}}',
    "quotation marks of a text processor": MARKS.format("jobIds", ID, OTHER),
    "full-width punctuation": f'{{"jobIds"\uff1a\uff3b"{ID}"\uff0c"{OTHER}"\uff3d}}',
    "quotes of a shell": f'\'{{"jobIds": ["{ID}", "{OTHER}"]}}\' \r\n',
    "backslashes of a shell": f'{{\\"jobIds\\": [\\"{ID}\\", \\"{OTHER}\\"]}}',
    "both": f'\'[{{\\"jobId\\": \\"{ID}\\"}}, {{\\"jobId\\": \\"{OTHER}\\"}}]\'',
    "texts on each line": f'"{ID}"\n"{OTHER}"\n',
    "texts with commas": f'"{ID}","{OTHER}"',
}


def ids(text: str) -> list[str]:
    found = items(text)
    assert all(isinstance(item, JobRequest) for item in found), found
    return [item.job_id for item in found if isinstance(item, JobRequest)]


@pytest.mark.parametrize("form", BODIES)
def test_loose_json_is_read(form: str) -> None:
    """Jobs were lost for a comma, and it said only that the content is no JSON."""
    assert ids(BODIES[form]) == [ID, OTHER]
    assert ids(json.dumps({"messageBody": BODIES[form]})) == [ID, OTHER]


def test_options_below_a_comment_are_read() -> None:
    """Read as lines of IDs it had neither its API nor its token."""
    body = {"api": "ims", "taskToken": "tok", "onPending": "return", "jobIds": [ID, OTHER]}
    for text in (json.dumps(body), json.dumps(body, indent=2)):
        found = items([{"messageBody": f"// jobs of Monday\n{text}"}])
        assert found == items([{"messageBody": text}])
        assert len(found) == 2


def test_a_line_below_a_comment_keeps_its_number() -> None:
    """Somebody looks for it in the whole text."""
    *requests, piece = items(f"# a\n# b\n['{ID}',\n'{OTHER}',\nx]")
    assert [item.job_id for item in requests if isinstance(item, JobRequest)] == [ID, OTHER]
    assert isinstance(piece, Unusable)
    assert piece.reason == "1 line is not a job ID (line 5: 'x]')"


@pytest.mark.parametrize("text", ["[]", '{"jobIds": []}'])
def test_an_empty_list_below_a_comment_asks_for_nothing(text: str) -> None:
    """It is no fault, as it is none without the comment."""
    assert items(f"# none today\n{text}") == []


def test_a_section_of_lines_below_a_comment_is_no_json() -> None:
    """Files of settings have headings in brackets."""
    request, piece = items(f"# of Monday\n[jobs]\njobId = {ID}\n")
    assert isinstance(request, JobRequest)
    assert isinstance(piece, Unusable)
    assert piece.reason == "1 line is not a job ID (line 2: '[jobs]')"


@pytest.mark.parametrize("text", [f"/* {ID}", f'// x /* y */ {{"jobId": "{ID}"}}'])
def test_a_comment_names_no_job(text: str) -> None:
    """What somebody has taken out must not come back."""
    [piece] = items(text)
    assert isinstance(piece, Unusable)


def test_a_line_that_is_no_json_is_named_and_the_others_are_read() -> None:
    """One broken notification of many must not take the others along."""
    first, second, piece = items(f'{{"jobId": "{ID}"}}\n{{"jobId": \n{{"jobId": "{OTHER}"}}')
    assert isinstance(first, JobRequest)
    assert isinstance(second, JobRequest)
    assert isinstance(piece, Unusable)
    assert (first.job_id, second.job_id) == (ID, OTHER)


def test_of_many_lines_that_are_no_json_a_hundred_are_named() -> None:
    """What is kept of them is bounded; the others are read all the same."""
    lines = [f'{{"jobId": "{ID}"}}', *['{"jobId"'] * 300, f'{{"jobId": "{OTHER}"}}']
    first, second, piece = items("\n".join(lines))
    assert isinstance(piece, Unusable)
    assert [item.job_id for item in (first, second) if isinstance(item, JobRequest)] == [ID, OTHER]
    assert piece.reason.endswith("and 200 more")


def test_large_texts_are_json_or_lines_of_it() -> None:
    """To look for comments in megabytes takes longer than people write."""
    blanks = " " * MAX_LOOSE_BYTES
    assert decode_loosely(f'{{"jobId": "{ID}",}}'.encode()) == {"jobId": ID}
    assert decode_loosely(f'{blanks}{{"jobId": "{ID}",}}'.encode()) is None
    lines = f'{{"jobId": "{ID}"}}\n{blanks}{{"jobId": "{OTHER}"}}'
    assert decode_loosely(lines.encode()) == [{"jobId": ID}, {"jobId": OTHER}]


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 101, 20_000])
def test_any_number_of_values_one_after_the_other_is_read(count: int) -> None:
    """So jq writes them, each over several lines."""
    wanted = job_ids(count)
    text = "\n".join(json.dumps({"jobId": job_id}, indent=2) for job_id in wanted)
    assert ids(text) == wanted


@pytest.mark.parametrize("broken", ['{"jobId":', '{"jobId": "x', "{", f'{{"jobId": {ID}}}'])
@pytest.mark.parametrize("number", [0, 1, 7, 9])
def test_any_broken_line_costs_only_itself(number: int, broken: str) -> None:
    """The first one, too: that of an export that began in the middle."""
    wanted = job_ids(10)
    lines = [json.dumps({"jobId": job_id}) for job_id in wanted]
    lines[number] = broken
    *requests, piece = items("# of Monday\n" + "\n".join(lines))
    assert isinstance(piece, Unusable)
    del wanted[number]
    assert [item.job_id for item in requests if isinstance(item, JobRequest)] == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": "b,]", "c": "//d", "e": "/*",}', {"a": "b,]", "c": "//d", "e": "/*"}),
        (rb'{"a": "\\", "b": "\",]",}', {"a": "\\", "b": '",]'}),
        (b'{"a": "https://b/c" /* d */}', {"a": "https://b/c"}),
        (b'{"a": 1} // b', {"a": 1}),
        (b'{"a": 1} /* b', {"a": 1}),
    ],
)
def test_strings_are_left_as_they_are(text: bytes, value: Any) -> None:
    """A path may hold what else would be a comment."""
    assert decode_loosely(text) == value


@pytest.mark.parametrize(
    "text",
    [
        f'{{"jobIds": ["{ID}", "{OTHER}"',
        f'{{\n "mediaIds": [\n  "{ID}",\n  "{OTHER}",\n',
        f'{{"jobId" "{ID}"}}',
        f'["{ID}", "{OTHER}"',
        f'["{ID}",\n "{OTHER}",\n',
        f"{{jobId: {ID}}}",
        "[1 2]",
        f'{{"jobs": [\n{{"jobId": "{ID}"}},\n{{"jobId": "{OTHER}"}},\n',
        f'{{"jobs": [\n{{"jobId": "{ID}"}},\n{{"jobId": "{OTHER}"}}\n',
        f'{{"jobId":\n{{"jobId": "{ID}"}}',
    ],
)
def test_what_may_mean_something_else_is_kept(text: str) -> None:
    """A text that was cut off may have named other things."""
    [piece] = items(text)
    assert isinstance(piece, Unusable)
    assert piece.payload == text
