"""Whatever a file holds, the manifest of its job is made, and the other files are told of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mps_manifest.formats.findings import Captions, FileContext
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.formats.timed_text.captions import webvtt
from mps_manifest.job_limits import MAX_CUES, MAX_FINDINGS, MAX_WEBVTT
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem
from tests.fakes import Call
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nhello\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


def collected(world: World, answer: dict[str, Any]) -> dict[str, Any]:
    """Let a job be finished with this answer; return its manifest."""
    world.api.say(ID, answer)
    world.deliver(ID)
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


def fails(*_args: object, **_options: object) -> None:
    raise ZeroDivisionError("a text of a stranger")


READERS = ["read_content", "content_type", "webvtt", "declared_type", "decided_type"]


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_that_fails_is_a_note_on_its_file(
    monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    """One reader's oversight made the whole job pending until it expired."""
    monkeypatch.setattr(f"mps_manifest.files.inspection.{reader}", fails)
    world = World(captions_vtt="true")
    world.store.put("c/a.srt", SRT)
    manifest = collected(world, files_answer("c/a.srt"))
    assert manifest["status"] == "complete"
    [file] = manifest["resources"]
    assert (file["status"], file["error"]["type"]) == ("available", "internal-fault")
    assert file["error"]["detail"] == "ZeroDivisionError"
    [problem] = manifest["problems"]
    assert (problem["severity"], problem["resource"]) == ("note", "a.srt")
    assert [type(error) for error in world.telemetry.unexpected_errors] == [ZeroDivisionError]


@pytest.mark.parametrize("reader", ["picture_size", "read_media", "RangeReader"])
def test_a_reader_of_media_that_fails_is_a_note_too(
    monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    """A picture or film that nobody foresaw is still the file that the job wrote."""
    monkeypatch.setattr(f"mps_manifest.files.inspection.{reader}", fails)
    world = World(digest="sha256")
    world.store.put("c/a.png", PNG)
    manifest = collected(world, files_answer("c/a.png"))
    [file] = manifest["resources"]
    assert (manifest["status"], file["error"]["type"]) == ("complete", "internal-fault")
    assert file["hash"].startswith("sha256:")


def test_a_parser_that_raises_anything_is_a_note_too() -> None:
    """Its port promises two errors, and a library keeps no promise of ours."""
    world = World()
    world.parser.told[PNG[:8]] = ZeroDivisionError()
    world.store.put("c/a.png", PNG)
    manifest = collected(world, files_answer("c/a.png"))
    assert manifest["resources"][0]["error"]["type"] == "internal-fault"


def test_a_store_that_raises_anything_costs_one_file() -> None:
    """The others are there, and the manifest says which could not be looked at."""
    world = World()
    world.store.put("c/a.srt", SRT)

    def fault(call: Call) -> None:
        if call.operation == "head" and call.key == "c/b.srt":
            raise ZeroDivisionError

    world.store.fault = fault
    manifest = collected(world, files_answer("c/a.srt", "c/b.srt"))
    assert manifest["status"] == "partial"
    assert [file["status"] for file in manifest["resources"]] == ["available", "error"]
    assert manifest["resources"][1]["error"]["type"] == "internal-fault"


@pytest.mark.parametrize(
    "reference", ["&#" + "9" * 5000 + ";", "&#x" + "f" * 5000, "&#xD800;", "&#0;", "&#1114112;"]
)
def test_no_number_of_a_character_is_too_long(reference: str) -> None:
    """Python refuses to convert more than 4,300 digits."""
    body = f"WEBVTT\n\n00:01.000 --> 00:02.000\na{reference}b\n".encode()
    assert [type(found) for found in read_content("captions", body, FileContext())] == [Captions]
    text = webvtt(body)
    assert text is not None
    assert text.encode()


@pytest.mark.parametrize("value", ["1e30", "1e999", "NaN", "9" * 5000, 1e30, "-1e30", "0x1", ""])
def test_no_number_of_an_audio_report_is_too_large(value: object) -> None:
    """A channel of 1e30 is no channel, and says nothing against the rest of the report."""
    report = {"Tag": "Valid", "Channel": value, "MOS(0-5)": value, "Total Duration": value}
    manifest = collected(World(), mps_answer("AudioQualityAssessment", with_data([report])))
    assert manifest["status"] == "complete"
    assert len(manifest["analysis"]["audioQuality"]) == 1


WITH_NUMBER = {
    "beats": ["Beats"],
    "captions": ["unknown-content"],
    "segments": ["Segment", "Segment"],
    "timestamps": ["Captions"],
    "transcript": ["Captions"],
}
WITHOUT = {role: ["unknown-content"] for role in WITH_NUMBER}
WITHOUT["beats"] = ["unreadable-number", "Beats"]


def found_with(role: str, value: object) -> list[str]:
    """Return the kinds of what a file tells whose every number is this value."""
    times = ("start", "end", "beginTime", "endTime", "begin_time", "end_time")
    lists = {"BeatList": [value], "DownBeatList": [value]}
    document = {"result": [dict.fromkeys(times, value) | lists | {"text": "x"}]}
    found = read_content(role, json.dumps(document).encode(), FileContext())
    return [each.type if isinstance(each, Problem) else type(each).__name__ for each in found]


@pytest.mark.parametrize("value", ["1e30", "1e999", "NaN", "9" * 5000, 10**30, 1e300])
@pytest.mark.parametrize("role", sorted(READABLE))
def test_no_number_of_a_result_file_is_too_large(role: str, value: object) -> None:
    """Every reader of numbers is a sibling of the one that failed."""
    assert found_with(role, value) == WITHOUT[role]


@pytest.mark.parametrize("role", sorted(READABLE))
def test_a_number_may_have_the_digits_of_any_script(role: str) -> None:
    """A file that has numbers is read, so what is not read above is so for its number only."""
    assert found_with(role, "\u0661") == WITH_NUMBER[role]


@pytest.mark.parametrize("role", sorted(READABLE))
def test_a_list_in_place_of_a_number_is_none(role: str) -> None:
    """It ends no reader; a transcript without times is one all the same, and tells no more."""
    assert found_with(role, []) == (WITHOUT | {"transcript": []})[role]


def segments(count: int) -> bytes:
    return json.dumps([{"start": n, "end": n + 1} for n in range(count)]).encode()


def of_kind(found: Sequence[object], kind: type) -> int:
    return sum(isinstance(each, kind) for each in found)


@pytest.mark.parametrize("share", [10, MAX_FINDINGS])
def test_segments_are_capped_and_the_file_says_so(share: int) -> None:
    """Eight such files made a manifest of 214 MB."""
    context = FileContext(most_findings=share)
    exact = list(read_content("segments", segments(share), context))
    assert (of_kind(exact, Segment), of_kind(exact, Problem)) == (share, 0)
    found = list(read_content("segments", segments(share + 1), context))
    assert of_kind(found, Segment) == share
    assert [f.type for f in found if isinstance(f, Problem)] == ["too-much-found"]


def test_beats_are_capped_and_the_file_says_so() -> None:
    """A list is as large as its elements, whatever it is a list of."""
    body = json.dumps({"BeatList": list(range(30)), "DownBeatList": [1]}).encode()
    [problem, beats] = read_content("beats", body, FileContext(most_findings=20))
    assert isinstance(problem, Problem)
    assert problem.type == "too-much-found"
    assert len(beats.beats_ms) == 20  # type: ignore[union-attr]


@pytest.mark.slow
def test_the_files_of_a_job_share_what_it_may_find() -> None:
    """By their number, not by who comes first, so that a replay gives the same bytes."""
    world = World()
    keys = [f"c/{n}.json" for n in range(4)]
    for key in keys:
        world.store.put(key, segments(MAX_FINDINGS // 4 + 5))
    answer = files_answer(*keys) | {"FunctionName": "MusicSegmentDetect"}
    manifest = collected(world, answer)
    assert len(manifest["analysis"]["segments"]) == MAX_FINDINGS
    assert {p["type"] for p in manifest["problems"]} == {"too-much-found"}
    assert len(manifest["problems"]) == 4
    body = world.store.body(f"manifests/{ID}.json")
    world.deliver(ID)
    assert world.store.body(f"manifests/{ID}.json") == body


def cues(count: int, text: str = "x") -> bytes:
    return b"".join(
        f"{n}\n00:00:01,000 --> 00:00:02,000\n{text}\n\n".encode() for n in range(count)
    )


@pytest.mark.slow
def test_captions_are_capped_and_the_file_says_so() -> None:
    """Blank ones took a hundred times their length in memory."""
    [exact] = read_content("captions", cues(MAX_CUES), FileContext())
    assert exact.cues == MAX_CUES  # type: ignore[union-attr]
    found = list(read_content("captions", cues(MAX_CUES + 1), FileContext()))
    assert [f.type for f in found if isinstance(f, Problem)] == ["too-much-found"]
    assert [f.cues for f in found if isinstance(f, Captions)] == [MAX_CUES]


@pytest.mark.slow
@pytest.mark.parametrize("line", ["\n", "a\n", "ab\n", "-->\n", "1\n", "\ufeff\n"])
def test_lines_are_capped_as_captions_are(line: str) -> None:
    """Two million lines are as large in memory, whether they are captions or not."""
    body = f"1\n00:00:01,000 --> 00:00:02,000\nx\n\n{line * 1_000_000}".encode()
    found = list(read_content("captions", body, FileContext()))
    assert of_kind(found, Captions) == 1


def test_a_sidecar_that_would_be_too_long_is_not_written() -> None:
    """Escaping makes five characters of one, and many threads write at a time."""
    world = World(captions_vtt="true")
    world.store.put("c/a.srt", cues(1000, "&" * (MAX_WEBVTT // 4000)))
    manifest = collected(world, files_answer("c/a.srt"))
    assert manifest["status"] == "complete"
    assert len(manifest["resources"]) == 1
    assert [p["type"] for p in manifest["problems"]] == ["too-much-found"]


@pytest.mark.parametrize("length", [900, 1000, 1019])
@pytest.mark.parametrize("char", ["x", "\u526f"])
def test_a_caption_name_may_be_as_long_as_a_key(length: int, char: str) -> None:
    """The key of its sidecar would be longer than OSS takes, and the job pending for ever."""
    key = char * (length // len(char.encode())) + ".srt"
    world = World(captions_vtt="true")
    world.store.put(key, SRT)
    manifest = collected(world, files_answer(key))
    assert manifest["status"] == "complete"
    assert len(manifest["resources"]) == 2
    assert all(len(k.encode()) <= 1023 for k in world.store.written)


def test_two_long_names_have_two_sidecars() -> None:
    """Cut alike, one would overwrite the other for ever."""
    world = World(captions_vtt="true")
    keys = ["x" * 1010 + end + ".srt" for end in ("a", "b")]
    for key in keys:
        world.store.put(key, SRT)
    manifest = collected(world, files_answer(*keys))
    assert len({resource["key"] for resource in manifest["resources"]}) == 4
