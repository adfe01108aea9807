"""The files of a job: judged, named, and told of when they are not there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.errors import (
    Changed,
    NotFound,
    OutOfTime,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.files.access import Access
from mps_manifest.files.resources import Resource, listed_resources, with_unique_names
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job
from mps_manifest.parsing.locations import Location
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, sample_answer

ALLOWED = Access(frozenset({HOME, "bucket"}), HOME, ("manifests/", ".mps-manifest/"))


def job(*paths: Any, **changes: Any) -> Job:
    return read_answer("mps", ID, files_answer(*paths, **changes))


def test_a_listed_key_is_an_object_of_the_outputs_bucket() -> None:
    """A key means nothing without the bucket that the job wrote to."""
    [resource] = listed_resources(job("c/a.srt"), ALLOWED)
    assert resource.location == Location(HOME, "c/a.srt", "cn-shanghai")
    assert resource.origin == "/Result/Data/result/0/file"
    assert resource.roles == ("captions",)
    assert resource.unseen


@pytest.mark.parametrize(
    "path",
    [
        "oss://foreign-bucket/c/a.srt",
        "https://foreign-bucket.oss-cn-shanghai.aliyuncs.com/c/a.srt",
    ],
)
def test_a_bucket_that_is_not_allowed_is_denied_without_a_look(path: str) -> None:
    """Promise 4: it is listed, and nothing of it is fetched."""
    [resource] = listed_resources(job(path), ALLOWED)
    assert resource.status == "denied"
    assert not resource.unseen
    assert resource.location == Location("foreign-bucket", "c/a.srt", resource.location.region)  # type: ignore[union-attr]
    assert resource.error is not None
    assert resource.error.type == "bucket-not-allowed"
    assert not resource.error.retryable


def test_an_output_in_a_foreign_bucket_denies_its_bare_keys() -> None:
    """A bare key is in the output's bucket, so the rule for that bucket counts."""
    [resource] = listed_resources(job("c/a.srt", bucket="foreign-bucket"), ALLOWED)
    assert resource.status == "denied"


@pytest.mark.parametrize("path", ["../x", "http://example.com/x", 5, True, "a sentence"])
def test_what_is_no_path_stays_in_the_list(path: object) -> None:
    """Dropping the value would hide that something went wrong with it."""
    resources = listed_resources(job(path, "c/a.srt"), ALLOWED)
    assert len(resources) == 2
    bad, good = resources
    assert bad.status == "error"
    assert bad.location is None
    assert bad.error is not None
    assert bad.error.type == "invalid-path"
    assert not bad.unseen
    assert good.unseen


def test_one_object_named_in_several_ways_is_one_file() -> None:
    """The first place counts as its origin; every value leads to it."""
    url = f"https://{HOME}.oss-cn-shanghai.aliyuncs.com/c/a.srt?x=1"
    [resource] = listed_resources(job("c/a.srt", f"oss://{HOME}/c/a.srt", url, "c/a.srt"), ALLOWED)
    assert resource.values == ("c/a.srt", f"oss://{HOME}/c/a.srt", url)
    assert resource.origin == "/Result/Data/result/0/file"
    assert resource.roles == ("captions",)


def test_two_things_that_are_no_paths_are_two_entries() -> None:
    """Merging them would lose one of the two values."""
    assert len(listed_resources(job("..", "../x"), ALLOWED)) == 2


def test_a_list_keeps_the_answers_order() -> None:
    """The order is the service's own and may mean something to readers."""
    keys = [f"c/{number}.srt" for number in (3, 1, 2)]
    assert [r.location.key for r in listed_resources(job(*keys), ALLOWED) if r.location] == keys


def test_ims_files_are_in_the_bucket_of_the_output() -> None:
    """IMS lists bare keys, so only the output tells their bucket."""
    answer = sample_answer("ims", "Cover")
    resources = listed_resources(read_answer("ims", ID, answer), ALLOWED)
    assert [r.location for r in resources] == [
        Location("bucket", f"cover/test-0000{n}.jpg") for n in (1, 2)
    ]


FAULTS: list[tuple[ServiceError, str, str, bool]] = [
    (NotFound("no"), "missing", "missing", True),
    (Unauthorized("no"), "denied", "access-denied", False),
    (Throttled("no"), "error", "unreachable", True),
    (Unreachable("no"), "error", "unreachable", True),
    (OutOfTime(), "error", "out-of-time", True),
    (Changed("no"), "error", "changed", True),
    (Refused("no"), "error", "unreachable", False),
]


@pytest.mark.parametrize(("fault", "status", "kind", "retryable"), FAULTS)
def test_what_the_store_answers_becomes_the_files_status(
    fault: ServiceError, status: str, kind: str, *, retryable: bool
) -> None:
    """The status must say what is wrong, and whether a later look may find the file."""
    resource = Resource(("k",), "/x", ("r",), Location(HOME, "k")).failed(fault)
    assert resource.status == status
    assert resource.error is not None
    assert (resource.error.type, resource.error.retryable) == (kind, retryable)


def names(*keys: str | None) -> list[str]:
    made = [Resource((k,), "/x", ("r",), Location(HOME, k) if k else None) for k in keys]
    return [resource.name for resource in with_unique_names(made)]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a/b/Cover 1.JPG", "cover-1.jpg"),
        ("a/film_matting.mp4", "film_matting.mp4"),
        ("副歌.mp4", "mp4"),
        ("a/.hidden", "hidden"),
        ("___", "file"),
        ("x/", "file"),
        ("a..b", "a..b"),
        ("{source}.mp4", "source-.mp4"),
        (None, "invalid-path"),
    ],
)
def test_a_name_is_made_of_the_file_name(key: str | None, name: str) -> None:
    """Names must be valid slugs in which people still recognize the file."""
    assert names(key) == [name]


def test_names_are_unique() -> None:
    """Findings refer to files by name, so no two files may share one."""
    assert names("a/x.jpg", "b/x.jpg", "b/x.jpg-2", "c/x.jpg", None, None) == [
        "x.jpg",
        "x.jpg-2",
        "x.jpg-2-2",
        "x.jpg-3",
        "invalid-path",
        "invalid-path-2",
    ]


@given(st.lists(st.text(min_size=1, max_size=12) | st.none(), max_size=12))
def test_any_keys_get_unique_slugs(keys: list[str | None]) -> None:
    """The schema allows slugs only, and a name used twice would refer to two files."""
    given_names = names(*keys)
    assert len(set(given_names)) == len(keys)
    for name in given_names:
        assert name[0].isalnum()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
