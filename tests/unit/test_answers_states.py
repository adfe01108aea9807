"""The words for where a job stands, and the job's own fields."""

import pytest

from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import State
from mps_manifest.parsing.locations import Location
from mps_manifest.settings import Api
from tests.fakes import HOME
from tests.unit.samples import ID, mps_answer, sample_answer, with_data

WORDS = [
    ("Success", State.SUCCEEDED),
    ("success", State.SUCCEEDED),
    ("Fail", State.FAILED),
    ("Failed", State.FAILED),
    ("FAIL", State.FAILED),
    ("Queuing", State.RUNNING),
    ("Analysing", State.RUNNING),
    ("Analyzing", State.RUNNING),
    ("Paused", State.RUNNING),
    ("Succes", State.RUNNING),
]


@pytest.mark.parametrize(("word", "state"), WORDS)
@pytest.mark.parametrize(("api", "key"), [("mps", "State"), ("ims", "Status")])
def test_both_apis_words_are_understood(api: Api, key: str, word: str, state: State) -> None:
    """An unknown word is a job that is not finished: it is asked about again."""
    answer = mps_answer(result=with_data({"result": []}), State=None) | {key: word}
    job = read_answer(api, ID, answer)
    assert job.state is state
    assert job.state_text == word
    assert job.facts["state"] == word


@pytest.mark.parametrize("state", [5, True, ["Success"], {"Code": "Success"}])
@pytest.mark.parametrize("key", ["State", "Status"])
def test_a_state_in_a_new_form_is_one(key: str, state: object) -> None:
    """The service knows the job, which must not be rejected for good."""
    job = read_answer("mps", ID, {"RequestId": "r", "JobId": ID, key: state})
    assert job.state is State.RUNNING
    assert job.state_text == str(state)


@pytest.mark.parametrize("state", [None, "", [], {}, False])
def test_no_state_is_no_job_of_this_kind(state: object) -> None:
    """A foreign job ID is answered with 200 and nothing but IDs."""
    answer = {"RequestId": "r", "JobId": ID} | ({} if state is None else {"State": state})
    assert read_answer("mps", ID, answer).state is State.UNKNOWN


def test_a_running_job_has_no_problems_yet() -> None:
    """What an unfinished result looks like says nothing."""
    job = read_answer("mps", ID, mps_answer("New", "not JSON", State="Analysing"))
    assert job.state is State.RUNNING
    assert job.problems == ()


def test_the_fields_of_an_mps_job() -> None:
    """No field of MPS may be lost or mixed up on its way into the manifest."""
    job = read_answer("mps", ID, sample_answer("mps", "ImageCartoonize"))
    assert job.facts == {
        "functionName": "ImageCartoonize",
        "state": "Success",
        "pipelineId": sample_answer("mps", "ImageCartoonize")["PipelineId"],
        "userData": "null",
        "jobParams": '{mode:"gif"}',
        "input": {"bucket": "media-results", "key": "example.mp4"},
        "output": {
            "bucket": "media-results",
            "key": "iproduction/{source}-{timestamp}-{sequenceId}.srt",
        },
        "result": {"code": "Success", "message": "Successful."},
    }
    assert job.input_stem == "example"
    assert job.output_location == Location(
        "media-results", "iproduction/{source}-{timestamp}-{sequenceId}.srt", "cn-hangzhou"
    )


def test_the_fields_of_an_ims_job() -> None:
    """A field of IMS, though written differently, must have the same name as on MPS."""
    job = read_answer("ims", ID, sample_answer("ims", "Cover"))
    assert job.facts == {
        "functionName": "Cover",
        "state": "Success",
        "pipelineId": "a54fdc9c9aab413caef0d1150f565e86",
        "userData": '{"test":1}',
        "jobParams": '{"Model":""}',
        "createTime": "2022-07-07T07:16:11Z",
        "finishTime": "2022-07-07T07:18:25Z",
        "input": {"bucket": "bucket", "key": "object"},
        "output": {"bucket": "bucket", "key": "cover/{source}-{sequenceId}.jpg"},
    }


def test_a_media_asset_as_output_tells_its_bucket_by_the_urls() -> None:
    """An IMS job whose output is a media asset names its bucket nowhere else."""
    answer = sample_answer("ims", "VideoClip")
    answer["Output"] = {"Type": "Media", "Media": "c321b3a0041a71eda1590674a2ce0000"}
    answer["OutputUrls"] = ["http://outin-1.oss-cn-shanghai.aliyuncs.com/a.mp4?Signature=x"]
    job = read_answer("ims", ID, answer)
    assert job.output_location == Location("outin-1", "", "cn-shanghai")
    assert "output" not in job.facts


@pytest.mark.parametrize(
    "place", [None, 5, [], "", "x", "http://", "oss://", {"Type": "OSS"}, {"Media": 5}, {}]
)
def test_an_output_that_is_no_place_is_left_out(place: object) -> None:
    """A place that is made up would lead the function to foreign objects."""
    job = read_answer("mps", ID, mps_answer(result="{}") | {"Output": place, "Input": place})
    assert job.output_location is None
    assert job.input_stem is None
    assert not {"input", "output"} & job.facts.keys()


@pytest.mark.parametrize(
    ("key", "stem"),
    [("a/b/film.mp4", "film"), ("film", "film"), ("a.b.mp4", "a.b"), (".hidden", ".hidden")],
)
def test_the_source_is_the_inputs_name_without_its_ending(key: str, stem: str) -> None:
    """`{source}` in a template stands for exactly this, so a wrong stem would find no files."""
    answer = mps_answer(result="{}", Input=f"oss://{HOME}.oss-cn-shanghai.aliyuncs.com/{key}")
    assert read_answer("mps", ID, answer).input_stem == stem
