"""Text of strangers passes one gate before anybody sees it, whichever way it takes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.production_api import api_error
from mps_manifest.adapters.telemetry import LOGGER, PowertoolsTelemetry
from mps_manifest.errors import InvalidEvent, Refused, Unauthorized
from mps_manifest.events import Unusable
from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.result_files import read_content
from mps_manifest.job_limits import MAX_DETAIL, MAX_ORIGIN, MAX_POINTER, MAX_REASON
from mps_manifest.manifests.document import (
    NamedJob,
    build_expired_manifest,
    build_faulty_manifest,
)
from mps_manifest.parsing import redaction
from mps_manifest.parsing.bounded_copy import bounded_copy
from mps_manifest.parsing.foreign_text import printable, shown
from mps_manifest.parsing.json_pointer import as_far_as_it_leads, below
from mps_manifest.parsing.redaction import as_given, redact, without_secrets
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.workflow.outcome import Outcome, Tally
from tests.fakes import HOME, FakeStore, raising
from tests.unit.nasty_texts import KEY_ID, NASTY, SECRET, SECRETS
from tests.unit.samples import ID, files_answer, mps_answer, settings, with_data
from tests.unit.world import World

HOST = ".oss-cn-shanghai.aliyuncs.com"

# --- the ways a text takes -----------------------------------------------------------------------


def through_the_log(text: str) -> str:
    stream, handler = io.StringIO(), LOGGER.registered_handler
    before = handler.setStream(stream)  # type: ignore[attr-defined]
    try:
        fields: dict[str, Any] = {"reason": text, "places": [text], "more": {text: {text}}}
        PowertoolsTelemetry().log("warning", "unusable", **fields, error=Refused(text))
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]
    line = json.loads(stream.getvalue())
    return " ".join([line["reason"], *line["places"], str(line["more"]), line["error"]])


def through_an_outcome(text: str) -> str:
    return str(Outcome(ID, "pending", text).as_answer()["reason"])


def through_what_is_lost(text: str) -> str:
    tally = Tally()
    tally.add_lost(text)
    return tally.lost[0]


def through_the_quarantine(text: str) -> str:
    store = FakeStore()
    given = settings()
    with World().core() as core:
        key = Quarantine(store, core.keys, given).add(Unusable("payload", text, text, "empty"))
    entry = json.loads(store.body(key))
    assert entry["payload"] == "payload"
    return f"{entry['reason']} {entry['origin']}"


def through_an_api_error(text: str) -> str:
    return api_error({"Code": "Odd", "Message": text}, 400, Credentials("a", "b", "c")).reason


def through_a_code_of_the_api(text: str) -> str:
    return api_error({"Code": text, "Message": "m"}, 400, Credentials("a", "b", "c")).reason


def through_an_expired_manifest(text: str) -> str:
    body = build_expired_manifest(NamedJob(ID, "mps"), settings(), text).body
    return str(json.loads(body)["problems"][0]["detail"])


def problems_of(world: World, answer: dict[str, Any]) -> str:
    world.api.say(ID, answer)
    outcome = world.deliver(ID)
    manifest = world.manifest(ID)
    told = [(p["title"], p.get("detail", ""), p.get("pointer", "")) for p in manifest["problems"]]
    errors = [file.get("error", {}).get("detail", "") for file in manifest["resources"]]
    return " ".join([*map(" ".join, told), *errors, json.dumps(outcome["jobs"][0].get("reason"))])


def through_a_failure(text: str) -> str:
    return problems_of(World(), mps_answer("Cover", {"Message": text}, State="Fail"))


def through_an_item(text: str) -> str:
    result = {"Details": [{"Status": "Fail", "Message": text}]}
    return problems_of(World(), mps_answer("ImageMatting", result))


def through_an_unreadable_result(text: str) -> str:
    return problems_of(World(), mps_answer(result=f"{text} is no JSON"))


def through_an_unreadable_number(text: str) -> str:
    return problems_of(World(), mps_answer("VideoSplit", with_data([{"beginTime": text}])))


def through_an_algorithm(text: str) -> str:
    return problems_of(World(), mps_answer(text, "{}"))


def through_a_template(text: str) -> str:
    return problems_of(World(), mps_answer("VideoH2V", "{}", output=f"{text}{{timestamp}}"))


def through_an_error_of_the_store(text: str) -> str:
    world = World()
    world.store.fault = raising(
        Unauthorized(text, code="AccessDenied"), lambda call: call.operation == "head"
    )
    return problems_of(world, files_answer("c/a.srt"))


def through_a_file(text: str) -> str:
    body = text.encode("utf-8", "replace")
    [problem] = read_content("beats", body, FileContext())
    return str(getattr(problem, "detail", ""))


def through_a_title(text: str) -> str:
    world = World()
    segment = {"beginTime": 1, "endTime": 2, "title": text}
    world.api.say(ID, mps_answer("VideoSplit", with_data([segment])))
    world.deliver(ID)
    return str(world.manifest(ID)["analysis"]["segments"][0]["title"])


def through_a_channel(text: str) -> str:
    world = World()
    channel = {"Channel": "1", "MOS(0-5)": "4", "Tag": text, "MOS": text}
    world.api.say(ID, mps_answer("AudioQualityAssessment", with_data([channel])))
    world.deliver(ID)
    [found] = world.manifest(ID)["analysis"]["audioQuality"]
    return f"{found['tag']} {found['mosGrade']}"


def through_the_backlog(text: str) -> str:
    world = World()
    world.api.say(ID, mps_answer(State=text))
    world.deliver(ID)
    [of_a_state] = world.parked()
    world = World()
    world.api.say(ID, Refused(text, code="Odd"))
    world.deliver(ID)
    [of_an_error] = world.parked()
    fields = (of_a_state[name] for name in ("reason", "state", "origin"))
    return " ".join((*fields, of_an_error["reason"]))


def through_a_parked_ticket(text: str) -> str:
    world = World()
    world.store.fault = raising(Unauthorized(text), lambda call: call.key.startswith("jobs/"))
    record = {"eventName": "ObjectCreated:Put", "oss": {"bucket": {"name": HOME}}}
    record["oss"]["object"] = {"key": "jobs/a"}  # type: ignore[index]
    world.give({"events": [record]})
    [entry] = world.parked()
    return str(entry["reason"])


def through_an_invalid_event(text: str) -> str:
    said = []
    for body in ({"jobId": text}, {"jobIds": [[text]]}, {"jobId": ID, "api": text}):
        with pytest.raises(InvalidEvent) as raised:
            World().give(json.dumps(body).encode())
        said.append(str(raised.value))
    return " ".join(said)


def through_a_callback(text: str) -> str:
    world = World()
    world.api.say(ID, mps_answer("Cover", {"Message": text}, State="Fail"))
    world.give({"jobId": ID, "taskToken": "token"})
    [(_, _, cause)] = world.callbacks.reports
    return str(json.loads(cause)["jobs"][0]["reason"])


WAYS: list[Callable[[str], str]] = [
    through_the_log,
    through_an_outcome,
    through_what_is_lost,
    through_the_quarantine,
    through_an_api_error,
    through_a_code_of_the_api,
    through_an_expired_manifest,
    through_a_failure,
    through_an_item,
    through_an_unreadable_result,
    through_an_unreadable_number,
    through_an_algorithm,
    through_a_template,
    through_an_error_of_the_store,
    through_a_file,
    through_a_title,
    through_a_channel,
    through_the_backlog,
    through_a_parked_ticket,
    through_an_invalid_event,
    through_a_callback,
]


STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls, line ends, marks of direction, what has no width, and halves of characters."""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", NASTY)
def test_no_way_out_shows_a_secret_or_steers_a_terminal(
    way: Callable[[str], str], name: str
) -> None:
    """A way that was forgotten is the one that a stranger takes."""
    seen = way(NASTY[name])
    assert SECRET.lower() not in seen.lower()
    assert KEY_ID[:10].lower() not in seen.lower()
    assert not STEERING.search(seen)
    assert printable(seen) == seen


@pytest.mark.parametrize("state", ["Success", "Fail"])
@pytest.mark.parametrize("output", [None, f"oss://{HOME}/out/a.png"])
@pytest.mark.parametrize("name", [name for name in SECRETS if "nothing told" not in name])
def test_no_secret_of_an_answer_is_in_its_manifest(
    name: str, output: str | None, state: str
) -> None:
    """Promise 7, wherever in the answer it stands; a fragment that nothing tells of is kept."""
    text = SECRETS[name]
    details = [{"Status": "Fail", "Message": text, text: {"file": text}}, {"Output": text}]
    world = World()
    world.api.say(
        ID,
        mps_answer(
            "ImageMatting",
            {"Code": text, "Message": text, "Details": details},
            State=state,
            Input=text,
            Output={"Type": "OSS", "Media": output or text},
            OutputFiles=[text, f"oss://{HOME}/c/{text}", f"https://{HOME}{HOST}/c/{text}"],
            UserData=text,
            JobParams=json.dumps({"x": text}),
            New={text: [text]},
        ),
    )
    world.deliver(ID)
    assert SECRET.encode() not in world.store.body(f"manifests/{ID}.json")
    assert KEY_ID.encode() not in world.store.body(f"manifests/{ID}.json")


@pytest.mark.parametrize("name", [name for name in SECRETS if "nothing told" not in name])
def test_no_secret_that_stands_for_a_path_is_in_a_manifest(name: str) -> None:
    """Neither as a key, nor encoded in an address, nor where a template would be."""
    for answer in (
        files_answer(SECRETS[name]),
        mps_answer("VideoH2V", "{}", output=f"{SECRETS[name]}{{timestamp}}"),
        mps_answer("VideoH2V", "{}", output=f"{SECRETS[name]}{{source}}", Input=""),
    ):
        world = World()
        world.api.say(ID, answer)
        world.deliver(ID)
        body = world.store.body(f"manifests/{ID}.json").lower()
        assert SECRET.lower().encode() not in body
        assert KEY_ID[:10].lower().encode() not in body


def test_no_secret_is_in_the_manifest_of_a_job_that_we_failed_on() -> None:
    """The last resort must not be the hole."""
    for text in SECRETS.values():
        answer = {"State": text, "FunctionName": text, "Result": text}
        body = build_faulty_manifest(ID, "mps", "cn-shanghai", answer, "ValueError").body
        assert KEY_ID.encode() not in body
        assert f"={SECRET}".encode() not in body


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("in/film.mp4", "out/TEXT"),
        ("in/film.mp4", "out/TEXT{timestamp}"),
        ("in/TEXT.mp4", "out/{source}"),
        ("in/TEXT.mp4", "out/{source}-{timestamp}"),
        ("", "out/TEXT{source}"),
    ],
)
@pytest.mark.parametrize("name", [name for name in SECRETS if "nothing told" not in name])
def test_no_secret_of_an_output_template_is_in_its_manifest(
    name: str, source: str, output: str
) -> None:
    """A template is the answer's, too, and becomes a key."""
    paths = [
        f"oss://{HOME}{HOST}/{path}".replace("TEXT", SECRETS[name]) for path in (source, output)
    ]
    world = World()
    world.api.say(ID, mps_answer("VideoH2V", "{}", Input=paths[0], Output=paths[1]))
    world.deliver(ID)
    assert SECRET.encode() not in world.store.body(f"manifests/{ID}.json")
    assert KEY_ID.encode() not in world.store.body(f"manifests/{ID}.json")


@pytest.mark.parametrize(
    "text", ["[bold]x[/bold]", "[link=https://h.example.com]y[/link]", "[/]", "\\[x]", "<b>&amp;"]
)
def test_markup_is_harmless_text(text: str) -> None:
    """The gate leaves it, and whoever prints it takes no markup out of it."""
    assert shown(text, 100) == text


@given(st.text(max_size=300), st.integers(1, 80))
def test_what_is_shown_is_short_and_printable_and_shown_again_the_same(
    text: str, limit: int
) -> None:
    """Texts pass more than one exit, and may not grow or change on their way."""
    seen = shown(text, limit)
    assert len(seen) <= limit
    assert printable(seen) == seen.encode().decode()
    assert shown(seen, limit) == seen


FRAGMENTS = (
    *("://u@h", "//u@h", "h://k?x", "h://k#x", "h:\\/\\/k\\u003fx", "<StringToSign>x"),
    *("SecurityToken=x", "security-to\u212aen: x", "auth_key=x", "AccessKeyId=x", "SIGNATURE=x"),
    *("x-oss-credential: x", "%3FSignature%3dx", "Authorization: x"),
    *(KEY_ID, f"STS.{'0' * 16}", f"CAIS{'0' * 40}", "LTAI", "ltai", "密", "İ", "a", "0"),
    *(" ", "\n", "/", "?", "#", "@", "=", "<", ">", "&", "'", '"', "\\"),
)


def test_what_has_no_trace_of_a_secret_would_have_stayed_as_it_is() -> None:
    """Most texts are not looked at further, which must not spare a secret."""
    texts = [*FRAGMENTS, *map("".join, product(FRAGMENTS, repeat=2))]
    gates = (redact, without_secrets, as_given)
    found = [(text, gate(text)) for text in texts for gate in gates]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(redaction, "_is_harmless", lambda _text: False)
        assert [(text, gate(text)) for text in texts for gate in gates] == found


@pytest.mark.parametrize("text", ["副歌 内容", "école", "ไทย", "👩\u200d👧", "نص", "a b", ""])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    """Escaping what every language needs would make a reason unreadable."""
    assert shown(text, 100) == text


LONG = "x" * 70_000


def test_every_exit_cuts() -> None:
    """A reason of megabytes would push all others out of an answer or a log."""
    assert len(through_an_outcome(LONG)) == MAX_REASON
    assert len(through_what_is_lost(LONG)) == MAX_REASON
    assert len(through_an_expired_manifest(LONG)) == MAX_DETAIL
    assert len(through_the_log(LONG)) < 10_000
    assert len(through_an_api_error(LONG)) < 400


@pytest.mark.parametrize("origin", [LONG, "\u202e" * 600, f"mns {'?Signature=x' * 9000}"])
def test_a_long_origin_is_cut_and_loses_no_other_field(origin: str) -> None:
    """One of 70 KB made the entry too large to be read back, with its API and token."""
    store = FakeStore()
    with World().core() as core:
        key = Quarantine(store, core.keys, settings()).add(
            Unusable("payload", "why", origin, "empty")
        )
    entry = json.loads(store.body(key))
    assert len(entry["origin"]) <= MAX_ORIGIN
    assert (entry["reason"], entry["payload"]) == ("why", "payload")


@pytest.mark.parametrize("payload", ["a\ud800b", "\udcff", "x\udfff"])
def test_a_piece_that_no_utf8_can_hold_is_kept_as_base64(payload: str) -> None:
    """A lone surrogate in a message raised where the message should have been kept."""
    store = FakeStore()
    with World().core() as core:
        key = Quarantine(store, core.keys, settings()).add(
            Unusable(payload, "why", "from", "empty")
        )
    assert json.loads(store.body(key))["encoding"] == "base64"


@given(st.lists(st.text(max_size=40), max_size=12))
def test_a_pointer_stays_short(keys: list[str]) -> None:
    """A key of 20 KB above 3,000 files made a manifest of 122 MB."""
    at = below("", *keys, "x" * 20_000, "file")
    assert len(at) <= MAX_POINTER
    assert at == "" or at.startswith("/")


def test_a_pointer_leads_to_the_copy_of_a_key_that_is_a_secret() -> None:
    """A key of letters and digits alone was not looked at."""
    key = KEY_ID
    copy, _ = bounded_copy({key: {"file": "a"}}, 1_000, without_secrets, frozenset())
    at = below("", key, "file")
    assert key not in at
    assert as_far_as_it_leads(at, copy) == at


@pytest.mark.parametrize("clean", [as_given, redact, without_secrets])
@pytest.mark.parametrize("key", [KEY_ID, f"CAIS{SECRET}" + "A1b2" * 10, f"STS.{SECRET}{'0' * 14}"])
def test_a_text_that_is_nothing_but_a_key_is_masked(clean: Callable[[str], str], key: str) -> None:
    """Words are no secrets and need no search, unless they begin as access keys do."""
    assert clean(key) == "***"
    assert clean("LTAIwan") == "LTAIwan"
