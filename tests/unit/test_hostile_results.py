"""Files made to hurt: none takes long, none raises, and none is counted twice."""

from __future__ import annotations

import json
import time

import pytest

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.result_files import read_content
from mps_manifest.formats.timed_text.captions import webvtt
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem

SCRIPT = "[Script Info]\n[V4+ Styles]\n[Events]\n"
SLOW = {
    "headings": SCRIPT + "[a" * 80_000,
    "tags": "00:00:01:x\n00:00:02:" + "<a" * 100_000,
    "frames": "x\n{1}{1}25\n{1}{2}" + "{y:" * 100_000,
    "lines of tags": "WEBVTT\n\n00:01.000 --> 00:02.000\na" + "\n<b>" * 100_000 + "x",
}


def read(role: str, content: object) -> list[Content]:
    body = content if isinstance(content, str) else json.dumps(content)
    return list(read_content(role, body.encode(), FileContext()))


@pytest.mark.parametrize("name", SLOW)
def test_captions_of_any_form_are_read_soon(name: str) -> None:
    """Each took ten seconds and more where pysubs2 was given all of it."""
    started = time.thread_time()
    read("captions", SLOW[name])
    assert time.thread_time() - started < 2


@pytest.mark.parametrize(
    "event",
    [
        {"start": 1, "end": "x"},
        {"start": 1, "end": 2, "text": 5},
        {"start": 1.5, "end": 2.5, "text": "x"},
        {"start": 1, "end": 2, "text": "\ud800"},
    ],
)
def test_the_form_of_a_library_is_not_taken(event: object) -> None:
    """What pysubs2 saves of itself may hold values of any type, and no service writes it."""
    content = '{"info":{},"styles":{},"events":[' + json.dumps(event) + "]}"
    assert [type(found) for found in read("captions", content)] == [Problem]
    assert webvtt(content.encode()) is None


@pytest.mark.parametrize("role", ["beats", "segments", "timestamps", "transcript"])
def test_texts_of_json_in_each_other_end_somewhere(role: str) -> None:
    """Unwrapping without a limit could exhaust the stack or the time."""
    content = "1"
    for _ in range(17):
        content = "[" * 58 + '{"data":' + json.dumps(content) + "}" + "]" * 58
    assert [type(found) for found in read(role, content)] == [Problem]


def test_words_are_not_counted_beside_their_sentences() -> None:
    """The words repeat the sentence, so counting both would double the captions."""
    sentence = {"BeginTime": 340, "EndTime": 2365, "Text": "北京的天气。"}
    words = [{"BeginTime": 340, "EndTime": 640, "Word": "北京"}]
    content = {"Result": {"Sentences": [sentence], "Words": words}}
    assert read("transcript", content) == [Captions(1, 340, 2365, "zh")]


def test_words_are_not_counted_among_their_sentences() -> None:
    """A list may mix sentences with their words, which must not be counted twice."""
    pieces = [
        {"text": "阿里", "begin_time": 0, "end_time": 300, "sentence": True},
        {"text": "阿", "begin_time": 0, "end_time": 150, "sentence": False},
    ]
    assert read("timestamps", {"subtitles": pieces}) == [Captions(1, 0, 300, "zh")]


def test_segments_may_stand_in_a_text_of_json() -> None:
    """Services often wrap results as text, and the segments inside must not be lost."""
    content = {"Data": json.dumps({"result": [{"start": 1, "end": 2}]})}
    assert read("segments", content) == [Segment("chorus", 1000, 2000)]


@pytest.mark.parametrize("content", [[], {"result": []}, {"Data": '{"splitResult":[]}'}])
def test_finding_nothing_is_no_problem(content: object) -> None:
    """A song without a chorus must not be reported as an unreadable file."""
    assert read("segments", content) == []


def test_a_problem_of_a_file_points_at_nothing_in_the_answer() -> None:
    """A pointer into the file would be taken for one into the answer."""
    found = read("segments", [{"start": 1, "end": 2}, {"start": "x", "end": 2}])
    assert [each.pointer for each in found if isinstance(each, Problem)] == [""]
