"""What must hold whatever comes: the promises that a fuzzer can see broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import orjson

from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.adapters.telemetry import _shown
from mps_manifest.errors import (
    ConfigurationError,
    InvalidEvent,
    TemporarilyUnavailable,
)
from mps_manifest.job_limits import (
    MAX_DETAIL,
    MAX_FAULTS,
    MAX_MANIFEST_BYTES,
    MAX_ORIGIN,
    MAX_POINTER,
    MAX_REASON,
)
from mps_manifest.parsing.foreign_text import printable
from mps_manifest.workflow.announcers import MAX_OUTPUT_BYTES
from tests.fakes import FakeApi
from tests.fakes.network import answering
from tests.fuzz.odd import KEY, PLANTED, TOKEN
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import BACKLOG, MANIFESTS, REJECTED, World
from tests.validators import assert_valid

ALLOWED = (InvalidEvent, ConfigurationError, TemporarilyUnavailable)
MAX_RETURN = 48 * 1024
MAX_LINE = 8 * 1024
MAX_MESSAGE = 16 * 1024
MAX_PARKED_REASON = 500
STATUSES = {"complete", "partial", "failed", "expired", "pending", "rejected", "mixed", "empty"}
CREDENTIALS = Credentials(f"LTAI{KEY}", "s3cret-of-the-role", f"STS.{TOKEN}")


def world_with(say: Callable[[str], tuple[int, bytes]], **settings: Any) -> World:
    """Make a world whose API says something in bytes, to the adapter that reads them."""
    world = World(**settings)
    api = ProductionApi(world.settings, CREDENTIALS, answering(say))
    world.api = cast("FakeApi", api)
    return world


def new_world() -> World:
    """Make a world in which one job has ended, one runs, and nobody knows any other."""
    world = World(concurrency="2")
    world.store.put("c/a.srt", b"1\n00:00:01,000 --> 00:00:02,000\nhi\n")
    world.api.say(ID, files_answer("c/a.srt"))
    world.api.say(OTHER, mps_answer(State="Analysing"))
    return world


# --- what comes of an event ----------------------------------------------------------------------


def handled(world: World, event: bytes, *, intact: bool = True) -> dict[str, Any] | None:
    """Give an event, and judge what comes of it; None where it has no return value of ours.

    What was planted may only be looked for where it is `intact`: nobody can tell half a secret.
    """
    try:
        answer = world.give(event)
    except ALLOWED as error:
        assert_sane(str(error), MAX_MESSAGE, intact=intact)
        answer = None
    judge(world, intact=intact)
    return None if answer is None else _opened(answer, intact=intact)


def _opened(answer: dict[str, Any], *, intact: bool) -> dict[str, Any] | None:
    """Return the return value that an HTTP answer carries; None where it carries none."""
    if "statusCode" not in answer:
        judge_return(answer, intact=intact)
        return answer
    status, body = answer["statusCode"], answer["body"]
    assert status in {200, 204, 400, 503}
    if status == 204:
        assert body == ""
        return None
    inner: dict[str, Any] = json.loads(body)
    if status != 200:
        assert_sane(inner["errorMessage"], MAX_MESSAGE, intact=intact)
        return None
    judge_return(inner, intact=intact)
    return inner


def judge_return(answer: dict[str, Any], *, intact: bool = True) -> None:
    """Assert that a return value is small, known, and without secrets."""
    assert len(json.dumps(answer, indent=4)) <= MAX_RETURN
    assert answer["status"] in STATUSES
    for job in answer["jobs"]:
        assert job["status"] in STATUSES
        assert job["status"] == "complete" or job["reason"]
    for text in texts_in(answer):
        assert_sane(text, MAX_REASON, intact=intact)


def judge(world: World, *, intact: bool = True) -> None:
    """Assert that bucket and log hold what is valid, bounded, and without secrets."""
    assert world.telemetry.unexpected_errors == []
    for _, message, fields in world.telemetry.lines:
        line = _shown({"message": message, **fields})  # the gate of the adapter for logs
        assert len(json.dumps(line)) <= MAX_LINE
        for text in texts_in(line):
            assert_sane(text, MAX_LINE, intact=intact)
    for _, _, said in world.callbacks.reports:
        assert len(said.encode()) <= MAX_OUTPUT_BYTES
        for text in texts_in(json.loads(said)):
            assert_sane(text, MAX_REASON, intact=intact)
    for (_, key), held in list(world.store.objects.items()):
        if key.startswith(MANIFESTS) and key.endswith(".json"):
            _judge_manifest(held.body, held.metadata, intact=intact)
        elif key.startswith(BACKLOG):
            _judge_parked(orjson.loads(held.body), intact=intact)
        elif key.startswith(REJECTED):
            entry = orjson.loads(held.body)
            assert entry["reason"]
            assert_sane(entry["reason"], MAX_FAULTS, intact=intact)
            assert_sane(entry["origin"], MAX_ORIGIN, intact=intact)


def _judge_manifest(body: bytes, metadata: Mapping[str, str], *, intact: bool) -> None:
    assert len(body) <= MAX_MANIFEST_BYTES
    document = json.loads(body)
    assert_valid(document)
    assert metadata["status"] == document["status"]
    assert not leaked(body.decode(), intact=intact)
    _judge_pointers(document)
    faults = [file["error"] for file in document["resources"] if "error" in file]
    for fault in [*document.get("problems", []), *faults]:
        assert_sane(fault["title"], MAX_DETAIL, intact=intact)
        assert_sane(fault.get("detail", ""), MAX_DETAIL, intact=intact)
        assert len(fault.get("pointer", "")) <= MAX_POINTER
    for text in texts_in(document.get("analysis", {})):
        assert_sane(text, MAX_DETAIL, intact=intact)


def _judge_pointers(document: dict[str, Any]) -> None:
    """Assert that each place that a problem or a file names is there."""
    problems = document.get("problems", [])
    places = {fault.get("pointer", "") for fault in problems}
    if not any(fault["type"] == "too-much-found" for fault in problems):
        places |= {file["origin"] for file in document["resources"]} - {"output-template"}
    for place in places:
        value = document.get("answer")
        for part in place.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else cast("Any", value)[key]


def _judge_parked(entry: dict[str, Any], *, intact: bool) -> None:
    assert_sane(entry["origin"], MAX_ORIGIN, intact=intact)
    assert_sane(entry["reason"], MAX_PARKED_REASON, intact=intact)
    assert_sane(entry.get("state", ""), MAX_PARKED_REASON, intact=intact)


def assert_sane(text: str, limit: int, *, intact: bool = True) -> None:
    """Assert that a text that people read is short, steers nothing, and has no secret."""
    assert len(text) <= limit
    assert printable(text) == text
    assert not leaked(text, intact=intact)


def leaked(text: str, *, intact: bool = True) -> list[str]:
    """Return the planted secrets that a text has, in any case."""
    folded = text.lower()
    secrets = (*(PLANTED if intact else ()), CREDENTIALS.access_key_secret)
    return [secret for secret in secrets if secret.lower() in folded]


def texts_in(value: object) -> Iterator[str]:
    """Yield all texts of a document, the keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


# --- nothing is lost, and nothing is done twice --------------------------------------------------


def kept(world: World) -> set[str]:
    """Return the jobs that have a manifest, or lie in the backlog or the quarantine."""
    found = {
        key.rpartition("/")[2].removesuffix(".json")
        for key in (*world.store.home_keys(MANIFESTS), *world.store.home_keys(BACKLOG))
    }
    for entry in world.rejected():
        found |= set(_ids_in(entry["payload"]))
    return found


def _ids_in(payload: str) -> Iterable[str]:
    try:
        value = json.loads(payload)
    except ValueError:
        return ()
    named = value.get("jobId") if isinstance(value, dict) else None
    return [named] if isinstance(named, str) else ()


def results(world: World) -> dict[str, bytes]:
    """Return what was made of an event: all manifests with their sidecars, and the quarantine."""
    keys = (*world.store.home_keys(MANIFESTS), *world.store.home_keys(REJECTED))
    return {key: world.store.body(key) for key in keys}


def assert_replay_writes_nothing(world: World, event: bytes, *, intact: bool = True) -> None:
    """Give an event once more: manifests and quarantine stay, and are not even written again."""
    before, written = results(world), len(world.store.written)
    handled(world, event, intact=intact)
    again = [key for key in world.store.written[written:] if key.startswith((MANIFESTS, REJECTED))]
    assert again == []
    assert results(world) == before
