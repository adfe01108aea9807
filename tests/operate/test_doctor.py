"""mpsm doctor: each right of the role is asked for, and what is missing is named, and it alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from deploy.template import Template
from deploy.template_resources import Statement as TemplateStatement
from local.identity import ACCOUNT, Statement
from local.template_deployment import TEMPLATE, ZIPS
from mps_manifest.adapters.clock import SystemClock
from operate.access.connection import Connection
from operate.access.target import read_target
from operate.doctor.checks import examine
from tests.operate.conftest import BUCKET, LOG_PROJECT, LOGSTORE, Operator

RESULTS, TOPIC = "job-results", "manifests"
PARAMETERS = {"Bucket": BUCKET, "AllowedBuckets": RESULTS, "AnnounceTopic": TOPIC}
OF_THE_PLATFORM = {"log:PostLogStoreLogs", "mns:SendMessage"}
"""What the platform does with the role; no call that changes nothing tells whether it may."""


def statements() -> list[TemplateStatement]:
    template = Template.load(TEMPLATE).resolve(
        {**ZIPS, **PARAMETERS}, region="cn-shanghai", account=ACCOUNT
    )
    return list(template.role_statements("FunctionRole"))


def granted() -> Iterator[Any]:
    for number, statement in enumerate(statements()):
        for action in statement.actions:
            if action not in OF_THE_PLATFORM:
                yield pytest.param(number, action, id=f"{number} {action}")


def policy(without: tuple[int, str] = (-1, "")) -> list[Statement]:
    """Return the role's statements, but for one action of one of them."""
    found = []
    for number, each in enumerate(statements()):
        actions = tuple(name for name in each.actions if (number, name) != without)
        prefixes = tuple(each.condition.get("StringLike", {}).get("oss:Prefix", ()))
        found.append(Statement(each.effect, actions, each.resources, prefixes))
    return found


def connection_of(
    operator: Operator, role: list[Statement], clock: SystemClock | None = None
) -> Connection:
    """Connect with keys that have a policy, to a bucket with versioning."""
    target = operator.target()
    keys = operator.variables(operator.cloud.issue_token("role", statements=role))
    own = {name: value for name, value in keys.items() if name.startswith("ALIBABA")}
    more = {"ALLOWED_BUCKETS": RESULTS, "ANNOUNCE_TOPIC": TOPIC}
    operator.connections.append(
        Connection(replace(target, environment={**target.environment, **own, **more}), clock=clock)
    )
    return operator.connections[-1]


def noes(connection: Connection) -> list[str]:
    answers = {each.id: each for each in examine(connection)}
    wrong = [each for each in answers.values() if each.answer == "no"]
    assert all(each.remedy for each in wrong)
    return sorted({each.id for each in wrong})


@pytest.fixture
def system(operator: Operator) -> Operator:
    """Have a system with a bucket with versioning, a topic, and a sweep a minute ago."""
    operator.cloud.reset()
    operator.cloud.create_bucket(BUCKET, versioning=True)
    operator.cloud.create_bucket(RESULTS)
    operator.cloud.create_topic(TOPIC)
    sweep = operator.target().function_name("Sweep")
    line = {"__time__": str(int(time.time())), "functionName": sweep}
    line["message"] = '{"message": "metrics"}'
    operator.cloud.put_logs(LOG_PROJECT, LOGSTORE, [line])
    return operator


def test_the_role_of_the_template_has_all_that_is_asked_for(system: Operator) -> None:
    """And nothing is there afterwards that was not there before."""
    connection = connection_of(system, policy())
    findings = {each.id: each.answer for each in examine(connection)}
    assert [name for name, answer in findings.items() if answer == "no"] == []
    asked_for = {name.split()[1] for name in findings if name.startswith("right ")}
    assert (
        asked_for == {action for each in statements() for action in each.actions} - OF_THE_PLATFORM
    )
    assert system.keys() == []
    assert system.cloud.published(TOPIC) == []
    assert {each.task_token for each in system.cloud.task_reports()} == {"0" * 32}  # nobody's


@pytest.mark.parametrize(("number", "action"), [*granted()])
def test_a_right_that_is_missing_is_the_only_one_named(
    system: Operator, number: int, action: str
) -> None:
    """Each action of each statement that the code itself needs, taken away by itself."""
    named = noes(connection_of(system, policy((number, action))))
    assert named
    assert {name.split()[1] for name in named} == {action}
    (resources, prefixes) = (
        statements()[number].resources,
        statements()[number].condition.get("StringLike", {}).get("oss:Prefix", ()),
    )
    wheres = {name.split(maxsplit=2)[2].removeprefix(f"{BUCKET}, oss:Prefix ") for name in named}
    places = {each.removeprefix("acs:oss:*:*:") for each in (*resources, *prefixes)}
    assert wheres <= places | {f"topic {TOPIC}"}


def test_wrong_settings_clock_and_late_jobs_are_named(operator: Operator) -> None:
    """Each with its remedy, and the exit status is 1."""

    class Ahead(SystemClock):
        def now(self) -> float:
            return super().now() + 120

    operator.put_state({"backlog/20200101T000001Z/" + "0" * 32 + ".json": {}})
    connection = Connection(operator.target(), clock=Ahead())
    operator.connections.append(connection)
    assert noes(connection) == ["clock", "late", "sweep"]
    bad = operator.target()
    broken = replace(bad, environment={**bad.environment, "API_QPS": "many"})
    operator.connections.append(Connection(broken))
    assert noes(operator.connections[-1]) == ["settings"]
    gone = replace(bad, environment={**bad.environment, "BUCKET": "no-such-bucket"})
    operator.connections.append(Connection(gone))
    assert noes(operator.connections[-1]) == ["reach"]


def test_without_an_answer_nothing_is_known(operator: Operator) -> None:
    """Settings are valid without any service, and so is no answer of one."""
    for service in ("ROS", "OSS", "FC", "SLS", "RAM", "MTS", "ICE", "FNF", "MNS", "CMS", "SMQ"):
        operator.monkeypatch.setenv(f"{service}_ENDPOINT", "http://127.0.0.1:9")
    ended = operator.run("doctor", "--json")
    answers = {each["id"]: each["answer"] for each in ended.document["findings"]}
    assert (answers.pop("settings"), set(answers.values())) == ("yes", {"cannot be told"})
    assert (ended.status, ended.document["status"]) == (3, 3)


def test_the_command_says_it_on_a_page_and_as_json(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's questions are those of make doctor; what is out of reach is no `no`."""
    for service in ("ROS", "OSS", "FC", "SLS", "RAM", "MTS", "ICE", "FNF", "MNS", "CMS", "SMQ"):
        if service != "OSS":
            monkeypatch.setenv(f"{service}_ENDPOINT", "http://127.0.0.1:9")
    ended = operator.run("doctor", "--json")
    answers = {each["id"]: each["answer"] for each in ended.document["findings"]}
    assert [each for each in ended.document["findings"] if each["answer"] == "no"] == []
    assert (ended.status, ended.document["status"]) == (0, 0)
    assert (answers["clock"], answers["ros"]) == ("yes", "cannot be told")
    operator.cloud.deny(BUCKET, "", ["oss:PutObject"])
    page = operator.run("doctor")
    assert page.status == 1
    assert "as in template.yml" in " ".join(page.out.split())
    assert max(map(len, page.out.split("\n"))) <= 80
    assert read_target(laptop=True, file=operator.folder, root=operator.serve()).is_laptop
