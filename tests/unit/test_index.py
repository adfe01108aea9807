"""The metadata of manifests, by which OSS's own index finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from mps_manifest.errors import Throttled
from tests.fakes import HOME, Call
from tests.unit.samples import ID, files_answer, mps_answer
from tests.unit.world import MANIFESTS, World
from tests.validators import assert_valid

KEY = f"{MANIFESTS}{ID}.json"


def metadata(answer: dict[str, Any], world: World | None = None) -> Mapping[str, str]:
    """Collect a job with this answer and return the metadata of its manifest."""
    world = world or World()
    world.api.say(ID, answer)
    world.deliver(ID)
    found = world.store.objects[world.settings.bucket, KEY].metadata
    assert all(value.isascii() and value.isprintable() for value in found.values())
    assert all(len(value) <= 512 for value in found.values())
    return found


def test_a_manifest_is_found_by_what_the_contract_names() -> None:
    """Whoever looks for a video, a status or user data asks the index for exactly this."""
    found = metadata(files_answer("a.srt", UserData="order 4711 ✓"))
    assert found == {
        "job-id": ID,
        "status": "partial",
        "api": "mps",
        "function": "CaptionExtraction",
        "input": f"{HOME}/in/film.mp4",
        "user-data-sha256": hashlib.sha256("order 4711 ✓".encode()).hexdigest(),
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("in/a b+c.mp4", "in/a%20b%2Bc.mp4"),
        ("影/片.mp4", "%E5%BD%B1/%E7%89%87.mp4"),
        ("in/a\u2028b%20.mp4", "in/a%E2%80%A8b%2520.mp4"),
    ],
)
def test_the_input_is_percent_encoded(key: str, value: str) -> None:
    """OSS takes nothing but ASCII, and a space at an end would be lost."""
    found = metadata(files_answer("a.srt", Input=f"oss://media.oss-cn-shanghai.aliyuncs.com/{key}"))
    assert found["input"] == f"media/{value}"
    assert unquote(found["input"]) == f"media/{key}"


@pytest.mark.parametrize("name", ["片", "a", "é"])
def test_a_long_input_is_cut_at_a_characters_end(name: str) -> None:
    """Half a character would not decode; what is left is still a prefix to search by."""
    key = name * (1000 // len(name.encode()))
    found = metadata(files_answer("a.srt", Input=f"oss://media.oss-cn-shanghai.aliyuncs.com/{key}"))
    assert 500 < len(found["input"]) <= 512
    assert f"media/{key}".startswith(unquote(found["input"], errors="strict"))


@pytest.mark.parametrize("name", ["Straße\r\nx-oss-object-acl: public-read", "名" * 2000])
def test_a_strangers_algorithm_is_no_header(name: str) -> None:
    """A line break in metadata would be a header of the request that writes the manifest."""
    found = metadata(mps_answer(name, {"Code": "Success"}))
    assert name.startswith(unquote(found["function"], errors="strict"))


def test_what_is_absent_has_no_metadata() -> None:
    """An empty value would match a search for nothing."""
    found = metadata(mps_answer("VideoSplit", {"Code": "Success"}, UserData="", Input=None))
    assert set(found) == {"job-id", "status", "api", "function"}


def test_no_secret_is_in_the_metadata() -> None:
    """A list of metadata is read by more people than the manifests are."""
    secret = "c2lnbmVkd2l0aGtleQ=="
    signed = f"oss://media/a.mp4?Expires=1&Signature={secret}"
    found = metadata(files_answer("a.srt", Input=signed, FunctionName=f"x?Signature={secret}"))
    assert secret not in unquote(str(found))


def test_an_expired_job_is_found_by_its_api() -> None:
    """Nothing else is known of a job that was never answered."""
    world = World(job_ttl_hours="1")
    world.api.say(ID, Throttled("busy"))
    world.deliver(ID)
    world.clock.pass_by(2 * 3600)
    world.tick()
    found = world.store.objects[world.settings.bucket, KEY].metadata
    assert found == {"job-id": ID, "status": "expired", "api": "mps"}


def test_a_job_that_never_ended_is_found_by_what_it_was_given() -> None:
    """Whose user data it has wants to know that it expired."""
    world = World(job_ttl_hours="1")
    world.api.say(ID, files_answer("a.srt", State="Analysing", UserData="4711"))
    world.deliver(ID)
    world.clock.pass_by(2 * 3600)
    world.tick()
    found = world.store.objects[world.settings.bucket, KEY].metadata
    assert found == {
        "job-id": ID,
        "status": "expired",
        "api": "mps",
        "function": "CaptionExtraction",
        "input": f"{HOME}/in/film.mp4",
        "user-data-sha256": hashlib.sha256(b"4711").hexdigest(),
    }
    manifest = world.manifest(ID)
    assert_valid(manifest)
    told = {name: manifest["job"][name] for name in ("functionName", "state", "userData")}
    assert told == {"functionName": "CaptionExtraction", "state": "Analysing", "userData": "4711"}
    assert manifest["job"]["input"]["key"] == "in/film.mp4"
    assert manifest["answer"]["State"] == "Analysing"


def test_metadata_costs_no_request() -> None:
    """It goes with the write of the manifest."""
    world = World()
    metadata(mps_answer("VideoSplit", {"Code": "Success"}), world)
    assert world.store.calls == [Call("write", world.settings.bucket, KEY)]


@pytest.mark.parametrize("old", [{"job-id": ID, "status": "complete"}, {"status": "complete"}, {}])
def test_a_manifest_of_an_older_release_keeps_its_rank(old: dict[str, str]) -> None:
    """It has two names of metadata, or none, and must not be replaced by a worse one."""
    world = World()
    world.store.put("out/a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nx\n")
    metadata(files_answer("out/a.srt"), world)
    stored = world.store.objects[world.settings.bucket, KEY]
    world.store.put(KEY, stored.body, old)
    world.store.delete("out/a.srt")
    world.deliver(ID)
    assert world.store.body(KEY) == stored.body
    assert world.store.objects[world.settings.bucket, KEY].metadata == old
