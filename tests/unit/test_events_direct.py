"""Direct bodies: what a caller may write, and what is refused with which words."""

import json
from typing import Any

import pytest

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import JobRequest, Tick, Unusable, decode_event
from tests.unit.samples import ID, OTHER, items

LONGEST = "a" * 64


def job(job_id: str = ID, **changes: Any) -> JobRequest:
    given = {"api": None, "on_pending": "return", "origin": "direct", "task_token": None}
    return JobRequest(job_id, **{**given, **changes})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"jobId": ID}, [job()]),
        ({"JobId": ID}, [job()]),
        ({"job_id": ID}, [job()]),
        ({"job-ids": [ID, OTHER]}, [job(), job(OTHER)]),
        ({"jobIds": ID}, [job()]),
        ({"jobId": [ID]}, [job()]),
        ({"jobIds": []}, []),
        ({"jobs": []}, []),
        ({"jobId": "a"}, [job("a")]),
        ({"jobId": "8A87-53a5"}, [job("8A87-53a5")]),
        ({"jobId": LONGEST}, [job(LONGEST)]),
        ({"jobs": [{"jobId": ID, "api": "ims"}]}, [job(api="ims")]),
        (
            {"jobs": [{"jobId": ID, "api": "ims"}, {"JobId": OTHER}, ID]},
            [job(api="ims"), job(OTHER), job()],
        ),
        ({"api": "ims", "jobs": [{"jobId": ID, "api": "mps"}, OTHER]}, [job(api="mps")]),
        ({"jobId": ID, "api": ""}, [job()]),
        ({"jobId": ID, "api": None, "onPending": None}, [job()]),
        ({"jobId": ID, "onPending": "park"}, [job(on_pending="park")]),
        ({"jobId": ID, "taskToken": "t"}, [job(on_pending="park", task_token="t")]),
        (
            {"jobId": ID, "taskToken": "t", "onPending": "return"},
            [job(on_pending="return", task_token="t")],
        ),
        ({"jobId": ID, "outputPrefix": "x/", "other": {"deep": [1]}}, [job()]),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_a_body_that_is_right_gives_its_jobs(
    body: dict[str, Any], expected: list[JobRequest]
) -> None:
    """Callers rely on every documented spelling and option of a body."""
    found = items(body)
    assert found[: len(expected)] == expected
    if body.get("api") == "ims" and "jobs" in body:
        assert found[1:] == [job(OTHER, api="ims")]
    else:
        assert len(found) == len(expected)


SPELLINGS: list[dict[str, Any]] = [
    {"jobId": ID, "job_id": OTHER},
    {"JobId": ID, "jobId": OTHER, "job-id": None},
    {"jobIds": [ID], "JobIds": [OTHER]},
    {"job_ids": ID, "jobIds": [OTHER, ID]},
    {"jobs": [{"jobId": ID}], "Jobs": [{"JobId": OTHER, "jobId": None}]},
    {"jobs": [{"jobId": ID, "JobId": OTHER}]},
    {"jobId": None, "JobId": ID, "jobIds": [OTHER]},
]


@pytest.mark.parametrize("body", SPELLINGS, ids=json.dumps)
def test_the_jobs_of_all_spellings_are_asked_for(body: dict[str, Any]) -> None:
    """What two programs have written into one body names the jobs of both."""
    assert set(items(body)) == {job(), job(OTHER)}
    for request in items({**body, "taskToken": "t"}):
        assert isinstance(request, JobRequest)
        assert set(request.task_jobs) == {(None, ID), (None, OTHER)}


@pytest.mark.parametrize("nulls", [["jobId"], ["job_id", "jobid"]])
@pytest.mark.parametrize("more", [{}, {"State": "Success"}, {"taskToken": "t"}])
def test_a_null_is_nothing_beside_a_value(nulls: list[str], more: dict[str, Any]) -> None:
    """Programs write all spellings that they know, and fill in one."""
    empty = dict.fromkeys(nulls)
    expected = items({"JobId": ID, **more})
    assert len(expected) == 1
    assert items({"JobId": ID, **empty, **more}) == expected
    assert items({**empty, "JobId": ID, **more}) == expected


def test_the_same_job_in_two_spellings_is_asked_for_once() -> None:
    """A notification of MPS has its keys twice."""
    assert items({"JobId": ID, "jobId": ID}) == [job()]


def test_a_value_of_an_option_wins_over_a_null() -> None:
    """Otherwise the job would be asked of another API."""
    assert items({"jobId": ID, "Api": "ims", "api": None}) == [job(api="ims")]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"jobId": 5}, "5 is not a job ID"),
    ({"jobId": None}, "None is not a job ID"),
    ({"jobId": True}, "True is not a job ID"),
    ({"jobId": ""}, "'' is not a job ID"),
    ({"jobId": {}}, "not a job ID"),
    ({"jobId": ID + "\n"}, "not a job ID"),
    ({"jobId": f" {ID}"}, "not a job ID"),
    ({"jobId": "a" * 65}, "not a job ID"),
    ({"jobId": "../../etc/passwd"}, "not a job ID"),
    ({"jobId": "a/b"}, "not a job ID"),
    ({"jobId": "%2e%2e"}, "not a job ID"),
    ({"jobId": "\u0661" * 32}, "not a job ID"),
    ({"jobId": ID + "\u0000"}, "not a job ID"),
    ({"jobIds": [5, "x y"]}, "5 is not a job ID"),
    ({"jobIds": [5, "x y"]}, "'x y' is not a job ID"),
    ({"jobs": [{"id": ID}]}, "not a job ID"),
    ({"jobs": [{"jobId": ID, "api": "mts"}]}, "must be 'mps' or 'ims'"),
    ({"jobId": ID, "api": "MPS"}, "api must be"),
    ({"jobId": ID, "api": 5}, "api must be"),
    ({"jobId": ID, "api": []}, "api must be"),
    ({"jobId": ID, "api": {}}, "api must be"),
    ({"jobs": [{"jobId": ID, "api": ["ims"]}]}, "must be 'mps' or 'ims'"),
    ({"jobId": ID, "onPending": "wait"}, "onPending must be"),
    ({"jobId": ID, "onPending": ["park"]}, "onPending must be"),
    ({"jobId": ID, "taskToken": 5}, "taskToken must be"),
    ({"jobId": ID, "taskToken": ""}, "taskToken must be"),
    ({"jobId": ID, "taskToken": "t" * 5000}, "taskToken must be"),
    ({"taskToken": "t"}, "no job to wait for"),
    ({"taskToken": "t", "jobIds": []}, "no job to wait for"),
]


@pytest.mark.parametrize(("body", "word"), REFUSED, ids=lambda v: json.dumps(v)[:60])
def test_a_callers_unusable_body_is_an_invalid_event(body: dict[str, Any], word: str) -> None:
    """The caller can correct the body, so the error must say what is wrong with it."""
    with pytest.raises(InvalidEvent) as raised:
        items(body)
    assert word in str(raised.value)


@pytest.mark.parametrize(("body", "word"), REFUSED, ids=lambda v: json.dumps(v)[:60])
def test_the_same_body_in_a_message_is_a_rejected_piece(body: dict[str, Any], word: str) -> None:
    """Raising would only bring the message back."""
    text = json.dumps(body)
    [piece] = items({"TopicName": "t", "Message": text})
    assert isinstance(piece, Unusable)
    assert piece.payload == text
    assert word in piece.reason


def test_all_faults_of_a_body_are_named_at_once() -> None:
    """Callers should not have to repair a body one error at a time."""
    body = {"jobId": ID, "api": "x", "onPending": "y", "taskToken": 1}
    with pytest.raises(InvalidEvent) as raised:
        items(body)
    assert all(word in str(raised.value) for word in ("api", "onPending", "taskToken"))


def test_a_body_that_is_partly_right_is_used_as_far_as_it_goes() -> None:
    """What is right is done, and one piece names all that is wrong."""
    body = {"jobIds": [ID, 5, "a b", OTHER]}
    first, second, piece = items(body)
    assert [first, second] == [job(), job(OTHER)]
    assert isinstance(piece, Unusable)
    assert "5 is not a job ID" in piece.reason
    assert "'a b' is not a job ID" in piece.reason
    assert json.loads(piece.payload) == body


def test_a_thousand_faults_still_make_a_short_reason() -> None:
    """A message that grows with the body would flood logs and responses."""
    with pytest.raises(InvalidEvent) as raised:
        items({"jobIds": [f"bad id {number}" for number in range(1000)]})
    assert len(str(raised.value)) < 16_000
    assert "'bad id 99' is not" in str(raised.value)
    assert "'bad id 100'" not in str(raised.value)
    assert "and 900 more" in str(raised.value)


@pytest.mark.parametrize("event", ["[]", "", "   ", "\n\n", '""', '"  "', "\ufeff"])
def test_an_event_with_nothing_in_it_asks_for_nothing(event: str) -> None:
    """An empty event is no mistake and must neither fail nor fill the quarantine."""
    assert items(event) == []


@pytest.mark.parametrize(
    "event",
    ["hello", "123", "true", "null", "{}", '{"a": 1}', "[1]", "[null]", '["hello"]', "deadbeef"],
)
def test_an_unknown_event_is_kept_and_not_raised(event: str) -> None:
    """Raising would bring the event back for ever, and dropping it would lose it."""
    [piece] = items(event)
    assert isinstance(piece, Unusable)
    assert piece.payload


def test_words_and_short_hexadecimal_are_no_ids_in_free_text() -> None:
    """Only 32 hexadecimal digits are an ID where nothing says that it is one."""
    found = items(f"{ID}\nsuccess\ncafe\n{ID}0\n")
    assert found[0] == job()
    assert isinstance(found[1], Unusable)
    assert found[1].reason.startswith("3 lines are")
    assert len(found) == 2


def test_an_id_in_a_list_may_have_blanks_around_it() -> None:
    """Its caller still is the one who waits."""
    assert items([f"{ID} "]) == [job()]


def test_a_list_of_many_texts_names_each_that_is_no_id() -> None:
    """The sound ID must be used, and the other text must be kept for inspection."""
    good, piece = items([ID, "word"])
    assert good == job()
    assert isinstance(piece, Unusable)
    assert piece.payload == "word"


@pytest.mark.parametrize(
    ("payload", "jobs"),
    [
        ("", []),
        ("awesome-fc", []),
        ("{}", []),
        ('{"remark": "nightly"}', []),
        ('{"jobIds": []}', []),
        (json.dumps({"jobId": ID}), [ID]),
        (f"{ID}\n{OTHER}", [ID, OTHER]),
        (json.dumps([ID]), [ID]),
        (json.dumps([{"jobId": ID}]), [ID]),
    ],
)
def test_a_timer_always_ticks_and_names_the_jobs_of_its_payload(
    payload: str, jobs: list[str]
) -> None:
    """No payload may stop the sweep that the timer is there for."""
    found = items({"triggerTime": "t", "triggerName": "nightly", "payload": payload})
    assert found[-1] == Tick()
    assert found[:-1] == [job(job_id, on_pending="park", origin="timer nightly") for job_id in jobs]


def test_a_timer_with_an_unusable_body_still_ticks() -> None:
    """A mistake in the payload must not keep the backlog from being worked off."""
    piece, tick = items({"triggerTime": "t", "triggerName": "n", "payload": '{"jobId": 5}'})
    assert isinstance(piece, Unusable)
    assert tick == Tick()


def test_an_http_request_is_told_from_other_events() -> None:
    """The caller of an HTTP trigger is owed an HTTP answer, also for an error."""
    request = {"requestContext": {"http": {"method": "POST"}}, "body": '{"jobId": 5}'}
    decoded = decode_event(json.dumps(request).encode())
    assert decoded.http
    with pytest.raises(InvalidEvent):
        list(decoded.items)
    assert not decode_event(b'{"jobId": 5}').http


def test_an_http_body_that_is_not_the_base64_it_says_is_unusable() -> None:
    """Reading such a body as something else could hide that its sender is broken."""
    request = {"requestContext": {"http": {"method": "POST"}}, "body": "{", "isBase64Encoded": True}
    [piece] = items(request)
    assert isinstance(piece, Unusable)
    assert "Base64" in piece.reason
