"""`make verify-live`: a job through each trigger, what is reported, and what is left behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.open_facts import BY_ID, NOT_OBSERVED, OPEN_FACTS
from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import Denial, Identity
from local.jobs.plan import JobPlan
from local.ros.messages import Message
from tests.deploy.conftest import NAME, ROOT, Desk
from tests.deploy.live_platform import LiveDeployment, LivePlatform
from tests.deploy.stacks import bring_up
from tests.e2e.conftest import BUCKET
from tests.e2e.jobs import clip, job_id

JOB = job_id(1)
WAIT = ("--wait", "20")
SHORT = ("--wait", "0.5")


@pytest.fixture(scope="module")
def functions(running_cloud: LocalCloud) -> Iterator[LiveDeployment]:
    deployment = LiveDeployment(running_cloud, {"Bucket": BUCKET, "Runtime": "python3.12"})
    yield deployment
    deployment.close()


@pytest.fixture
def platform(desk: Desk, functions: LiveDeployment) -> Iterator[LivePlatform]:
    """Return a deployed stack that works, with a job that has ended."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    desk.parameters["Bucket"] = BUCKET
    desk.cloud.create_bucket(BUCKET)
    desk.cloud.put_jobs([(clip(1), JobPlan())])
    desk.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    functions.forget_keys()
    bring_up(desk)
    with LivePlatform(desk, functions) as platform:
        yield platform


def report_of(desk: Desk) -> tuple[str, dict[str, Any]]:
    """Read the report: all of it, and its part for programs."""
    [path] = (desk.folder / "build").glob("verify-live-*.md")
    text = path.read_text()
    [document] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    path.unlink()
    return text, json.loads(document)


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    return {each["trigger"]: each["outcome"] for each in document["triggers"]}


def facts(document: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["outcome"] for each in document["facts"]}


def left(desk: Desk) -> list[str]:
    """List all but manifests, results and leases of the quota: what nobody should have left."""
    passing = ("manifests/", "clips/", ".mps-manifest/leases/")
    return [key for key in desk.cloud.list_keys(BUCKET) if not key.startswith(passing)]


@pytest.mark.usefixtures("platform")
def test_the_job_goes_through_every_trigger(desk: Desk) -> None:
    """One run must tell whether the whole stack works, and leave nothing but its report."""
    assert desk.run("verify-live", JOB, *WAIT).status == 0  # the first one may start instances
    report_of(desk)
    before = desk.cloud.get_object(BUCKET, f"manifests/{JOB}.json")
    desk.cloud.reset_requests()
    ended = desk.run("verify-live", JOB, *WAIT)
    assert ended.status == 0, ended.output
    assert "The job has a manifest: nothing that follows writes another." in ended.output
    text, document = report_of(desk)
    triggers = ("direct", "timer", "ticket", "topic", "queue", "flow")
    assert outcomes(document) == dict.fromkeys(triggers, "arrived")
    found = facts(document)
    assert list(found) == [fact.id for fact in OPEN_FACTS]
    assert found["async-invocation-type"] == "synchronous"
    assert found["flow-output"] == "as it was reported"
    assert found["log-lines"] == "the JSON text alone"
    assert found["ticket"] == "it calls"
    assert found["queue-metric"] == "acs_mns_new has ActiveMessages"
    assert {found[each] for each in ("topic", "queue", "timer")} == {"it does"}
    assert found["policy"] == NOT_OBSERVED
    assert BY_ID["policy"].look in text
    assert document["notes"] == []
    # harmless: the job was only queried, and nothing was written anew or left
    assert desk.cloud.get_object(BUCKET, f"manifests/{JOB}.json") == before
    written = [
        each
        for each in desk.cloud.requests()
        if each.action == "PutObject" and each.key.startswith("manifests/") and each.status == 200
    ]
    assert written == []
    assert left(desk) == []
    assert desk.ros.messages.queues.get(f"{NAME}-jobs", []) == []


SECRETS = (
    *(BUCKET, "code-bucket", "1234567890123456", JOB, "LTAI5tLaptopOwner", "laptop-owner-secret"),
    *("mps-manifest-jobs", "mps-manifest-sweep", "127.0.0.1", "acs:", "Signature="),
)


def test_nothing_of_the_account_is_in_the_report(desk: Desk, platform: LivePlatform) -> None:
    """It is made to be sent to strangers, also where a service's own words are in it."""
    platform.broken = {"topic", "queue", "ticket", "timer", "flow"}
    told = (
        f"no: acs:mns:cn-shanghai:1234567890123456:/queues/mps-manifest-jobs {BUCKET} code-bucket"
        f" {JOB} LTAI5tLaptopOwner laptop-owner-secret http://127.0.0.1:9/x?Signature=abc"
        " Signature=abc mps-manifest-sweep"
    )
    for action in ("PublishMessage", "SendMessage", "StartExecution", "StopExecution"):
        desk.ros.faults.add(FaultRule("error", action=action, status=400, code="Odd", message=told))
    ended = desk.run("verify-live", JOB, *SHORT)
    assert ended.status == 1, ended.output
    text, document = report_of(desk)
    assert outcomes(document)["topic"] == "could not be sent"
    assert "failed with Odd" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_what_is_broken_is_told_and_cleaned_up(
    desk: Desk, platform: LivePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a stack that does not work must not be left with what looked at it."""
    platform.broken = {"ticket", "timer", "topic", "queue", "flow"}
    others = [Message(f"others-{number}", "theirs") for number in range(20)]
    desk.ros.messages.queues[f"{NAME}-jobs"] = list(others)
    assert desk.run_here(monkeypatch, "verify-live", JOB, *SHORT) == 1
    _, document = report_of(desk)
    assert outcomes(document) == {
        "direct": "arrived",
        **dict.fromkeys(("timer", "ticket", "topic", "queue", "flow"), "did not arrive"),
    }
    found = facts(document)
    assert found["ticket"] == "it does not call"
    assert found["topic"] == found["queue"] == found["timer"] == "it does not"
    assert found["async-invocation-type"] == NOT_OBSERVED
    assert left(desk) == []
    assert desk.ros.messages.queues[f"{NAME}-jobs"] == others  # ours is gone, theirs are there
    # which may have been received, and can be so by others after the second that is the least
    assert all(one.visible <= time.time() + 1 for one in others)
    [run] = desk.ros.account.executions.values()
    assert run["Status"] == "Stopped"


def test_the_other_outcomes_are_told_apart(
    desk: Desk, platform: LivePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that can say one thing only settles nothing."""
    platform.asynchronous = True
    platform.prefix = "2026-11-26T00:00:00.000Z 1-2-3 [INFO] "
    platform.report = lambda output: {"Body": output}
    desk.ros.account.metrics.clear()
    assert desk.run_here(monkeypatch, "verify-live", JOB, *WAIT) == 0
    _, document = report_of(desk)
    found = facts(document)
    assert found["async-invocation-type"] == "asynchronous"
    assert found["log-lines"] == "something stands before the JSON text"
    assert found["flow-output"] == "wrapped in an object"
    assert found["queue-metric"] == "acs_mns_new has no ActiveMessages"


def test_one_that_comes_late_is_not_taken_for_the_next(
    desk: Desk, platform: LivePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines without an origin look alike, so that after one was lost the next is not certain."""
    platform.broken, platform.without_origin = {"ticket"}, True
    assert desk.run_here(monkeypatch, "verify-live", JOB, "--wait", "5") == 1
    _, document = report_of(desk)
    assert outcomes(document)["ticket"] == "did not arrive"
    assert outcomes(document)["topic"] == outcomes(document)["queue"] == "cannot be told"
    assert facts(document)["topic"] == NOT_OBSERVED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(
    desk: Desk, platform: LivePlatform, number: signal.Signals
) -> None:
    """People press Ctrl-C where something takes long, and CI sends SIGTERM."""
    platform.broken = {"ticket", "timer"}
    process = subprocess.Popen(  # noqa: S603 (our own program)
        [
            *(sys.executable, "-m", "deploy", "verify-live", JOB, "--wait", "60", "--poll", "0.02"),
            *("--file", str(desk.settings_file()), "--build", str(desk.folder / "build")),
            *("--template", str(desk.folder / "template.yml")),
        ],
        cwd=ROOT,
        env=desk.environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        while not [key for key in left(desk) if "backlog/" in key]:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait()
    assert left(desk) == []


def test_a_message_that_cannot_be_taken_back_is_named(
    desk: Desk,
    platform: LivePlatform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What stays must be known to whoever has to look after it."""
    platform.broken = {"ticket", "timer", "topic", "queue", "flow"}
    desk.ros.policy.denials.append(Denial("", "", ("mns:ReceiveMessage",)))
    assert desk.run_here(monkeypatch, "verify-live", JOB, *SHORT) == 1
    told = capsys.readouterr().out
    assert f"taken away again: a message in the queue {NAME}-jobs" in told
    assert "lacks the permission mns:ReceiveMessage" in told
    _, document = report_of(desk)
    [note] = document["notes"]
    assert note.startswith("Left behind: a message in the queue <name> (The access key lacks")


@pytest.mark.usefixtures("platform")
def test_a_job_that_goes_on_is_not_sent_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be parked, and change while it is looked at."""
    desk.cloud.put_jobs([(clip(2), JobPlan(queuing_queries=100))])
    assert desk.run_here(monkeypatch, "verify-live", job_id(2), *SHORT) == 2
    assert "The function answers pending." in capsys.readouterr().err
    assert left(desk) == []
    assert desk.asked("PublishMessage") == desk.asked("StartExecution") == 0


@pytest.mark.usefixtures("platform")
def test_parts_that_are_not_deployed_are_no_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack without queue trigger and flow is whole."""
    [stack] = desk.ros.ros.stacks.all()
    stack.values.update(EventBridge="false", CloudFlow="false")
    del stack.outputs["FlowName"]
    assert desk.run_here(monkeypatch, "verify-live", JOB, *WAIT) == 0
    _, document = report_of(desk)
    assert {outcomes(document)[each] for each in ("queue", "flow")} == {"not deployed"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Run make verify-live JOB=<id>."),
        (("no job",), "'no job' is not a job ID."),
        ((JOB,), "There is no stack to be verified."),
    ],
)
def test_nothing_is_sent_where_nothing_can_be(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    """What is wrong is told before anything is made."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    assert desk.run_here(monkeypatch, "verify-live", *arguments) == 2
    assert words in capsys.readouterr().err


def test_keys_that_are_refused_are_another_status(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script must tell it from a stack that does not work."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    desk.identity = Identity("LTAI5tNobody", "nobody-s-secret")
    assert desk.run_here(monkeypatch, "verify-live", JOB) == 3
