"""Results that are not what they should be: recovered, or kept as they came, and told of."""

import json
from typing import Any

import pytest

from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job, State
from mps_manifest.jobs.result_readers import Cover
from mps_manifest.parsing.canonical_json import canonical_document
from mps_manifest.parsing.json_text import MAX_DEPTH, decode_json
from tests.unit.samples import ID, files_answer, found, mps_answer, with_data

FILE = {"result": [{"file": "c/a.srt"}]}
TEXT = json.dumps(FILE)


def read(result: object, **changes: Any) -> Job:
    return read_answer("mps", ID, mps_answer(result=result, **changes))


def told(job: Job) -> list[tuple[str, str, str]]:
    return [(problem.severity, problem.type, problem.pointer) for problem in job.problems]


SOUND: dict[str, tuple[object, str]] = {
    "Data is a text": (with_data(FILE), "/Result/Data/result/0/file"),
    "Data is an object": ({"Code": "Success", "Data": FILE}, "/Result/Data/result/0/file"),
    "Data is a list": ({"Data": [{"file": "c/a.srt"}]}, "/Result/Data/0/file"),
    "Data is encoded twice": (with_data(json.dumps(TEXT)), "/Result/Data/result/0/file"),
    "Result is encoded twice": (
        json.dumps(json.dumps(with_data(FILE))),
        "/Result/Data/result/0/file",
    ),
    "no Data, Details": ({"Details": [{"Output": "c/a.srt"}]}, "/Result/Details/0/Output"),
    "the list itself": ([{"Url": "c/a.srt"}], "/Result/0/Url"),
    "blanks around": (f"  \n{json.dumps(with_data(' ' + TEXT + ' '))}", ""),
}


@pytest.mark.parametrize("form", SOUND)
def test_every_documented_form_of_a_result_is_read(form: str) -> None:
    """The services write results in many forms, and one that is missed would lose files."""
    result, pointer = SOUND[form]
    job = read(result)
    assert [file.value for file in job.files] == ["c/a.srt"]
    assert job.files[0].pointer == (pointer or "/Result/Data/result/0/file")
    assert job.problems == ()


def test_a_result_that_is_an_object_already_is_taken_as_it_is() -> None:
    """A service that stops encoding `Result` as text must not cost any file."""
    answer = mps_answer() | {"Result": {"Data": FILE}}
    assert [file.value for file in read_answer("mps", ID, answer).files] == ["c/a.srt"]


RECOVERED: dict[str, str] = {
    "full-width colon": TEXT.replace(":", "\uff1a"),
    "full-width colon and comma": '{"result"\uff1a[{"n":1\uff0c"file"\uff1a"c/a.srt"}]}',
    "curly quotes": "{\u201cresult\u201d:[{\u201cfile\u201d:\u201cc/a.srt\u201d}]}",
    "NaN": '{"result":[{"file":"c/a.srt","score":NaN}]}',
    "infinite": '{"result":[{"file":"c/a.srt","score":-Infinity}]}',
    "too large a number": '{"result":[{"file":"c/a.srt","score":1e999}]}',
    "too long a number": '{"result":[{"file":"c/a.srt","size":%s}]}' % ("9" * 400),
    "control characters": '{"result":[{"file":"c/a.srt","title":"a\nb"}]}',
    "lone surrogate": '{"result":[{"file":"c/a.srt","title":"\\ud800"}]}',
    "NUL at the end": TEXT + "\x00",
    "a byte order mark": "\ufeff" + TEXT,
    "two documents": TEXT + json.dumps({"more": 1}),
}


@pytest.mark.parametrize("defect", RECOVERED)
def test_a_defect_that_can_be_mended_costs_no_file(defect: str) -> None:
    """The result text had to be recovered, which keeps the job from complete."""
    job = read(with_data(RECOVERED[defect]))
    assert [file.value for file in job.files] == ["c/a.srt"]
    assert told(job) == [("error", "recovered-result", "/Result/Data")]


def test_two_cover_lists_glued_together_are_both_read() -> None:
    """The submit page of 2021 prints them back to back."""
    lists = [[{"Url": f"c/{n}.jpg", "Score": n, "Time": str(n)}] for n in (1, 2)]
    text = "".join(json.dumps(part) for part in lists)
    job = read_answer("mps", ID, mps_answer("Cover", with_data(text)))
    assert [(c.file, c.at_ms) for c in found(Cover, job)] == [("c/1.jpg", 1), ("c/2.jpg", 2)]
    assert [file.pointer for file in job.files] == [f"/Result/Data/{n}/0/Url" for n in (0, 1)]


@pytest.mark.parametrize("second", [with_data(FILE), {"Code": "Success"}, {}])
def test_two_results_glued_together_lose_no_file(second: dict[str, Any]) -> None:
    """Also where only one of them has `Data`."""
    first = with_data({"result": [{"file": "c/b.srt"}]})
    job = read(json.dumps(first) + json.dumps(second))
    assert "c/b.srt" in [file.value for file in job.files]
    assert ("error", "recovered-result", "/Result") in told(job)


UNREADABLE = ["oops", "{", "<xml/>", "[1,", "{'a': 1}", TEXT + " and more", "\u0000", "12", "true"]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_mended_stays_as_it_came(text: str) -> None:
    """Promise 3: the manifest is made all the same, and says so."""
    job = read(with_data(text))
    assert job.answer["Result"]["Data"] == text
    assert told(job) == [("error", "unreadable-result", "/Result/Data")]
    assert job.state is State.SUCCEEDED


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_result_without_any_json_stays_as_it_came(text: str) -> None:
    """People may still make sense of the text, so nothing of it may be thrown away."""
    job = read(text)
    assert job.answer["Result"] == text
    assert told(job) == [("error", "unreadable-result", "/Result")]


@pytest.mark.parametrize("data", ["", "null", " ", None, {}, []])
def test_no_data_is_no_defect(data: object) -> None:
    """It is the absence of files that is told, when the manifest is built."""
    assert read({"Code": "Success", "Data": data}).problems == ()


@pytest.mark.parametrize("result", ["", "null", None])
def test_no_result_is_no_defect(result: str | None) -> None:
    """A job without a result must not be reported as one with a broken result."""
    assert read_answer("mps", ID, mps_answer() | {"Result": result}).problems == ()


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 253, 255, 300, 900, 993, 1023, 1025, 20_000])
@pytest.mark.parametrize("word", ["", "1", "NaN", "1e999"])
def test_a_depth_bomb_in_data_is_text(depth: int, word: str) -> None:
    """It is kept as it came; written as JSON it would break a reader."""
    bomb = "[" * depth + word + "]" * depth
    job = read(with_data(bomb))
    assert job.answer["Result"]["Data"] == bomb
    assert told(job) == [("error", "unreadable-result", "/Result/Data")]


def test_no_depth_at_all_breaks_the_recovery() -> None:
    """Python's own JSON module gives up at depths that depend on who calls it."""
    for depth in range(MAX_DEPTH, 1100):
        for word in ("NaN", "1e999"):
            assert decode_json("[" * depth + word + "]" * depth) is None


@pytest.mark.parametrize("value", [None, "", "  ", "\n\t"])
def test_a_blank_entry_is_no_entry(value: object) -> None:
    """Services leave such places where they found nothing, and a file must not be missed for it."""
    job = read(with_data({"result": [{"file": value}, {"file": "c/a.srt"}]}))
    assert [file.value for file in job.files] == ["c/a.srt"]


@pytest.mark.parametrize("depth", [65, 70, 159, 161, 300])
def test_an_answer_of_any_depth_is_read_as_far_as_it_can_be(depth: int) -> None:
    """Walking or writing all of it could exhaust the stack; nothing else of it is lost."""
    deep: Any = "x"
    for _ in range(depth):
        deep = {"a": deep}
    job = read_answer("mps", ID, files_answer("c/a.srt") | {"New": deep})
    assert [file.value for file in job.files] == ["c/a.srt"]
    body = canonical_document(job.answer)
    assert json.loads(body)["State"] == "Success"


@pytest.mark.parametrize("value", [5, True, 1.5, {"a": 1}, ["x", None]])
def test_what_stands_for_a_path_is_kept_whatever_it_is(value: object) -> None:
    """Judging it is somebody else's work; nothing listed is lost."""
    job = read(with_data({"result": [{"file": value}, {"file": "c/a.srt"}]}))
    assert "c/a.srt" in [file.value for file in job.files]
    if not isinstance(value, dict | list):
        assert job.files[0].value == value
        assert type(job.files[0].value) is type(value)


def test_a_sentence_for_a_path_is_listed() -> None:
    """The service may put an error message there, and dropping it would hide the failure."""
    sentence = "oss fail to save the image in the given bucket"
    answer = files_answer() | {"OutputFiles": [sentence]}
    assert [file.value for file in read_answer("ims", ID, answer).files] == [sentence]


@pytest.mark.parametrize("listed", [None, " ", {"a": 1}, {"a": "b", "c": "d"}, 5, []])
def test_output_files_that_are_no_list_are_ignored(listed: object) -> None:
    """A malformed `OutputFiles` must not hide the files that the result names."""
    answer = files_answer("c/a.srt") | {"OutputFiles": listed}
    assert [file.value for file in read_answer("ims", ID, answer).files] == ["c/a.srt"]
