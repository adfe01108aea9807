"""Answers that say less, more or something else than the documents print."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.errors import Unreachable
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.failure import failure_reason
from mps_manifest.jobs.job import State
from tests.unit.samples import ID, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid

FILES = ["c/a.json", "c/b.json"]
IMS = {"Status": "Success", "Output": {"Type": "OSS", "Media": "oss://home-bucket/c/x"}}


def manifest_of(answer: dict[str, Any], *keys: str, api: str = "mps") -> dict[str, Any]:
    world = World()
    for key in keys:
        world.store.put(key)
    world.api.say(ID, answer)
    world.give({"jobId": ID, "api": api})
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


def said(manifest: dict[str, Any], severity: str) -> list[tuple[str, str, str]]:
    return [
        (problem["type"], problem["title"], problem.get("pointer", ""))
        for problem in manifest["problems"]
        if problem["severity"] == severity and "resource" not in problem
    ]


# --- lists of files ----------------------------------------------------------------------------

LISTS: dict[str, tuple[Any, list[str]]] = {
    "one text": (FILES[0], FILES[:1]),
    "wrapped as by an SDK that reads XML": ({"OutputFile": FILES}, FILES),
    "wrapped, with one entry": ({"OutputFile": FILES[0]}, FILES[:1]),
    "the JSON text of that": (json.dumps({"OutputFile": FILES}), FILES),
    "wrapped and empty": ({"OutputFile": []}, []),
    "a blank text": (" ", []),
    "an empty object": ({}, []),
    "the text of an empty object": ("{}", []),
    "the text of a null": ("null", []),
    "that text, wrapped": ({"OutputFile": "None"}, []),
}


@pytest.mark.parametrize("form", LISTS)
@pytest.mark.parametrize("function", ["MusicSegmentDetect", "SomethingNew"])
def test_files_are_found_however_they_are_listed(function: str, form: str) -> None:
    """A job whose files were not read would be complete without them."""
    listed, keys = LISTS[form]
    answer = {**IMS, "FunctionName": function, "Result": "[]", "OutputFiles": listed}
    manifest = manifest_of(answer, *FILES, api="ims")
    assert [resource["key"] for resource in manifest["resources"]] == keys


def test_an_object_of_several_things_is_no_list() -> None:
    """Which of its values would be the files is anybody's guess; that there is none is told."""
    answer = {**IMS, "FunctionName": "FaceBeauty", "Result": "{}", "OutputFiles": {"a": 1, "b": 2}}
    manifest = manifest_of(answer, api="ims")
    assert [kind for kind, _, _ in said(manifest, "error")] == ["nothing-listed"]
    assert manifest["status"] == "partial"


# --- results -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["InternalError", "Fail", "InvalidParameter.ResourceContentBad"])
def test_a_success_whose_result_is_an_error_is_not_complete(code: str) -> None:
    """The object that a template finds could be one of an earlier run."""
    result = {"Code": code, "Message": "algo timeout", "Details": []}
    answer = mps_answer("VideoDetext", result=result, output="c/a.mp4")
    manifest = manifest_of(answer, "c/a.mp4")
    assert manifest["status"] == "partial"
    title = "The job's state is success, but its result reports an error"
    assert said(manifest, "error") == [("item-failed", title, "/Result")]
    assert manifest["problems"][0]["detail"] == f"{code}: algo timeout"


@pytest.mark.parametrize(
    "code", ["Success", "success", "Success.", "OK", "0", "200", 0, 200, 1, "", " ", None]
)
def test_a_code_that_is_none_of_an_error_says_nothing(code: object) -> None:
    """What numbers mean is not published."""
    answer = mps_answer("VideoSplit", result={"Code": code, "Message": "success", "Data": ""})
    manifest = manifest_of(answer)
    assert (manifest["status"], manifest["problems"]) == ("complete", [])


SPELLINGS: dict[str, tuple[str, Any, str]] = {
    "capitals": ("MusicSegmentDetect", with_data({"result": [{"Start": 1, "End": 2}]}), "segments"),
    "snake": ("VideoSplit", with_data([{"begin_time": 1, "end_time": 2}]), "segments"),
    "lower": ("AudioQualityAssessment", [{"tag": "Valid", "mos(0-5)": "4.5"}], "audioQuality"),
}


@pytest.mark.parametrize("form", SPELLINGS)
def test_findings_are_read_in_whatever_spelling(form: str) -> None:
    """Keys of answers are, too; the two APIs and their SDKs differ in it."""
    function, result, name = SPELLINGS[form]
    manifest = manifest_of(mps_answer(function, result=result))
    assert len(manifest["analysis"][name]) == 1
    assert manifest["problems"] == []


@pytest.mark.parametrize("key", ["file", "File", "Url", "URL", "url", "Output", "output"])
@pytest.mark.parametrize("function", ["CaptionExtraction", "SomethingNew"])
def test_paths_are_found_in_whatever_spelling(function: str, key: str) -> None:
    """An algorithm that nobody knows has no documents that say how it spells them."""
    answer = mps_answer(function, result=with_data({"result": [{key: "c/a.srt"}]}))
    manifest = manifest_of(answer, "c/a.srt")
    assert [resource["key"] for resource in manifest["resources"]] == ["c/a.srt"]


def test_a_number_is_pointed_at_where_it_stands() -> None:
    """A pointer into the answer has the answer's spelling, not the documented one."""
    result = with_data({"result": [{"Start": "soon", "END": 3}]})
    manifest = manifest_of(mps_answer("MusicSegmentDetect", result=result))
    title = "Expected a number; the value was ignored"
    pointer = "/Result/Data/result/0/Start"
    assert said(manifest, "note") == [("unreadable-number", title, pointer)]


@pytest.mark.parametrize(
    ("function", "data"),
    [
        ("MusicSegmentDetect", {"result": [{"from": 1, "to": 2}]}),
        ("VideoSplit", {"splitResult": '[{"beginTime":1.0,"endTime":44.5}]'}),
        ("AudioQualityAssessment", {"score": 4.5}),
    ],
)
def test_a_result_in_no_known_form_is_told(function: str, data: object) -> None:
    """Else it would look as though the algorithm had found nothing."""
    manifest = manifest_of(mps_answer(function, result=with_data(data)))
    title = "The content of the result was not recognized; it is kept in `answer`"
    assert said(manifest, "note") == [("unknown-content", title, "/Result")]
    assert manifest["status"] == "complete"


def test_a_failed_job_says_only_why() -> None:
    """Its result was read for that; there is nothing else to be found in it."""
    result = {"ErrorCode": "InvalidParameter", "ErrorMessage": "input not accessible"}
    manifest = manifest_of(mps_answer("VideoSplit", result=result, State="Fail"))
    assert [problem["type"] for problem in manifest["problems"]] == ["job-failed"]


@pytest.mark.parametrize(
    "result",
    ["", "[]", "{}", "null", with_data({"result": []}), with_data([]), with_data({"result": [{}]})],
)
def test_a_result_with_nothing_in_it_is_no_finding_and_no_problem(result: object) -> None:
    """A song may have no chorus."""
    manifest = manifest_of(mps_answer("MusicSegmentDetect", result=result))
    assert (manifest["status"], manifest["problems"]) == ("complete", [])


def test_a_range_that_ends_before_it_starts_is_left_out() -> None:
    """A player cannot play it, and which of the two is wrong nobody knows."""
    result = with_data({"result": [{"start": 63, "end": 39}, {"start": 1, "end": 1}]})
    manifest = manifest_of(mps_answer("MusicSegmentDetect", result=result))
    assert [each["startMs"] for each in manifest["analysis"]["segments"]] == [1000]
    title = "A time range ends before it starts; it was left out"
    pointer = "/Result/Data/result/0"
    assert said(manifest, "note") == [("unreadable-number", title, pointer)]


# --- algorithms ----------------------------------------------------------------------------------


def test_the_name_of_an_algorithm_is_known_in_any_case() -> None:
    """Else a template would not be resolved, and the job be complete without its file."""
    manifest = manifest_of(mps_answer("videodetext", "{}", output="c/a.mp4"), "c/a.mp4")
    assert [resource["roles"] for resource in manifest["resources"]] == [["video"]]
    assert manifest["job"]["functionName"] == "videodetext"
    assert said(manifest, "note") == []


def test_an_unknown_algorithm_without_a_file_says_that_none_was_found() -> None:
    """The opposite of what is said where there are some."""
    manifest = manifest_of(mps_answer("SomethingNew", result=with_data({"score": 1})))
    title = "Unknown algorithm; no file was found by the generic reader"
    assert said(manifest, "note") == [("unknown-algorithm", title, "/FunctionName")]


# --- answers without a state -----------------------------------------------------------------


def test_an_empty_answer_says_nothing_of_the_job() -> None:
    """A wrong ID is answered with two IDs; nothing at all is the service's own fault."""
    with pytest.raises(Unreachable, match="empty"):
        read_answer("mps", ID, {})


@pytest.mark.parametrize(
    "more",
    [
        {"Input": "oss://b/k", "Output": "oss://b/o", "Result": "{}"},
        {"Message": "busy"},
        {"CreateTime": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_job_of_which_anything_is_known_has_no_state_yet(more: dict[str, object]) -> None:
    """To reject it would be final, and it may end."""
    answer = {"RequestId": "r", "JobId": ID, **more}
    assert read_answer("mps", ID, answer).state is State.RUNNING


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"State": ""},
        {"Result": None},
        {"Input": {}, "Output": []},
        {"Success": True, "Code": 200, "Message": "success"},
        {"Code": "OK", "Message": "OK"},
        {"Message": "Success!", "ErrorCode": "0", "StatusCode": 200, "HostId": "h"},
        {"Status": 0, "Result": "{}", "JobParams": "[]"},
    ],
)
def test_an_answer_of_nothing_about_a_job_is_that_to_a_wrong_id(more: dict[str, object]) -> None:
    """SDKs fill in what an answer lacks, and gateways say that the call went well."""
    answer = {"RequestId": "r", "JobId": ID, **more}
    assert read_answer("mps", ID, answer).state is State.UNKNOWN


@pytest.mark.parametrize("text", ["Successful.", "success.", "Failed."])
def test_a_sentence_of_success_is_no_reason_of_a_failure(text: str) -> None:
    """MPS ends it with a full stop."""
    assert failure_reason({"Message": text, "Reason": "no picture"}, None) == "no picture"
