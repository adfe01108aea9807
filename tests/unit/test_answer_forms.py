"""The forms in which services write places, entries and reasons."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest

from mps_manifest.errors import ServiceError, Unauthorized, Unreachable
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.failure import failure_reason
from mps_manifest.jobs.job import State
from mps_manifest.jobs.places import input_location, named_output, path_of
from mps_manifest.parsing.locations import Location
from tests.fakes import HOME, raising
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid

T1 = "1602755353502"
SIGNED = "Expires=1700000000&OSSAccessKeyId=x&Signature=abcdefgh%3D"
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
    assert input_location(answer) == named_output(answer) == PLACE


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


# --- the buckets of bare keys, and files that only a URL names -----------------------------------


def ims_answer(**changes: Any) -> dict[str, Any]:
    """Make the answer of IMS about a job that wrote one file."""
    return {
        "FunctionName": "CaptionExtraction",
        "Status": "Success",
        "Input": {"Type": "OSS", "Media": f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/in/a.mp4"},
        "Output": {"Type": "OSS", "Media": f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/c/a.jpg"},
        "Result": "{}",
        "OutputFiles": ["c/a.jpg"],
        "OutputUrls": [f"http://{HOME}.oss-cn-shanghai.aliyuncs.com/c/a.jpg?{SIGNED}"],
        **changes,
    }


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP"])
@pytest.mark.parametrize("files", [None, [], ["", None], "", {}])
def test_the_urls_name_the_files_where_nothing_else_does(files: object, scheme: str) -> None:
    """Public clients of IMS read nothing but `OutputUrls`."""
    world = World()
    world.store.put("c/副 1.jpg")
    url = f"{scheme}://{HOME}.oss-cn-shanghai.aliyuncs.com/{quote('c/副 1.jpg')}?{SIGNED}"
    manifest = collected(world, ims_answer(OutputFiles=files, OutputUrls=["", url]))
    assert manifest["status"] == "complete"
    [file] = manifest["resources"]
    assert (file["key"], file["origin"]) == ("c/副 1.jpg", "/OutputUrls/1")
    assert b"abcdefgh" not in world.store.body(f"manifests/{ID}.json")


def test_the_urls_add_nothing_to_files_that_are_listed() -> None:
    """They are the same files once more, signed."""
    world = World()
    world.store.put("c/a.jpg")
    manifest = collected(world, ims_answer(OutputUrls=["http://elsewhere.example.com/c/a.jpg"]))
    assert (manifest["status"], len(manifest["resources"])) == ("complete", 1)


def test_a_url_of_somebody_else_is_no_file() -> None:
    """Nothing is fetched from there, and the job says so."""
    world = World()
    answer = ims_answer(OutputFiles=[], OutputUrls=["http://elsewhere.example.com/c/a.jpg"])
    manifest = collected(world, answer)
    assert manifest["status"] == "partial"
    assert manifest["resources"][0]["error"]["type"] == "invalid-path"
    assert world.store.count("head") == 0


def test_a_list_of_files_may_be_a_json_text() -> None:
    """Gateways write lists as texts, as they write `Result`."""
    world = World()
    world.store.put("c/a.jpg")
    manifest = collected(world, ims_answer(OutputFiles='["c/a.jpg", ""]', OutputUrls=[]))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["origin"] == "/OutputFiles"


@pytest.mark.parametrize(
    "place",
    [
        {
            "Type": "Media",
            "Media": "c321b3a0",
            "OutputUrl": f"http://{HOME}.oss-cn-a.aliyuncs.com/x",
        },
        {"type": "OSS", "outputUrl": f"oss://{HOME}/x"},
        json.dumps({"Type": "Media", "OutputUrl": f"https://{HOME}.oss-cn-a.aliyuncs.com/x"}),
        f"oss://{HOME}.vpc100-oss-cn-shanghai.aliyuncs.com/x",
        f"oss://{HOME}.OSS-cn-shanghai.Aliyuncs.com/x",
    ],
)
def test_the_bucket_of_a_key_is_told_in_many_ways(place: object) -> None:
    """Without it no file of the job can be found."""
    world = World()
    world.store.put("c/a.jpg")
    manifest = collected(world, ims_answer(Output=place, OutputUrls=[]))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["bucket"] == HOME


# --- keys in other spellings --------------------------------------------------------------------


def lower(key: str) -> str:
    return key[0].lower() + key[1:]


@pytest.mark.parametrize("spell", [lower, str.lower, str.upper])
@pytest.mark.parametrize("answer", [ims_answer(), files_answer("c/a.jpg")], ids=["ims", "mps"])
def test_an_answer_is_read_in_whatever_spelling(answer: dict[str, Any], spell: Any) -> None:
    """Without a state it would be taken for one about a foreign ID, and the job be rejected."""
    world = World()
    world.api.answers_about_the_job = False
    world.store.put("c/a.jpg")
    spelled = {spell(key): value for key, value in answer.items()} | {spell("JobId"): ID}
    manifest = collected(world, spelled)
    assert manifest["status"] == "complete"
    assert manifest["job"]["functionName"] == "CaptionExtraction"
    assert "Result" in manifest["answer"]
    assert not {"requestId", "requestid", "REQUESTID"} & manifest["answer"].keys()


def test_a_key_as_documented_wins() -> None:
    """Another spelling of it is somebody's addition."""
    world = World()
    world.store.put("c/a.jpg")
    manifest = collected(world, {"status": "Fail", **ims_answer(), "outputFiles": ["c/other.jpg"]})
    assert (manifest["status"], len(manifest["resources"])) == ("complete", 1)


def test_data_in_lower_case_is_decoded_like_any() -> None:
    """An earlier reply of MPS has its keys so."""
    world = World()
    world.store.put("c/a.jpg")
    inner = json.dumps({"result": [{"file": "c/a.jpg"}]})
    result = json.dumps({"code": "Success", "message": "ok", "data": inner})
    manifest = collected(world, mps_answer(result=result))
    assert manifest["status"] == "complete"
    assert manifest["job"]["result"] == {"code": "Success", "message": "ok"}


@pytest.mark.parametrize("state", ["", " ", None])
def test_a_job_that_is_known_and_has_no_state_yet_is_pending(state: str | None) -> None:
    """A public client waits while the state is blank; a foreign ID has no function either."""
    world = World()
    world.api.say(ID, ims_answer(Status=state))
    assert world.deliver(ID)["jobs"][0]["reason"] == "the job has no state yet"
    assert [entry["jobId"] for entry in world.parked()] == [ID]


@pytest.mark.parametrize("word", [" Success ", "Succeed", "SUCCEEDED", "finished"])
def test_words_for_success(word: str) -> None:
    """What no API documents and no other word can mean."""
    assert read_answer("ims", ID, ims_answer(Status=word)).state is State.SUCCEEDED


@pytest.mark.parametrize("word", ["Failure", "Error", "Canceled", "cancelled"])
def test_words_for_failure(word: str) -> None:
    """A job that failed is not asked about until it expires."""
    assert read_answer("ims", ID, ims_answer(Status=word)).state is State.FAILED


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


def test_one_object_is_one_file_whichever_way_it_is_listed() -> None:
    """IMS lists covers twice, and the catalogue must not show one of them twice."""
    world = World()
    world.store.put(f"c/{NAME}.jpg")
    cover = {"Url": quote(f"c/{NAME}.jpg"), "Time": "1000", "Score": 8}
    answer = ims_answer(
        FunctionName="Cover", OutputFiles=[f"c/{NAME}.jpg"], Result=json.dumps([cover])
    )
    manifest = collected(world, answer)
    [file] = manifest["resources"]
    [finding] = manifest["analysis"]["covers"]
    assert (finding["resource"], finding["atMs"]) == (file["name"], 1000)


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


ENCODED = "out/{source}-{timestamp}.mp4"


@pytest.mark.parametrize(
    "template", [quote(ENCODED), quote(ENCODED, safe=""), quote(ENCODED).replace("%7B", "%7b")]
)
def test_placeholders_may_be_encoded_too(template: str) -> None:
    """The published example of a workflow has them so, since MPS takes encoded keys."""
    world = World()
    world.store.put(f"out/film-{T1}.mp4")
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=template))
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["key"] == f"out/film-{T1}.mp4"


def test_files_of_several_runs_below_an_encoded_template_are_ambiguous() -> None:
    """Nobody can tell which was this job's, however the template is written."""
    world = World()
    world.store.put(f"out/film-{T1}.mp4")
    world.store.put("out/film-1602755353999.mp4")
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=quote(ENCODED)))
    assert manifest["resources"][0]["status"] == "ambiguous"


def test_an_object_that_is_named_like_an_encoded_template_is_the_file() -> None:
    """A key is taken as it stands before anything else."""
    world = World()
    world.store.put(quote(ENCODED), b"right")
    world.store.put(f"out/film-{T1}.mp4", b"wrong one")
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=quote(ENCODED)))
    assert manifest["resources"][0]["bytes"] == 5


@pytest.mark.parametrize(
    ("fault", "status"), [(Unauthorized("x"), "denied"), (Unreachable("x"), "error")]
)
def test_an_encoded_template_that_cannot_be_looked_at_says_so(
    fault: ServiceError, status: str
) -> None:
    """It is not guessed that nothing is there."""
    world = World()
    world.store.put(f"out/film-{T1}.mp4")
    world.store.fault = lambda call: None if call.operation != "head" else raising(fault)(call)
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=quote(ENCODED)))
    assert manifest["resources"][0]["status"] == status
    assert world.store.count("list") == 0


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


@pytest.mark.parametrize(
    ("listed", "keys"),
    [
        (["c/a.jpg"], {"c/a.jpg"}),
        (["c/a.jpg", "c/b.jpg", ""], {"c/a.jpg", "c/b.jpg"}),
        ([["c/a.jpg"], {"Url": "c/b.jpg"}], {"c/a.jpg", "c/b.jpg"}),
        ({"Url": "c/a.jpg"}, {"c/a.jpg"}),
        ({"file": {"Url": ["c/a.jpg"]}}, {"c/a.jpg"}),
    ],
)
@pytest.mark.parametrize("name", ["file", "Url", "url", "Output"])
def test_paths_in_a_list_or_an_object_are_listed(name: str, listed: Any, keys: set[str]) -> None:
    """Wherever a service or an SDK packs a path, its file must not be missing without a word."""
    found = read_answer("mps", ID, mps_answer("Nobody", with_data([{name: listed}])))
    assert {file.value for file in found.files} == keys


@pytest.mark.parametrize("listed", [{"Key": "c/a.jpg"}, [{"Key": "c/a.jpg"}], [7], {"a": [1]}])
@pytest.mark.parametrize("name", ["file", "Url"])
def test_what_is_listed_and_has_no_path_is_a_file_with_an_error(name: str, listed: Any) -> None:
    """A job is not complete while something that it lists was not looked at."""
    world = World()
    world.store.put("c/b.dat")
    manifest = collected(
        world, mps_answer("Nobody", with_data([{"file": "c/b.dat"}, {name: listed}]))
    )
    errors = [file.get("error", {}).get("type") for file in manifest["resources"]]
    assert (manifest["status"], errors) == ("partial", [None, "invalid-path"])


@pytest.mark.parametrize("listed", [{}, [], [None, ""], {"Output": {"Width": 5}}])
def test_what_lists_nothing_is_no_file(listed: Any) -> None:
    """An empty list means that there is none, and an output may be described by other things."""
    assert read_answer("mps", ID, mps_answer("Nobody", with_data([{"Output": listed}]))).files == ()


def test_a_cover_in_a_list_is_the_picture_that_is_listed() -> None:
    """Its score and time belong to a file of the manifest."""
    world = World()
    world.store.put("c/a.jpg")
    world.store.put("c/b.jpg")
    covers = [{"Url": "c/a.jpg", "Time": "5"}, {"Url": ["c/b.jpg"], "Time": "6"}]
    manifest = collected(world, mps_answer("Cover", with_data(covers)))
    assert [cover["resource"] for cover in manifest["analysis"]["covers"]] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("key", ["RequestId", "RequestID", "requestid", "request_id", "Request-Id"])
def test_a_request_id_is_left_out_in_every_spelling(key: str) -> None:
    """With one inside each query would give other bytes, and each replay would write."""
    result = {"Data": {"result": [{"file": "a.srt", key: "x"}]}, key: "y"}
    answer = read_answer("mps", ID, mps_answer(result=result, RequestId="z")).answer
    assert answer["Result"] == {"Data": {"result": [{"file": "a.srt"}]}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"a": ["副", 1]}, '{"a":["副",1]}'), ([1], "[1]"), (5, "5"), (True, "true"), (None, None)],
)
def test_what_an_sdk_decoded_of_the_customers_own_texts_is_a_text_again(
    given: object, expected: str | None
) -> None:
    """Whoever submitted the job looks for it by what was given along."""
    job = read_answer("mps", ID, mps_answer(result="{}", UserData=given, JobParams=given))
    assert (job.facts.get("userData"), job.facts.get("jobParams")) == (expected, expected)
    digest = hashlib.sha256(expected.encode()).hexdigest() if expected else ""
    assert job.user_data_sha256 == digest


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
    "err": {"ErrCode": 5, "ErrMsg": WORD},
    "an error": {"Result": json.dumps({"error": WORD})},
    "an error with a message": {"Result": json.dumps({"error": {"code": "1", "message": WORD}})},
    "a reason": {"Result": json.dumps({"Reason": WORD})},
    "Data in lower case": {"Result": json.dumps({"code": "Fail", "data": f'{{"msg":"{WORD}"}}'})},
    "a later result": {"Result": json.dumps([{"Code": "Success"}, {"Message": WORD}])},
    "another place of Result": {"Result": json.dumps({"Data": {"x": [{"y": WORD}]}})},
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
