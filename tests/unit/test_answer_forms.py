"""The forms in which services write places, entries and reasons."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.failure import failure_reason
from mps_manifest.jobs.places import input_location, output_location, path_of
from mps_manifest.parsing.locations import Location
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid

T1 = "1602755353502"
PLACE = Location("some-bucket", "a/b.mp4", "cn-shanghai")
URL = "oss://some-bucket.oss-cn-shanghai.aliyuncs.com/a/b.mp4"
PARTS = {"Bucket": "some-bucket", "Location": "oss-cn-shanghai", "Object": "a/b.mp4"}
FORMS: dict[str, Any] = {
    "a URL": URL,
    "an https URL": URL.replace("oss://", "https://"),
    "IMS's object": {"Type": "OSS", "Media": URL},
    "lower-case keys": {"type": "oss", "media": URL},
    "upper-case keys": {"TYPE": "OSS", "MEDIA": URL},
    "no type": {"Media": URL},
    "a JSON text": json.dumps({"Type": "OSS", "Media": URL}),
    "a JSON text with lower-case keys": json.dumps({"type": "OSS", "media": URL}),
    "a JSON text after blanks": " \n" + json.dumps({"Media": URL}),
    "parts": PARTS,
    "parts with lower-case keys": {key.lower(): value for key, value in PARTS.items()},
    "a JSON text of parts": json.dumps(PARTS),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_place_is_read_in_every_form(form: str) -> None:
    """Without the bucket of `Output` no bare key of a job can be found."""
    assert path_of(FORMS[form]) == PLACE
    answer = {"Input": FORMS[form], "Output": FORMS[form]}
    assert input_location(answer) == output_location(answer) == PLACE


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        [],
        {},
        "",
        "{",
        "{}",
        "[]",
        "no place",
        {"Type": "Media", "Media": "abc"},
        {"Type": "OSS", "Media": None},
        {"Type": 5, "Media": URL},
        {"Bucket": "some-bucket"},
        {"Bucket": 5, "Object": "x"},
        {"Bucket": "../x", "Object": "y"},
        {"Bucket": "a/b", "Object": "y"},
        {"Bucket": "some-bucket", "Object": "../y"},
        json.dumps(json.dumps({"Media": URL})),
        "{" * 5000,
    ],
)
def test_what_names_no_object_is_no_place(value: object) -> None:
    """Guessing one would look for files in a bucket that nobody named."""
    assert path_of(value) is None


def collected(world: World, answer: dict[str, Any]) -> dict[str, Any]:
    """Let a job be finished with this answer; return its manifest."""
    world.api.say(ID, answer)
    world.deliver(ID)
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


# --- percent-encoded keys ------------------------------------------------------------------------

NAME = "副歌 1+2"


@pytest.mark.parametrize("listed", [quote(f"c/{NAME}.jpg"), quote(f"c/{NAME}.jpg", safe="")])
def test_an_encoded_key_that_is_not_found_is_tried_decoded(listed: str) -> None:
    """MPS is known to take encoded keys, and nobody says which it answers with."""
    world = World()
    world.store.put(f"c/{NAME}.jpg")
    manifest = collected(world, files_answer(listed))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["key"] == f"c/{NAME}.jpg"


def test_a_key_that_is_found_as_it_stands_is_not_decoded() -> None:
    """A percent sign may stand in a key, and the object beside it is another one."""
    world = World()
    world.store.put("c/100%25.jpg", b"right")
    world.store.put("c/100%.jpg", b"wrong one")
    manifest = collected(world, files_answer("c/100%25.jpg"))
    assert manifest["resources"][0]["bytes"] == 5
    assert world.store.count("head") == 1


@pytest.mark.parametrize("listed", ["c/100%.jpg", "c/%zz.jpg", "c/%ff.jpg", "%2e%2e/x", "c/%0a"])
def test_what_cannot_be_decoded_is_missing_as_it_stands(listed: str) -> None:
    """It is reported under the name the service gave, after one look."""
    world = World()
    manifest = collected(world, files_answer(listed))
    assert (manifest["resources"][0]["status"], manifest["resources"][0]["key"]) == (
        "missing",
        listed,
    )
    assert world.store.count("head") == 1


@pytest.mark.parametrize("folder", ["out", "输出"])
@pytest.mark.parametrize("stem", ["film", NAME])
@pytest.mark.parametrize("source", ["in/", "in%2F", "%E8%BE%93/"])
def test_an_encoded_template_and_source_are_tried_decoded(
    folder: str, stem: str, source: str
) -> None:
    """`{source}` is the input's name, which stands encoded in `Input`."""
    world = World()
    world.store.put(f"{folder}/{stem}-{T1}.mp4")
    answer = mps_answer(
        "VideoH2V",
        "{}",
        output=f"{quote(folder)}/{{source}}-{{timestamp}}.mp4",
        Input=f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/{source}{quote(stem)}.mp4",
    )
    manifest = collected(world, answer)
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["key"] == f"{folder}/{stem}-{T1}.mp4"


# --- entries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [None, "", " ", "\t\n", "\u3000"])
def test_null_and_blank_entries_are_no_entries(blank: object) -> None:
    """Services leave them where they found nothing; a good job became `partial` by them."""
    world = World()
    world.store.put("c/a.jpg")
    answer = files_answer(blank, "c/a.jpg", blank) | {"OutputFiles": [blank, "c/a.jpg", blank]}
    manifest = collected(world, answer)
    assert manifest["status"] == "complete"
    assert len(manifest["resources"]) == 1


def test_a_job_that_lists_blanks_only_lists_nothing() -> None:
    """Success without a file is worth a problem of its own."""
    manifest = collected(World(), files_answer(None, ""))
    assert [problem["type"] for problem in manifest["problems"]] == ["nothing-listed"]


SIGNED = "Expires=1700000000&OSSAccessKeyId=x&Signature=abcdefgh%3D"


@pytest.mark.parametrize(
    "listed", [f"c/a.jpg?{SIGNED}", f"oss://{HOME}/c/a.jpg?{SIGNED}", f"c/a.jpg%3F{SIGNED}"]
)
def test_a_signed_path_is_none_and_is_listed_without_its_query(listed: str) -> None:
    """It is no key, nothing was asked for under it, and its signature is shown to nobody."""
    world = World()
    world.store.put("c/a.jpg")
    manifest = collected(world, files_answer(listed))
    [file] = manifest["resources"]
    assert (file["status"], file["error"]["type"]) == ("error", "invalid-path")
    assert file["data"]["listed"].endswith("c/a.jpg")
    assert world.store.count("head") == 0
    assert b"abcdefgh" not in world.store.body(f"manifests/{ID}.json")


def test_a_signed_url_is_the_object_it_names() -> None:
    """IMS signs the URLs it lists; where the object is nobody needs the signature."""
    world = World()
    world.store.put("c/a.jpg")
    url = f"https://{HOME}.oss-cn-shanghai.aliyuncs.com/c/a.jpg?{SIGNED}"
    manifest = collected(world, files_answer(url))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["key"] == "c/a.jpg"


# --- reasons -------------------------------------------------------------------------------------

WORD = "input not accessible"
REASONS: dict[str, dict[str, Any]] = {
    "at the top": {"Message": WORD},
    "lower case": {"message": WORD},
    "msg": {"msg": WORD},
    "a code": {"Code": "InputNotAccessible", "Message": WORD},
    "error message": {"ErrorMessage": WORD},
    "in snakes": {"error_message": WORD},
    "kebabs": {"error-message": WORD},
    "in Result": {"Result": json.dumps({"Message": WORD})},
    "in Result as an object": {"Result": {"Code": "x", "Msg": WORD}},
    "in Data": {"Result": json.dumps({"Code": "Fail", "Data": json.dumps({"msg": WORD})})},
    "in Data as an object": {"Result": {"data": {"ErrorMessage": WORD}}},
    "Data is the text": {"Result": json.dumps({"Data": WORD})},
    "data is the text": {"Result": json.dumps({"data": WORD})},
    "data is JSON": {"Result": json.dumps({"data": json.dumps({"msg": WORD})})},
    "Result is the text": {"Result": WORD},
    "Result is quoted": {"Result": json.dumps(WORD)},
    "in a list": {"Result": json.dumps([{"message": WORD}])},
    "in the second of a list": {"Result": json.dumps([{"Code": "Success"}, {"message": WORD}])},
    "beside what says nothing": {"Code": "Success", "Message": "", "Result": {"Message": WORD}},
}


@pytest.mark.parametrize("form", REASONS)
def test_a_failed_job_says_why_in_whatever_form(form: str) -> None:
    """Somebody has to mend the input, and `Fail` alone helps nobody."""
    answer = mps_answer(State="Fail", Result=None) | REASONS[form]
    assert WORD in read_answer("mps", ID, answer).failure
    manifest = collected(World(), answer)
    assert manifest["status"] == "failed"
    assert WORD in manifest["problems"][-1]["detail"]


@pytest.mark.parametrize("value", [None, "", "null", {}, [], "{}", 5, True, [[]], {"Code": True}])
def test_no_reason_is_no_reason(value: Any) -> None:
    """What says nothing is not taken for an explanation."""
    assert failure_reason({"Result": value}, value) == ""
    answer = mps_answer(State="Fail", Result=None) | {"Result": value}
    assert collected(World(), answer)["problems"][-1]["detail"] == "Fail"


def test_the_first_place_counts() -> None:
    """The top speaks of the job, what is inside of one of its parts."""
    answer = {"Message": "top", "Result": {"Message": "inside"}}
    assert failure_reason(answer, answer["Result"]) == "top"


def test_with_data_reads_like_the_service() -> None:
    """The samples of these tests are written as the services write."""
    assert json.loads(with_data({"a": 1})["Data"]) == {"a": 1}
