"""No job reads, lists or quotes what is the function's own, or what nobody has named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes import HOME
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import World
from tests.validators import assert_valid

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nhello\n"
T1 = "1602755353502"
SECRET = b"a secret of somebody else's"
OWN = [
    f"manifests/{OTHER}.json",
    f".mps-manifest/backlog/20240101T000000Z/{OTHER}.json",
    ".mps-manifest/rejected/x.json",
    "manifests/",
    ".mps-manifest/locks/../x",
]


def collected(world: World, answer: dict[str, Any]) -> dict[str, Any]:
    """Let a job be finished with this answer; return its manifest."""
    world.api.say(ID, answer)
    world.deliver(ID)
    manifest = world.manifest(ID)
    assert_valid(manifest)
    return manifest


def reads(world: World) -> set[str]:
    """Return the keys and prefixes that were asked for, but for the job's own manifest."""
    asked = {call.key for call in world.store.calls if call.operation in {"head", "range", "list"}}
    return {key for key in asked if not key.startswith(f".mps-manifest/locks/{ID}")}


def forms(key: str) -> list[str]:
    host = f"{HOME}.oss-cn-shanghai.aliyuncs.com"
    return [key, f"oss://{HOME}/{key}", f"oss://{host}/{key}", f"https://{host}/{key}"]


LISTED = [form for key in OWN[:4] for form in forms(key)]


@pytest.mark.parametrize("listed", LISTED)
def test_an_object_of_our_own_is_never_a_jobs_file(listed: str) -> None:
    """Whoever starts a job chooses its output, and would read or change our state by it."""
    world = World()
    for key in OWN:
        world.store.put(key, SECRET)
    manifest = collected(world, files_answer(listed, "c/a.jpg"))
    own = manifest["resources"][0]
    assert (own["status"], own["error"]["type"]) == ("denied", "own-object")
    assert manifest["status"] == "partial"
    assert reads(world) == {"c/a.jpg"}
    assert SECRET not in world.store.body(f"manifests/{ID}.json")


@pytest.mark.parametrize(
    "listed", [f"%6Danifests/{OTHER}.json", "manifests%2Fx.json", "%2Emps-manifest/x"]
)
def test_a_key_that_becomes_our_own_by_decoding_is_none_either(listed: str) -> None:
    """It is looked for as it stands; that its other reading is ours no later try will change."""
    world = World()
    for key in [*OWN, "manifests/x.json", ".mps-manifest/x"]:
        world.store.put(key, SECRET)
    manifest = collected(world, files_answer(listed))
    [file] = manifest["resources"]
    assert (file["status"], file["error"]["type"]) == ("denied", "own-object")
    assert reads(world) == {listed}


TEMPLATES = [
    ("manifests/{source}.json", "denied", set()),
    ("manifests/{timestamp}.json", "denied", set()),
    ("manifests/{resultType}.json", "denied", set()),
    (".mps-manifest/backlog/{timestamp}/x.json", "denied", set()),
    # what only decoding would make our own is looked for as it stands
    ("%6Danifests/{timestamp}.json", "missing", {"%6Danifests/"}),
    ("manifests%2F{timestamp}", "missing", {"manifests%2F"}),
]


@pytest.mark.parametrize(("template", "status", "read"), TEMPLATES)
def test_a_template_below_our_own_prefixes_lists_nothing(
    template: str, status: str, read: set[str]
) -> None:
    """A list of our manifests is a list of everybody's jobs."""
    world = World()
    for key in [*OWN, f"manifests/{T1}.json", "manifests/film.json"]:
        world.store.put(key, SECRET)
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=template))
    assert [file["status"] for file in manifest["resources"]] == [status]
    assert reads(world) == read


@pytest.mark.parametrize(
    "template", ["{resultType}/x{timestamp}.json", "m{resultType}/{timestamp}.json"]
)
def test_a_template_above_our_own_prefixes_matches_none_of_ours(template: str) -> None:
    """Its prefix has to be listed, but what is ours in the list is no candidate."""
    world = World()
    for key in [
        f"manifests/x{T1}.json",
        f"manifests/{T1}.json",
        f"mine/x{T1}.json",
        f"mine/{T1}.json",
    ]:
        world.store.put(key, SECRET)
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=template))
    assert {file["key"].split("/")[0] for file in manifest["resources"]} == {"mine"}


def test_a_job_whose_output_is_its_own_manifest_does_not_rewrite_it() -> None:
    """Its ETag would stand in it, so each replay would write another one."""
    world = World()
    answer = mps_answer("VideoH2V", "{}", output=f"manifests/{ID}.json")
    collected(world, answer)
    collected(world, answer)
    assert world.store.written.count(f"manifests/{ID}.json") == 1


def test_our_prefixes_in_another_bucket_are_nobodys() -> None:
    """Only in the home bucket are they ours."""
    world = World(allowed_buckets=f"{HOME},other-bucket")
    world.store.put("manifests/x.jpg", bucket="other-bucket")
    manifest = collected(world, files_answer("oss://other-bucket/manifests/x.jpg"))
    assert manifest["resources"][0]["status"] == "available"


def test_sidecars_are_written_and_listed_all_the_same() -> None:
    """They are below our prefix because we have made them, not because a job named them."""
    world = World(captions_vtt="true")
    world.store.put("c/a.srt", SRT)
    manifest = collected(world, files_answer("c/a.srt"))
    assert [file["status"] for file in manifest["resources"]] == ["available", "available"]
    assert manifest["status"] == "complete"


ALLOWED_TO_FIND = ["srt", "vtt", "json", "txt"]


@pytest.mark.parametrize("ending", ALLOWED_TO_FIND)
@pytest.mark.parametrize(
    "body", [SECRET, SRT + SECRET, b'{"a": "' + SECRET + b'"}', b"\xff" + SECRET]
)
def test_a_file_that_only_a_template_found_is_not_quoted(ending: str, body: bytes) -> None:
    """A job of one tenant could show 200 characters of any file of another."""
    world = World(captions_vtt="true")
    world.store.put(f"secret/{T1}.{ending}", body)
    template = f"secret/{{timestamp}}.{ending}"
    manifest = collected(world, mps_answer("VideoH2V", "{}", output=template))
    assert manifest["resources"][0]["origin"] == "output-template"
    assert not [key for key, held in world.store.objects.items() if SECRET in held.body][1:]


def test_a_file_that_the_service_named_is_quoted() -> None:
    """Its excerpt helps to find out what it is, and it is the job's own."""
    world = World()
    world.store.put("c/a.srt", b"no captions at all")
    manifest = collected(world, files_answer("c/a.srt"))
    assert "no captions" in json.dumps(manifest["problems"])
