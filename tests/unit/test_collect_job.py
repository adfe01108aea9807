"""One job: what is asked, looked at and written for it, and what becomes of it."""

from itertools import accumulate
from typing import Any

import pytest

from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.workflow.outcome import Outcome
from tests.fakes import HOME, Call, raising
from tests.payloads import load, query_answers
from tests.unit.samples import ID, files_answer, mps_answer, with_data
from tests.unit.world import World
from tests.validators import assert_valid


def collect(world: World, job_id: str = ID) -> Outcome:
    with world.core() as core:
        return core.settler.publish(core.collector.collect("mps", job_id))


def world_with(*keys: str, answer: dict[str, Any] | None = None, **settings: str) -> World:
    """Make a world where a job is finished and its files are there."""
    world = World(**settings)  # type: ignore[arg-type]
    for key in keys:
        world.store.put(key)
    world.api.say(ID, answer or files_answer(*keys))
    return world


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_job_is_one_query_one_look_per_file_and_one_write(count: int) -> None:
    """Every further request would cost quota and money for each job."""
    keys = [f"c/{number}.srt" for number in range(count)]
    world = world_with(*keys, media_facts="false")
    outcome = collect(world)
    assert outcome.status == "complete"
    assert outcome.reason == ""
    assert outcome.manifest is not None
    assert world.api.calls == [("mps", ID)]
    assert sorted(c.key for c in world.store.calls if c.operation == "head") == sorted(keys)
    assert world.store.count("write") == 1
    assert len(world.store.calls) == count + 1
    assert [r["key"] for r in world.manifest(ID)["resources"]] == keys
    assert_valid(world.manifest(ID))


@pytest.mark.parametrize(("reads_all", "most"), [(False, 64 * 1024), (True, 500 * 1024)])
def test_of_a_film_no_more_than_its_first_half_mebibyte_is_read(
    *, reads_all: bool, most: int
) -> None:
    """Promise 6: its size costs nothing, even where the parser wants to see all of it."""
    world = world_with(answer=files_answer("c/film.mp4", "c/missing.mp4"))
    world.store.put("c/film.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(5 * 1024 * 1024))
    world.parser.reads_all = reads_all
    collect(world)
    assert {key for key, _, _ in world.store.ranges} == {"c/film.mp4"}
    lengths = [length for _, _, length in world.store.ranges]
    straight = lengths[:-1] if reads_all else lengths  # the end of the film is read last
    starts = [start for _, start, _ in world.store.ranges]
    assert starts[: len(straight)] == [0, *accumulate(straight)][:-1]
    assert 64 * 1024 <= sum(lengths) <= most
    assert max(lengths) <= 128 * 1024
    others = [call for call in world.store.calls if call.operation != "range"]
    assert sorted(others, key=str) == [
        Call("head", HOME, "c/film.mp4"),
        Call("head", HOME, "c/missing.mp4"),
        Call("write", HOME, f"manifests/{ID}.json"),
    ]


def test_a_replay_writes_nothing() -> None:
    """Events arrive more than once, and a second write would trigger others once more."""
    world = world_with("c/a.srt")
    first = collect(world)
    again = collect(world)
    assert first.written
    assert again == first._replace(written=False)
    assert len(world.store.written) == 1


QUERY_FAULTS: list[tuple[ServiceError, str]] = [
    (Throttled("busy", code="Throttling"), "pending"),
    (Unreachable("down"), "pending"),
    (Unauthorized("no", code="Forbidden.RAM"), "pending"),
    (Unauthorized("off", code="InvalidIdentity.ServiceDisabled"), "pending"),
    (NotFound("no such job", code="InvalidParameter.JobNotFound"), "rejected"),
    (NotFound("malformed", code="InvalidParameter.UUIDFormatInvalid"), "rejected"),
    (Refused("odd", code="InvalidAction.NotFound"), "pending"),
]


@pytest.mark.parametrize(("fault", "status"), QUERY_FAULTS)
def test_what_the_service_says_instead_of_an_answer(fault: ServiceError, status: str) -> None:
    """Only what names the ID says something about the job; the rest is the account's, or passes."""
    world = World()
    world.api.say(ID, fault)
    outcome = collect(world)
    assert outcome.status == status
    assert outcome.reason == fault.reason
    assert world.store.calls == []


@pytest.mark.parametrize(
    ("answer", "status", "word"),
    [
        ({"RequestId": "r", "JobId": ID}, "rejected", "has no state"),
        (mps_answer(State="Queuing", Result=None), "pending", "Queuing"),
        (mps_answer(State="Analysing"), "pending", "Analysing"),
        (mps_answer(State="Odd"), "pending", "Odd"),
        ({}, "rejected", "has no state"),
    ],
)
def test_an_unfinished_job_has_no_manifest(answer: dict[str, Any], status: str, word: str) -> None:
    """A manifest announces the end of a job, and nobody has seen that end yet."""
    world = World()
    world.api.say(ID, answer)
    outcome = collect(world)
    assert outcome.status == status
    assert word in outcome.reason
    assert world.store.calls == []


def test_a_failed_job_has_one() -> None:
    """Whoever waits for the manifest must learn that the job failed, and why."""
    result = {"Code": "InvalidParameter", "Message": "bad input"}
    world = world_with(answer=mps_answer(result=result, State="Fail"))
    outcome = collect(world)
    assert outcome.status == world.manifest(ID)["status"] == "failed"
    assert "bad input" in outcome.reason
    assert not outcome.look_again


FILE_FAULTS: list[tuple[ServiceError | None, str, bool]] = [
    (None, "missing", True),
    (Unauthorized("no", code="AccessDenied"), "denied", False),
    (Unreachable("down"), "error", True),
    (Throttled("busy"), "error", True),
    (Refused("odd"), "error", False),
]


@pytest.mark.parametrize(("fault", "status", "again"), FILE_FAULTS)
def test_one_file_that_is_not_there_makes_it_partial(
    fault: ServiceError | None, status: str, *, again: bool
) -> None:
    """Every other file is told of all the same."""
    world = world_with("c/a.srt", "c/c.srt", answer=files_answer("c/a.srt", "c/b.srt", "c/c.srt"))
    if fault:
        world.store.fault = raising(fault, lambda call: call.key == "c/b.srt")
    outcome = collect(world)
    assert outcome.status == "partial"
    assert outcome.look_again == again
    statuses = [resource["status"] for resource in world.manifest(ID)["resources"]]
    assert statuses == ["available", status, "available"]


def test_nothing_outside_the_allowed_buckets_is_looked_at() -> None:
    """Promise 4: absolute URLs, other buckets, `..` and sentences are judged first."""
    paths = [
        "oss://foreign-bucket/a.srt",
        "https://foreign-bucket.oss-cn-shanghai.aliyuncs.com/b.srt",
        "https://example.com/c.srt",
        "../../etc/passwd",
        "oss fail to save the image in the given bucket",
        "c/ok.srt",
    ]
    world = world_with("c/ok.srt", answer=files_answer(*paths))
    assert collect(world).status == "partial"
    assert [c.key for c in world.store.calls if c.operation == "head"] == ["c/ok.srt"]
    assert {c.bucket for c in world.store.calls} == {HOME}
    statuses = [resource["status"] for resource in world.manifest(ID)["resources"]]
    assert statuses == ["denied", "denied", "error", "error", "error", "available"]


@pytest.mark.parametrize("fault", [Unreachable("down"), Unauthorized("no"), Refused("odd")])
def test_a_manifest_that_cannot_be_written_leaves_the_job_pending(fault: ServiceError) -> None:
    """A result must not get lost because the bucket was not available for a while."""
    world = world_with("c/a.srt")
    world.store.fault = raising(fault, lambda call: call.operation == "write")
    outcome = collect(world)
    assert outcome.status == "pending"
    assert fault.reason in outcome.reason
    assert outcome.manifest is None


SILENT = ["VideoDetext", "VideoH2V", "VideoDelogo", "ImageH2V", "ImageDelogo"]
NOTHING = {"Details": [], "Message": "success", "Code": "Success"}
T1, T2 = "1602755353502", "1602755399999"


@pytest.mark.parametrize("name", SILENT)
def test_a_file_nobody_names_is_found_by_the_template(name: str) -> None:
    """These algorithms do not name the file they write, so only the template leads to it."""
    answer = mps_answer(name, NOTHING, output="out/{source}-{timestamp}.mp4")
    key = f"out/film-{T1}.mp4"
    world = world_with(key, "out/film-x.mp4", "out/other.mp4", answer=answer)
    assert collect(world).status == "complete"
    [resource] = world.manifest(ID)["resources"]
    assert (resource["key"], resource["origin"]) == (key, "output-template")
    assert resource["status"] == "available"
    assert [call for call in world.store.calls if call.operation == "list"] == [
        Call("list", HOME, "out/film-")
    ]
    assert world.store.count("head") == 1


def test_two_runs_that_match_are_ambiguous_and_none_is_guessed() -> None:
    """A wrong guess would present the file of another run as the result of this job."""
    answer = mps_answer("VideoH2V", NOTHING, output="out/{source}-{timestamp}.mp4")
    keys = [f"out/film-{T1}.mp4", f"out/film-{T2}.mp4"]
    world = world_with(*keys, answer=answer)
    outcome = collect(world)
    assert outcome.status == "partial"
    [resource] = world.manifest(ID)["resources"]
    assert resource["status"] == "ambiguous"
    assert all(key in resource["error"]["detail"] for key in keys)
    assert world.store.count("head") == 0


def test_several_sequence_numbers_are_several_files() -> None:
    """One run may write many pictures, and all of them belong to the job."""
    answer = mps_answer("ImageH2V", NOTHING, output="out/{source}-{sequenceId}.jpg")
    keys = [f"out/film-{n:05}.jpg" for n in range(1, 4)]
    world = world_with(*keys, answer=answer)
    assert collect(world).status == "complete"
    assert [r["key"] for r in world.manifest(ID)["resources"]] == keys


@pytest.mark.parametrize(
    ("output", "changes", "status", "kind"),
    [
        ("out/{source}-{timestamp}.mp4", {}, "missing", "missing"),
        ("out/fixed.mp4", {}, "missing", "missing"),
        ("out/{source}.mp4", {"Input": "no place"}, "error", "unknown-source"),
        ("../{timestamp}.mp4", {"Output": "oss://home-bucket/../x"}, None, "nothing-listed"),
        ("", {"Output": None}, None, "nothing-listed"),
    ],
)
def test_a_template_that_leads_nowhere_is_told(
    output: str, changes: dict[str, Any], status: str | None, kind: str
) -> None:
    """Readers must learn why no file is listed instead of finding an empty list."""
    world = world_with(answer=mps_answer("VideoH2V", NOTHING, output=output, **changes))
    assert collect(world).status == "partial"
    resources = world.manifest(ID)["resources"]
    assert [resource["status"] for resource in resources] == ([status] if status else [])
    assert kind in [problem["type"] for problem in world.manifest(ID)["problems"]]
    assert_valid(world.manifest(ID))


def test_a_foreign_output_is_not_listed_either() -> None:
    """Listing a bucket that is not allowed would be as bad as reading from it."""
    answer = mps_answer("VideoH2V", NOTHING, bucket="foreign-bucket")
    world = world_with(answer=answer)
    assert collect(world).status == "partial"
    [resource] = world.manifest(ID)["resources"]
    assert (resource["status"], resource["bucket"]) == ("denied", "foreign-bucket")
    assert {call.bucket for call in world.store.calls} == {HOME}


def test_a_template_that_matches_too_widely_is_given_up() -> None:
    """Listing a huge bucket would use up the time that other jobs need."""
    answer = mps_answer("VideoH2V", NOTHING, output="{timestamp}.mp4")
    world = world_with(answer=answer)
    for number in range(20_001):
        world.store.put(f"x{number}")
    assert collect(world).status == "partial"
    [resource] = world.manifest(ID)["resources"]
    assert resource["error"]["type"] == "too-many-keys"


@pytest.mark.parametrize("name", ["MusicSegmentDetect", "VideoSplit", "AudioQualityAssessment"])
def test_algorithms_that_only_find_something_need_no_file(name: str) -> None:
    """Success without a file is normal for them and must not make the job partial."""
    world = world_with(answer=mps_answer(name, with_data({"result": []})))
    assert collect(world).status == "complete"
    assert world.manifest(ID)["resources"] == []


@pytest.mark.parametrize(
    ("api", "path"), list(query_answers()), ids=lambda v: getattr(v, "stem", v)
)
def test_every_documented_answer_is_complete_when_its_files_are_there(api: Any, path: Any) -> None:
    """No quirk of an algorithm may keep its finished jobs from ever being complete."""
    world = World(allowed_buckets=f"{HOME},media-results,bucket")
    answer = load(path)
    world.api.say(ID, answer)
    with world.core() as core:
        first = core.settler.publish(core.collector.collect(api, ID))
        told = world.manifest(ID)
        assert_valid(told)
        for resource in told["resources"]:
            key = resource["key"].replace("{timestamp}", T1)
            world.store.put(key, bucket=resource["bucket"])
        second = core.settler.publish(core.collector.collect(api, ID))
    assert first.status == ("partial" if told["resources"] else "complete")
    assert second.status == "complete"
    assert_valid(world.manifest(ID))
    assert all(r["status"] == "available" for r in world.manifest(ID)["resources"])
