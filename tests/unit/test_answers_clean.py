"""What of an answer goes into a manifest: all of it, but for request IDs and signatures."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mps_manifest.errors import ServiceError
from mps_manifest.files.access import Access
from mps_manifest.files.resources import listed_resources
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import State
from mps_manifest.manifests.document import build_manifest
from mps_manifest.settings import Api
from tests.payloads import load, query_answers
from tests.unit.samples import ID, mps_answer, with_data
from tests.validators import assert_valid

SECRET = "SECRETsecretSECRET"
ACCESS = Access(frozenset({"b"}), "home", ("manifests/", ".mps-manifest/"))
SIGNED = f"?Expires=1700000000&OSSAccessKeyId=STS.x&Signature={SECRET}%3D&security-token=abc"


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(inner) for inner in value.values()))
    return set().union(*(keys_of(inner) for inner in value)) if isinstance(value, list) else set()


def test_request_ids_go_at_every_depth_and_spelling() -> None:
    """Request IDs differ from call to call and would make the same job's manifests differ."""
    data = {"requestId": "1", "list": [{"REQUESTID": "2", "keep": 3}], "result": []}
    answer = mps_answer(result={"RequestId": "4", "Data": json.dumps(data)}, requestid="5")
    cleaned = read_answer("mps", ID, answer).answer
    assert cleaned["Result"] == {"Data": {"list": [{"keep": 3}], "result": []}}
    assert not {key for key in keys_of(cleaned) if key.lower() == "requestid"}


URLS = [
    "http://b.oss-cn-shanghai.aliyuncs.com/a.mp4",
    "https://b.oss-cn-shanghai.aliyuncs.com/%E5%89%AF/a%20b.mp4",
    "HTTPS://cdn.example.com/x",
    "oss://b/a.mp4",
    "https://例え.example.com/副歌.mp4",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "place",
    [
        lambda url: {"OutputUrls": [url, f"see {url} and {url}"]},
        lambda url: {"UserData": json.dumps({"callback": url})},
        lambda url: {"JobParams": json.dumps({"bgimage": url})},
        lambda url: {"JobParams": json.dumps({"bgimage": url}).replace("/", "\\/")},
        lambda url: {"UserData": json.dumps({"callback": url}).replace("&", "\\u0026")},
        lambda url: {"New": {"deep": [{"Url": url}]}},
        lambda url: {"Result": json.dumps(with_data({"result": [{"file": url}]}))},
        lambda url: {"Result": json.dumps({"Message": f"cannot read {url}", "Code": "x"})},
        lambda url: {"Result": url},
        lambda url: {"Result": json.dumps(with_data(url))},
        lambda url: {"State": "Fail", "Result": json.dumps({"Message": url, "Code": url})},
        lambda url: {"Result": json.dumps({"Details": [{"Status": "Fail", "Message": url}]})},
        lambda url: {"Output": url, "Input": {"Type": "OSS", "Media": url}},
        lambda url: {"FunctionName": url, "PipelineId": url},
    ],
    ids=[
        "OutputUrls",
        "UserData",
        "JobParams",
        "JobParams with escaped slashes, as PHP writes them",
        "UserData with escaped ampersands, as Go writes them",
        "deep inside",
        "file",
        "Message",
        "Result",
        "Data",
        "failed",
        "item",
        "Output",
        "FunctionName",
    ],
)
def test_no_signature_reaches_a_manifest(place: Any, url: str) -> None:
    """Promise 7, wherever in an answer a signed URL may stand."""
    job = read_answer("mps", ID, mps_answer(result="{}") | place(url + SIGNED))
    manifest = build_manifest(job, listed_resources(job, ACCESS), "cn-shanghai")
    assert SECRET.encode() not in manifest.body
    assert SECRET not in manifest.summary


@pytest.mark.parametrize("url", URLS)
def test_the_url_itself_stays(url: str) -> None:
    """Only the query may hold a signature; without the rest nobody could find the file."""
    answer = mps_answer(result="{}", OutputUrls=[f"{url}{SIGNED}", f"<{url}?x=1>"])
    assert read_answer("mps", ID, answer).answer["OutputUrls"] == [url, f"<{url}>"]


@pytest.mark.parametrize(
    "text", ["what? nothing", "a?b", "oss://b/a", "https://a.b/c#d", "x://y", "?", "why://not ok?"]
)
def test_texts_that_are_no_urls_with_queries_stay_as_they_are(text: str) -> None:
    """Redaction that goes too far would damage the data that users pass through."""
    job = read_answer("mps", ID, mps_answer(result="{}", UserData=text))
    assert job.answer["UserData"] == text
    assert job.facts["userData"] == text


def test_a_query_that_is_no_signature_stays_in_the_users_own_data() -> None:
    """`userData` is given as it is; only in the answer's copy every query goes."""
    text = "https://catalogue.example.com/item?id=5"
    job = read_answer("mps", ID, mps_answer(result="{}", UserData=text))
    assert job.facts["userData"] == text
    assert job.answer["UserData"] == "https://catalogue.example.com/item"


@pytest.mark.parametrize(
    ("api", "path"), list(query_answers()), ids=lambda v: getattr(v, "stem", v)
)
def test_nothing_else_of_a_documented_answer_is_lost(api: Api, path: Any) -> None:
    """A manifest promises the whole answer, apart from request IDs and signatures."""
    answer = load(path) | {"JobId": ID}
    cleaned = dict(read_answer(api, ID, answer).answer)
    result = json.loads(answer["Result"])
    if isinstance(result, dict) and isinstance(result.get("Data"), str):
        result["Data"] = json.loads(result["Data"])
    assert cleaned.pop("Result") == result
    rest = {key: value for key, value in answer.items() if key not in {"Result", "RequestId"}}
    assert cleaned == rest


WORDS = st.sampled_from(
    [
        "Success",
        "Fail",
        "Queuing",
        "Cover",
        "VideoDetext",
        "CaptionExtraction",
        "AudioQualityAssessment",
        "VideoSplit",
        "MusicSegmentDetect",
        "ImageMatting",
        "a/b.jpg",
        "oss://b/k",
        "https://b.oss-x-y.aliyuncs.com/k?q",
        "12.5",
        "NaN",
        "-1",
        "1e400",
        "副歌",
        "{}",
        "[]",
        "null",
    ]
)
KEYS = st.sampled_from(
    [
        "State",
        "Status",
        "FunctionName",
        "Result",
        "Data",
        "Details",
        "result",
        "file",
        "Url",
        "Output",
        "Input",
        "Media",
        "Type",
        "Score",
        "Time",
        "start",
        "end",
        "title",
        "beginTime",
        "endTime",
        "splitResult",
        "StartTime",
        "EndTime",
        "Channel",
        "Tag",
        "MOS(0-5)",
        "MOS",
        "Loudness",
        "OutputFiles",
        "OutputUrls",
        "JobParams",
        "UserData",
        "PipelineId",
        "ScheduleConfig",
        "Code",
        "Message",
        "CreateTime",
        "RequestId",
    ]
)


def nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=8)
    return values | values.map(json.dumps)


SMALL = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | SMALL | st.text(max_size=20) | WORDS, nested, max_leaves=25
)
STATES = st.sampled_from(["Success", "Fail", "Queuing", "x"])


@pytest.mark.slow
@examples(max_examples=200)
@given(st.dictionaries(KEYS, JSON, max_size=10), STATES, WORDS, st.sampled_from(["mps", "ims"]))
def test_any_answer_makes_a_valid_manifest(
    answer: dict[str, Any], state: str, function: str, api: Api
) -> None:
    """Promise 3: whatever the service says, what is written keeps to the published schema."""
    try:
        job = read_answer(api, ID, {"State": state, "FunctionName": function, **answer})
    except ServiceError:
        return
    if job.state is State.UNKNOWN:
        return
    manifest = build_manifest(job, listed_resources(job, ACCESS), "cn-shanghai")
    assert manifest.body == build_manifest(job, listed_resources(job, ACCESS), "cn-shanghai").body
    assert_valid(json.loads(manifest.body))
