"""What one job may cost, and what its manifest says where a limit was met."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.files.access import Access
from mps_manifest.files.output_templates import TRIALS
from mps_manifest.files.resources import listed_resources
from mps_manifest.job_limits import (
    MAX_ANSWER_BYTES,
    MAX_DETAIL,
    MAX_FACT_BYTES,
    MAX_FILES,
    MAX_FINDINGS,
    MAX_MANIFEST_BYTES,
    MAX_TEMPLATE_KEYS,
    MAX_TEXT,
    MAX_TITLE,
)
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job
from mps_manifest.manifests.document import build_manifest
from mps_manifest.ports import ObjectFacts
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid

ACCESS = Access(frozenset({HOME}), HOME, ("manifests/", ".mps-manifest/"))
T1 = 1602755353502


def collected(world: World, answer: dict[str, Any]) -> dict[str, Any]:
    """Let a job be finished with this answer; return its manifest."""
    world.api.say(ID, answer)
    world.deliver(ID)
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


def told(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["severity"], problem["type"]) for problem in manifest["problems"]]


@pytest.mark.parametrize("more", [0, 1, 2500])
def test_a_job_has_a_thousand_files_and_the_number_of_the_rest(more: int) -> None:
    """Each file is a request, and the other jobs of an invocation wait for it."""
    world = World(media_facts="false")
    keys = [f"c/{n}.srt" for n in range(MAX_FILES + more)]
    for key in keys:
        world.store.put(key)
    manifest = collected(world, files_answer(*keys, *keys))
    assert len(manifest["resources"]) == world.store.count("head") == MAX_FILES
    assert [file["key"] for file in manifest["resources"]] == keys[:MAX_FILES]
    assert told(manifest) == ([("error", "too-many-files")] if more else [])
    assert manifest["status"] == ("partial" if more else "complete")
    if more:
        assert manifest["problems"][0]["detail"].startswith(f"{more} ")


@pytest.mark.parametrize("more", [0, 1, 2500])
def test_a_template_finds_a_thousand_files_and_the_number_of_the_rest(more: int) -> None:
    """Eight jobs with 20,000 matches each cost 62,799 requests."""
    world = World(media_facts="false")
    for number in range(MAX_FILES + more):
        world.store.put(f"out/film-{number:05}.jpg")
    answer = mps_answer("ImageH2V", "{}", output="out/{source}-{sequenceId}.jpg")
    manifest = collected(world, answer)
    assert len(manifest["resources"]) == world.store.count("head") == MAX_FILES
    assert told(manifest) == ([("error", "too-many-files")] if more else [])


@pytest.mark.parametrize("more", [0, 1, 20_000])
def test_a_template_is_compared_with_so_many_keys(more: int) -> None:
    """What starts like it may be a whole bucket."""
    world = World()
    for number in range(MAX_TEMPLATE_KEYS + more - 1):
        world.store.put(f"out/film-{number:05}.txt")
    world.store.put(f"out/film-{T1}.mp4")
    answer = mps_answer("VideoH2V", "{}", output="out/{source}-{timestamp}.mp4")
    manifest = collected(world, answer)
    [file] = manifest["resources"]
    if more:
        assert (file["status"], file["error"]["type"]) == ("error", "too-many-keys")
    else:
        assert file["key"] == f"out/film-{T1}.mp4"
    assert world.store.count("list") <= 2


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("{timestamp}", "Too many keys share the prefix of the output template"),
        (
            "{sequenceId}-{sequenceId}",
            "The output template matches its keys in too many ways; use each placeholder once",
        ),
    ],
)
def test_why_a_template_was_given_up_is_in_the_title(name: str, title: str) -> None:
    """A prefix of its own helps against the one, and not against the other."""
    world = World()
    many = MAX_TEMPLATE_KEYS + 1 if name == "{timestamp}" else TRIALS
    for number in range(many):
        world.store.put(f"out/{number:05}-{number:05}.jpg")
    manifest = collected(world, mps_answer("ImageH2V", "{}", output=f"out/{name}.jpg"))
    [file] = manifest["resources"]
    assert (file["error"]["type"], file["error"]["title"]) == ("too-many-keys", title)


def job_of(answer: dict[str, Any]) -> Job:
    return read_answer("mps", ID, answer)


def built(job: Job) -> dict[str, Any]:
    facts = ObjectFacts(5, "ETAG", "image/jpeg", "2024-05-01T10:00:00Z", "123", "v1")
    files = [r.found(facts) if r.unseen else r for r in listed_resources(job, ACCESS)]
    manifest = build_manifest(job, files, "cn-shanghai")
    assert len(manifest.body) <= MAX_MANIFEST_BYTES
    document: dict[str, Any] = json.loads(manifest.body)
    assert_valid(document)
    assert document["status"] == manifest.status
    return document


LARGE: dict[str, Any] = {
    "one text": "x" * 6_000_000,
    "one text of three bytes a character": "副" * 2_000_000,
    "control characters": "\x00" * 3_000_000,
    "many texts": ["x" * 100] * 50_000,
    "many empty lists": [[]] * 100_000,
    "many empty objects": [{}] * 100_000,
    "many numbers": [1] * 200_000,
    "deep lists": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]] * 13_000,
    "many keys": {f"key {number}": number for number in range(100_000)},
    "long keys": {f"{number}" + "k" * 1000: number for number in range(5_000)},
}


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_is_kept_as_far_as_there_is_room(name: str) -> None:
    """The end of it is cut off, with a note, and it is the same end each time."""
    answer = files_answer("c/a.srt") | {"New": LARGE[name]}
    document = built(job_of(answer))
    kept = json.dumps(document["answer"], ensure_ascii=False, separators=(",", ":")).encode()
    assert len(kept) <= MAX_ANSWER_BYTES * 1.01
    assert document["status"] == "complete"
    assert built(job_of(answer)) == document
    whole = document["answer"]["New"] == LARGE[name]
    assert told(document) == ([] if whole else [("note", "too-much-found")])


def segments(count: int, title: str = "t") -> dict[str, Any]:
    parts = [{"beginTime": n, "endTime": n + 1, "title": f"{title}{n}"} for n in range(count)]
    return mps_answer("VideoSplit", with_data({"splitResult": parts}))


@pytest.mark.parametrize("more", [0, 1, 5000])
def test_a_job_finds_ten_thousand_things(more: int) -> None:
    """More than that belong into a file, and are in one."""
    document = built(job_of(segments(MAX_FINDINGS + more)))
    assert len(document["analysis"]["segments"]) == MAX_FINDINGS
    assert told(document) == ([("note", "too-much-found")] if more else [])


@pytest.mark.parametrize("kind", ["unreadable-number", "item-failed"])
def test_problems_are_findings_too(kind: str) -> None:
    """Each value of a stranger may be a problem of its own."""
    answer = mps_answer("VideoSplit", with_data([{"beginTime": "x"}] * (MAX_FINDINGS + 5)))
    if kind == "item-failed":
        details = [{"Status": "Fail", "Message": "x"}] * (MAX_FINDINGS + 5)
        answer = mps_answer("ImageMatting", {"Details": details})
    types = [problem["type"] for problem in built(job_of(answer))["problems"]]
    assert types.count(kind) <= MAX_FINDINGS
    assert "too-much-found" in types


def test_a_manifest_has_eight_megabytes_whatever_fills_it() -> None:
    """All limits met at once: it has less of everything and says so, as one error or note."""
    keys = ["c/" + "x" * 900 + f"{n}.srt" for n in range(MAX_FILES)]
    answer = files_answer(*keys) | {"New": ["\u202e" * 50] * 30_000}
    items = [{"Status": "Fail", "Message": "\U000e0001" * 700} for _ in range(3000)]
    answer["Result"] = json.dumps(
        {"Data": {"result": [{"file": key} for key in keys]}, "Details": items}
    )
    document = built(job_of(answer))
    assert "too-much-found" in [problem["type"] for problem in document["problems"]]
    assert document["status"] == "partial"


def test_texts_of_a_problem_or_title_are_cut() -> None:
    """A title of a megabyte is none."""
    document = built(job_of(segments(3, "x" * 100_000)))
    assert max(len(s["title"]) for s in document["analysis"]["segments"]) == MAX_TITLE
    failed = mps_answer(State="Fail", Result=json.dumps({"Message": "x" * 100_000}))
    assert len(built(job_of(failed))["problems"][-1]["detail"]) == MAX_DETAIL


@pytest.mark.parametrize("char", ["x", "副", "\U0001f600"])
def test_the_users_own_data_is_cut_between_characters(char: str) -> None:
    """It is kept as given up to where it is cut, and stays valid UTF-8."""
    text = char * 100_000
    facts = job_of(mps_answer(result="{}", UserData=text)).facts
    assert text.startswith(facts["userData"])
    assert MAX_FACT_BYTES - 4 <= len(facts["userData"].encode()) <= MAX_FACT_BYTES


@pytest.mark.parametrize(("length", "is_cut"), [(0, False), (1, True), (MAX_FACT_BYTES + 1, True)])
def test_a_text_that_was_cut_is_named(length: int, *, is_cut: bool) -> None:
    """Whoever compares it with what was given must know that it is not all of it."""
    text = "x" * (MAX_FACT_BYTES + length)
    problems = job_of(files_answer("a.srt", UserData=text, JobParams="p")).problems
    details = [each.detail for each in problems if each.type == "too-much-found"]
    assert details == ([f"{MAX_FACT_BYTES} bytes are kept: userData"] if is_cut else [])


def test_what_is_no_path_is_listed_in_part() -> None:
    """Megabytes may stand where a path should be."""
    [file] = built(job_of(files_answer("x" * 5_000_000)))["resources"]
    assert len(file["data"]["listed"]) == MAX_TEXT


def test_two_things_that_are_no_paths_are_two_entries_however_deep_they_lie() -> None:
    """Their pointers are cut to the same text, and they are still two."""
    deep: Any = [{"file": ".."}, {"file": "../x"}, {"file": "../y"}]
    job = job_of(mps_answer("New", {"k" * 600: {"Data": deep}}))
    assert [r.values for r in listed_resources(job, ACCESS)] == [("..",), ("../x",), ("../y",)]
