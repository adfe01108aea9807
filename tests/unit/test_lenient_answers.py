"""Answers that are not what they should be still make a manifest, whatever is wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mps_manifest.parsing.json_text import (
    MAX_ELEMENTS,
    RecoveredAnswer,
    decode_answer,
    decode_json,
    element_count,
    within_depth,
)
from tests.unit.samples import ID, files_answer, mps_answer
from tests.unit.world import World
from tests.validators import assert_valid

SOUND = json.dumps(files_answer("c/a.srt"), ensure_ascii=False)


def with_field(text: str) -> str:
    """Put another field into the text of a sound answer."""
    return SOUND[:-1] + f', "New": {text}' + "}"


BROKEN: dict[str, bytes] = {
    "a byte order mark": b"\xef\xbb\xbf" + SOUND.encode(),
    "NUL at the end": SOUND.encode() + b"\x00",
    "a bad byte": with_field('"\udcff"').encode("utf-8", "surrogateescape"),
    "half a character": with_field('"\udce5\udc89"').encode("utf-8", "surrogateescape"),
    "a raw tab": with_field('"a\tb"').encode(),
    "a raw newline": with_field('"a\nb"').encode(),
    "an escape sequence": with_field('"\x1b[31m"').encode(),
    "a lone surrogate": with_field('"\\ud83d"').encode(),
    "a low surrogate first": with_field('"\\ude00\\ud83d"').encode(),
    "a lone surrogate in a key": with_field('{"\\udc00": 1}').encode(),
    "NaN": with_field("NaN").encode(),
    "infinite": with_field("-Infinity").encode(),
    "too large a number": with_field("1e999").encode(),
    "5,000 digits": with_field("9" * 5000).encode(),
    "70 levels": with_field("[" * 70 + "]" * 70).encode(),
    "70 levels of objects": with_field('{"a":' * 70 + "1" + "}" * 70).encode(),
    "5,000 levels": with_field("[" * 5000 + "]" * 5000).encode(),
    "70 levels and NaN": with_field("[" * 70 + "NaN" + "]" * 70).encode(),
    "brackets in a text": with_field('"' + "[{" * 100 + '\\"[", "b": NaN').encode(),
    "too many values": with_field("[" + "[]," * MAX_ELEMENTS + "[]]").encode(),
}


def collected(answer: Any) -> dict[str, Any]:
    """Let the service say this of a job; return its manifest."""
    world = World(media_facts="false")
    world.store.put("c/a.srt")
    world.api.answers_about_the_job = False
    world.api.say(ID, answer)
    world.deliver(ID)
    assert world.telemetry.unexpected_errors == []
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


@pytest.mark.parametrize("defect", BROKEN)
def test_an_answer_with_a_defect_makes_the_manifest_all_the_same(defect: str) -> None:
    """Each of these left a finished job pending until it expired."""
    manifest = collected(decode_answer(BROKEN[defect]))
    assert manifest["status"] == "complete"
    assert [resource["key"] for resource in manifest["resources"]] == ["c/a.srt"]
    assert [problem["type"] for problem in manifest["problems"]] == ["recovered-answer"]


def test_a_sound_answer_is_not_said_to_be_recovered() -> None:
    """A note on every manifest would hide the few that matter."""
    assert not isinstance(decode_answer(SOUND.encode()), RecoveredAnswer)
    assert collected(decode_answer(SOUND.encode()))["problems"] == []


@pytest.mark.parametrize("body", [b"", b"oops", b"{", b"<Error/>", b'{"a" 1}', SOUND.encode()[:-9]])
def test_what_is_no_json_at_all_is_no_answer(body: bytes) -> None:
    """A gateway's page says nothing about a job, so the job must be asked for again."""
    with pytest.raises(ValueError, match=r".*"):
        decode_answer(body)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: with_field(text).encode()))
def test_any_bytes_are_an_answer_or_no_json(body: bytes) -> None:
    """Whatever is decoded can be written again, and can be walked through safely."""
    try:
        answer = decode_answer(body)
    except ValueError:
        return
    assert within_depth(answer)
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.slow
@examples(max_examples=60)
@given(
    st.sampled_from(sorted({*files_answer()} | {"New"})),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    ),
)
def test_any_value_anywhere_in_an_answer_loses_no_job(name: str, value: Any) -> None:
    """A job ends, waits or is rejected; never does it stop with a fault of ours."""
    world = World()
    world.store.put("c/a.srt")
    world.api.answers_about_the_job = False
    try:
        answer = decode_answer(json.dumps(files_answer("c/a.srt") | {name: value}).encode())
    except ValueError:
        return
    world.api.say(ID, answer)
    world.deliver(ID)
    assert world.telemetry.unexpected_errors == []
    assert len(world.parked()) + len(world.rejected()) + len(world.store.home_keys("manifests/"))


def test_the_innermost_values_go_first_where_there_are_too_many() -> None:
    """State and file names stand above them, and nothing is known of a job without those."""
    body = with_field('{"a": {"b": [' + "1," * MAX_ELEMENTS + "1]}}").encode()
    answer = decode_answer(body)
    assert answer["State"] == "Success"
    assert answer["New"] == {"a": None}


def count_of(value: Any) -> int:
    """Count a value and all values in it."""
    inner = value.values() if isinstance(value, dict) else value
    return 1 + sum(map(count_of, inner if isinstance(value, dict | list) else ()))


@pytest.mark.parametrize(
    ("text", "values"),
    [("{}" * 100, 100), ("\uff5b\uff5d" * 9, 9), ("1\uff0c" * 9 + "1", 0), ("[1\uff0c2,3]", 3)],
)
def test_no_value_is_counted_too_little(text: str, values: int) -> None:
    """The number bounds the memory, also where the punctuation is full-width."""
    decoded = decode_json(text)
    assert (count_of(decoded.value) - 1 if decoded else 0) == values
    assert element_count(text) >= values


@pytest.mark.slow
def test_a_text_of_json_is_one_value_however_much_it_holds() -> None:
    """A large `Result` leaves no job pending: it is kept, and said to be too much."""
    text = json.dumps([{"beginTime": 1, "endTime": 2}] * 130_000)
    assert element_count(json.dumps(text)) == 1
    manifest = collected(decode_answer(json.dumps(mps_answer("VideoSplit", text)).encode()))
    assert [problem["type"] for problem in manifest["problems"]] == ["unreadable-result"]
    assert "values" in manifest["problems"][0]["detail"]


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["{}", "\uff5b\uff5d", "{}\n", "[],"])
def test_a_result_of_too_many_values_is_kept_as_it_is(mark: str) -> None:
    """Each of its two bytes would take a hundred in memory."""
    text = mark * (MAX_ELEMENTS + 1)
    assert decode_json(text) is None
    manifest = collected(mps_answer("VideoSplit", text))
    assert [problem["type"] for problem in manifest["problems"]] == ["unreadable-result"]


STEPS = [
    "workflow.collect_job.read_answer",
    "workflow.collect_job.build_manifest",
    "workflow.collect_job.listed_resources",
    "workflow.collect_job.file_contexts",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("state", "status"), [("Success", "partial"), ("Fail", "failed")])
def test_a_fault_of_ours_is_a_problem_of_the_manifest(
    monkeypatch: pytest.MonkeyPatch, step: str, state: str, status: str
) -> None:
    """A job that stays pending for ever is worse than a manifest that says what is certain."""
    monkeypatch.setattr(f"mps_manifest.{step}", fails)
    world = World()
    world.api.say(ID, files_answer("c/a.srt", State=state))
    assert world.deliver(ID)["status"] == status
    manifest = world.manifest(ID)
    assert_valid(manifest)
    [problem] = manifest["problems"]
    assert (problem["severity"], problem["type"]) == ("error", "internal-fault")
    assert problem["detail"] == "ZeroDivisionError"
    assert manifest["answer"]["State"] == state
    assert world.parked() == []
    assert len(world.telemetry.unexpected_errors) == 1


def test_not_even_a_fault_of_the_last_resort_leaves_a_job_pending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then the manifest has nothing of the answer, which is what the function fails on."""
    monkeypatch.setattr("mps_manifest.workflow.collect_job.read_answer", fails)
    world = World()
    world.api.answers_about_the_job = False
    world.api.say(ID, {"State": "Success", "New": object()})
    assert world.deliver(ID)["status"] == "partial"
    assert "answer" not in world.manifest(ID)


def fails(*_args: object, **_options: object) -> None:
    raise ZeroDivisionError
