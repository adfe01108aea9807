"""The manifest: canonical bytes, status, problems, and which of two is better."""

import json
from typing import Any

import pytest

from mps_manifest.errors import NotFound, ServiceError, Throttled, Unauthorized
from mps_manifest.files.access import Access
from mps_manifest.files.resources import Resource, listed_resources
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job
from mps_manifest.manifests.document import NamedJob, build_expired_manifest, build_manifest
from mps_manifest.manifests.ranking import Manifest, ManifestStatus, rank_of
from mps_manifest.parsing.canonical_json import canonical_document
from mps_manifest.parsing.json_pointer import as_far_as_it_leads
from mps_manifest.ports import ObjectFacts, StoredObject
from tests.fakes import HOME
from tests.unit.samples import (
    ID,
    files_answer,
    mps_answer,
    sample_answer,
    settings,
    with_data,
)
from tests.validators import assert_valid

ACCESS = Access(frozenset({HOME, "bucket"}), HOME, ("manifests/", ".mps-manifest/"))
FACTS = ObjectFacts(5, "ETAG", "image/jpeg", "2024-05-01T10:00:00Z", "123", "v1")


def seen(job: Job, *faults: ServiceError | None) -> list[Resource]:
    """Look at the files of a job: each is found, or fails as told."""
    made = listed_resources(job, ACCESS)
    looked = []
    for index, resource in enumerate(made):
        fault = faults[index] if index < len(faults) else None
        if resource.unseen:
            looked.append(resource.failed(fault) if fault else resource.found(FACTS))
        else:
            looked.append(resource)
    return looked


def made(answer: dict[str, Any], *faults: ServiceError | None, api: str = "mps") -> Manifest:
    job = read_answer("ims" if api == "ims" else "mps", ID, answer)
    manifest = build_manifest(job, seen(job, *faults), "cn-shanghai")
    assert_valid(json.loads(manifest.body))
    return manifest


def document(manifest: Manifest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(manifest.body)
    return loaded


def test_the_bytes_are_canonical() -> None:
    """UTF-8 as it is, keys sorted, one newline at the end."""
    body = made(files_answer("副/a.srt")).body
    assert body.endswith(b"\n}\n")
    assert "副/a.srt".encode() in body
    assert json.dumps(json.loads(body), sort_keys=True, ensure_ascii=False, indent=2) + "\n" == (
        body.decode()
    )


def test_the_same_job_gives_the_same_bytes_whatever_the_order_and_the_request() -> None:
    """No request ID, no time of today, and the API's order of keys does not matter."""
    answer = files_answer("c/a.srt")
    shuffled = dict(reversed(answer.items())) | {"RequestId": "another"}
    assert made(answer).body == made(shuffled).body


def test_absent_parts_are_left_out() -> None:
    """An absent value is no fact, while an empty list, a zero or an empty text is one."""
    assert canonical_document({"a": None, "b": {}, "c": [], "d": 0, "e": ""}) == (
        b'{\n  "c": [],\n  "d": 0,\n  "e": ""\n}\n'
    )


def test_a_complete_manifest_of_a_file() -> None:
    """Consumers parse this form field by field, so no field may change unnoticed."""
    manifest = made(files_answer("c/a b.jpg"))
    assert manifest.status == "complete"
    assert manifest.summary == ""
    assert not manifest.look_again
    assert {name: manifest.metadata[name] for name in ("job-id", "status")} == {
        "job-id": ID,
        "status": "complete",
    }
    told = document(manifest)
    assert told["$schema"].endswith("manifest-1.0.json")
    assert told["name"] == told["job"]["jobId"] == ID
    assert (told["job"]["api"], told["job"]["region"]) == ("mps", "cn-shanghai")
    assert told["problems"] == []
    assert told["resources"] == [
        {
            "name": "a-b.jpg",
            "path": f"https://{HOME}.oss-cn-shanghai.aliyuncs.com/c/a%20b.jpg",
            "bucket": HOME,
            "key": "c/a b.jpg",
            "roles": ["captions"],
            "status": "available",
            "format": "jpg",
            "mediatype": "image/jpeg",
            "bytes": 5,
            "etag": "ETAG",
            "crc64ecma": "123",
            "lastModified": "2024-05-01T10:00:00Z",
            "versionId": "v1",
            "origin": "/Result/Data/result/0/file",
        }
    ]


STATUSES: list[tuple[str, dict[str, Any], ServiceError | None, ManifestStatus, str, bool]] = [
    ("all there", files_answer("a.srt"), None, "complete", "", False),
    ("missing", files_answer("a.srt"), NotFound("x"), "partial", "missing", True),
    ("denied", files_answer("a.srt"), Unauthorized("x"), "partial", "access-denied", False),
    ("store busy", files_answer("a.srt"), Throttled("x"), "partial", "unreachable", True),
    ("no path", files_answer(".."), None, "partial", "invalid-path", False),
    ("recovered", mps_answer(result='{"a":NaN}'), None, "partial", "recovered-result", False),
    ("unreadable", mps_answer(result="oops"), None, "partial", "unreadable-result", False),
    ("nothing", mps_answer(result="{}"), None, "partial", "nothing-listed", False),
    ("finds only", mps_answer("VideoSplit", with_data({})), None, "complete", "", False),
    ("unknown", mps_answer("New", "{}"), None, "complete", "unknown-algorithm", False),
    ("failed", mps_answer(result=None, State="Fail"), None, "failed", "job-failed", False),
    (
        "failed, file gone",
        files_answer("a.srt", State="Failed"),
        NotFound("x"),
        "failed",
        "job-failed",
        False,
    ),
]


@pytest.mark.parametrize(
    ("answer", "fault", "status", "problem", "look_again"),
    [case[1:] for case in STATUSES],
    ids=[case[0] for case in STATUSES],
)
def test_the_status_follows_from_job_and_files(
    answer: dict[str, Any],
    fault: ServiceError | None,
    status: ManifestStatus,
    problem: str,
    *,
    look_again: bool,
) -> None:
    """One problem of severity error keeps a success from complete; a note does not."""
    manifest = made(answer, fault)
    assert (manifest.status, manifest.look_again) == (status, look_again)
    types = [found["type"] for found in document(manifest)["problems"]]
    assert problem in types if problem else types == []
    assert bool(manifest.summary) == (status != "complete")


def test_every_problem_is_told_at_once() -> None:
    """With the pointer into the answer, and the resource it is about."""
    answer = files_answer("c/a.srt", "..", "c/b.srt") | {"FunctionName": "New"}
    told = document(made(answer, NotFound("gone"), None, Unauthorized("no")))["problems"]
    assert [(p["severity"], p["type"], p.get("resource")) for p in told] == [
        ("note", "unknown-algorithm", None),
        ("error", "missing", "a.srt"),
        ("error", "invalid-path", "invalid-path"),
        ("error", "access-denied", "b.srt"),
    ]
    assert told[1]["pointer"] == "/Result/Data/result/0/file"
    assert "(and 2 more)" in made(answer, NotFound("gone"), None, Unauthorized("no")).summary


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"State": "Success"}, "unknown-algorithm"),
        ({"State": "Success", "FunctionName": "CaptionExtraction"}, "nothing-listed"),
    ],
)
def test_a_pointer_leads_somewhere(answer: dict[str, Any], problem: str) -> None:
    """What an answer lacks is told without a place, not with one that is not there."""
    (found,) = document(made(answer))["problems"]
    assert found["type"] == problem
    assert "pointer" not in found


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("", ""),
        ("/a~1b/1/c~0", "/a~1b/1/c~0"),
        ("/a~1b/2/c", "/a~1b"),
        ("/a~1b/-1", "/a~1b"),
        ("/a~1b/0/x/y", "/a~1b/0"),
        ("/other", ""),
    ],
)
def test_a_pointer_goes_as_far_as_it_leads(at: str, expected: str) -> None:
    """Where an answer was cut, the nearest place that is kept is named."""
    assert as_far_as_it_leads(at, {"a/b": [5, {"c~": 1}]}) == expected


def test_an_entry_that_is_no_path_shows_what_was_listed() -> None:
    """A descriptor needs a path or data; a signature is not shown."""
    told = document(made(files_answer("http://x.example.com/a.srt?Signature=abc", 5)))["resources"]
    assert [(r["data"], r["error"]["type"]) for r in told] == [
        ({"listed": "http://x.example.com/a.srt"}, "invalid-path"),
        ({"listed": "5"}, "invalid-path"),
    ]
    assert not any("key" in resource or "path" in resource for resource in told)


def test_covers_point_to_their_files() -> None:
    """Also where answer and list name the object in different ways."""
    answer = sample_answer("ims", "Cover")
    answer["OutputFiles"][0] = "https://bucket.oss-cn-shanghai.aliyuncs.com/cover/test-00001.jpg"
    told = document(made(answer, api="ims"))
    assert told["analysis"]["covers"] == [
        {"resource": "test-00001.jpg", "score": 8.270855992569906, "atMs": 28278},
        {"resource": "test-00002.jpg", "score": 7.474117489692728, "atMs": 25943},
    ]
    assert len(told["resources"]) == 2


def test_segments_and_audio_quality_are_in_the_manifest() -> None:
    """These jobs list no file, so their findings are all that a reader gets."""
    split = document(made(sample_answer("mps", "VideoSplit")))["analysis"]
    assert split["segments"][0] == {
        "kind": "slide",
        "startMs": 1000,
        "endMs": 44570,
        "title": "内容开始",
    }
    quality = document(made(sample_answer("ims", "AudioQualityAssessment"), api="ims"))["analysis"]
    assert [channel["mos"] for channel in quality["audioQuality"]] == [1.01, 1.69]


@pytest.mark.parametrize(
    "values",
    [
        {"Tag": "Valid", "MOS": ""},
        {"Tag": "", "MOS(0-5)": "1"},
        {"Tag": "Valid", "Channel": "1.5"},
        {"Tag": "Valid", "Channel": 1.5},
        {"Tag": "Valid", "Channel": "left"},
        {"Tag": "Valid", "Total Duration": "-1"},
        {"Tag": 5, "MOS": "ÄÖ", "Coloration": 5},
        {"Tag": "Valid", "MOS": "\u1e9e"},
    ],
)
def test_odd_audio_reports_keep_to_the_schema(values: dict[str, Any]) -> None:
    """Consumers that validate a manifest must never have to reject it."""
    made(mps_answer("AudioQualityAssessment", with_data([values])))


def test_a_failed_job_says_why() -> None:
    """The reason must reach the reader, but never a signature inside its message."""
    result = {"Code": "InvalidParameter", "Message": "https://a.b/c?Signature=x is bad"}
    manifest = made(mps_answer("Cover", result, State="Fail"))
    [problem] = document(manifest)["problems"]
    assert problem["detail"] == "InvalidParameter: https://a.b/c is bad"
    assert manifest.summary == "job-failed: InvalidParameter: https://a.b/c is bad"
    assert document(manifest)["job"]["result"]["code"] == "InvalidParameter"


def test_an_expired_manifest_lists_nothing_and_says_what_was_last() -> None:
    """Readers must learn how long the job was waited for and what was last known of it."""
    job = NamedJob(ID, "ims")
    manifest = build_expired_manifest(job, settings(), "the job is Queuing")
    told = document(manifest)
    assert_valid(told)
    assert manifest.status == told["status"] == "expired"
    assert told["resources"] == []
    [problem] = told["problems"]
    assert (problem["type"], problem["detail"]) == ("expired", "the job is Queuing")
    assert "72 hours" in problem["title"]
    assert build_expired_manifest(job, settings(), "the job is Queuing").body == manifest.body


ORDER: list[ManifestStatus] = ["expired", "partial", "complete", "failed"]


@pytest.mark.parametrize("new", ORDER)
@pytest.mark.parametrize("standing", ORDER)
def test_which_manifest_is_worse(standing: ManifestStatus, new: ManifestStatus) -> None:
    """`expired` < `partial` < `complete` and `failed`, which are equals."""
    rank = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}
    body = canonical_document({"status": standing})
    worse = Manifest(ID, new, b"").rank < rank_of(StoredObject(body, "", len(body), {}))
    assert worse == (rank[new] < rank[standing])


BROKEN = [
    b"",
    b"x",
    b"[]",
    b"5",
    b"null",
    b"{}",
    b'{"status":"pending"}',
    b'{"status":5}',
    b'{"status":null}',
    b'{"status":[]}',
    b'{"status":{"a":1}}',
    b"\xff",
    b"[" * 5000,
]


@pytest.mark.parametrize("body", BROKEN, ids=repr)
def test_a_broken_manifest_counts_least(body: bytes) -> None:
    """What somebody else wrote there keeps no result from being published."""
    standing = StoredObject(body, "", len(body), {})
    assert rank_of(standing) < Manifest(ID, "expired", b"").rank
