"""The label of a file: what tells it from the other files of its job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.files.labels import with_labels
from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import Captions
from mps_manifest.jobs.answer import read_answer
from mps_manifest.parsing.locations import Location
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer
from tests.unit.world import World

SRT = b"1\n00:00:01,000 --> 00:00:02,500\nWelcome to the programme of tonight, my friends\n"


def labels(
    function: str, template: str, *keys: str, role: str = "output", language: str | None = None
) -> list[str]:
    """Label files with these keys, which have captions in this language."""
    job = read_answer("mps", ID, mps_answer(function, {}, output=template))
    resources = [
        Resource((key,), f"/{n}", (role,), Location(HOME, key)) for n, key in enumerate(keys)
    ]
    if language:
        captions = Captions(1, 0, 1, language)
        resources = [resource.with_finding(captions) for resource in resources]
    return [resource.label for resource in with_labels(job, resources)]


@pytest.mark.parametrize(
    ("template", "keys", "expected"),
    [
        ("a/{source}-{resultType}.mp4", ["a/film-wide.mp4", "a/film-tall.mp4"], ["wide", "tall"]),
        ("a/{source}-{resultType}.mp4", ["b/other.mp4"], [""]),
        ("a/{source}.{resultType}", ["a/film.wav", "a/film.txt"], ["", ""]),
        ("{resultType}", ["wide"], ["wide"]),
        ("a/{source}-{sequenceId}.jpg", ["a/film-1.jpg", "a/film-2.jpg"], ["", ""]),
        ("a/{source}-{resultType}.mp4", ["a/film-en.mp4"], ["en"]),
        ("d/demix_{resultType}.wav", ["d/demix_vocals.wav.wav"], ["vocals"]),
    ],
)
def test_the_type_of_a_result_is_its_label(
    template: str, keys: list[str], expected: list[str]
) -> None:
    """Two files of a job differ in nothing else, and a title of their own helps to choose."""
    assert labels("VideoStoryboard", template, *keys) == expected


@pytest.mark.parametrize(
    ("word", "tag"),
    [("zh", "zh"), ("chs", "zh-Hans"), ("pt_BR", "pt-BR"), ("dialogue", "dialogue")],
)
def test_the_language_of_captions_is_a_tag(word: str, tag: str) -> None:
    """A player takes BCP 47 and no other; what is no language is still a label."""
    template, key = "a/{source}-{resultType}.srt", f"a/film-{word}.srt"
    assert labels("CaptionExtraction", template, key, role="captions") == [tag]


def test_captions_whose_name_tells_nothing_have_the_language_found_in_them() -> None:
    """A menu of tracks needs a word for each; whether template or content told it is the same."""
    template, key = "a/{source}.srt", "a/film.srt"
    assert labels("CaptionExtraction", template, key, role="captions", language="ja") == ["ja"]
    assert labels("CaptionExtraction", template, key, role="transcript", language="ja") == [""]


@pytest.mark.parametrize(
    ("function", "keys", "expected"),
    [
        ("ImageCartoonize", ["i/face-result.jpg", "i/face-origin.jpg"], ["result", "original"]),
        ("ImageCartoonize", ["i/origin-result.jpg", "origin/1.jpg"], ["result", ""]),
        ("MusicDemix", ["d/Vocals.wav", "d/x_accompaniment.wav"], ["vocals", "accompaniment"]),
        ("VideoClip", ["c/film-origin.mp4"], [""]),
    ],
)
def test_an_algorithms_own_word_is_a_label(
    function: str, keys: list[str], expected: list[str]
) -> None:
    """Which of two pictures is the cartoon is told by its name alone; others' words are chance."""
    assert labels(function, "out/x.jpg", *keys) == expected


def test_a_sidecar_is_labelled_like_its_captions() -> None:
    """A browser plays the sidecar, and its menu must say the same."""
    world = World(captions_vtt="true")
    keys = [f"out/film-1700000000-{word}.srt" for word in ("en", "zh")]
    for key in keys:
        world.store.put(key, SRT)
    template = "out/{source}-{timestamp}-{resultType}.srt"
    world.api.say(ID, files_answer(*keys, output=template))
    world.deliver(ID)
    resources = world.manifest(ID)["resources"]
    assert [(each["format"], each["label"]) for each in resources] == [
        ("srt", "en"),
        ("srt", "zh"),
        ("vtt", "en"),
        ("vtt", "zh"),
    ]


def test_a_label_is_cut() -> None:
    """A placeholder takes a name of any length."""
    [label] = labels("VideoStoryboard", "a/{resultType}.mp4", f"a/{'x' * 900}.mp4")
    assert label == "x" * 400


def job_of(**changes: Any) -> dict[str, Any]:
    """Make the manifest of a job without files and return its `job`."""
    world = World()
    world.api.say(ID, mps_answer("VideoSplit", {"Code": "Success"}, **changes))
    world.deliver(ID)
    job: dict[str, Any] = world.manifest(ID)["job"]
    return job


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("oss://media.oss-cn-beijing.aliyuncs.com/in/a b.mp4", "in/a%20b.mp4"),
        ("oss://media.oss-cn-beijing.aliyuncs.com/影/片.mp4", "%E5%BD%B1/%E7%89%87.mp4"),
    ],
)
def test_the_input_has_an_address(given: str, path: str) -> None:
    """A catalogue finds the video that a manifest is of without knowing how OSS builds URLs."""
    found = job_of(Input=given)["input"]
    assert found["path"] == f"https://media.oss-cn-beijing.aliyuncs.com/{path}"


def test_an_input_without_a_region_is_in_the_jobs() -> None:
    """IMS names bucket and key only, and wants the bucket in the region of the job."""
    found = job_of(Input='{"Type":"OSS","Media":"oss://media/in/a.mp4"}')["input"]
    assert found == {
        "bucket": "media",
        "key": "in/a.mp4",
        "path": "https://media.oss-cn-shanghai.aliyuncs.com/in/a.mp4",
    }


@pytest.mark.parametrize(
    "given",
    [
        "oss://media.oss-cn-beijing.aliyuncs.com/",
        "oss://media/a?x=1&Signature=c2lnbmVkd2l0aGtleQ==",
    ],
)
def test_what_is_not_that_object_has_no_address(given: str) -> None:
    """A bucket alone, and a key of which a secret was masked, would lead to something else."""
    found = job_of(Input=given)["input"]
    assert "path" not in found
    assert "c2lnbmVk" not in json.dumps(found)


def test_user_data_that_is_the_text_null_stays() -> None:
    """MPS answers so where none was given, and somebody may have given just that."""
    assert job_of(UserData="null")["userData"] == "null"
