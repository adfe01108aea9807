"""`make doctor`: what it says of an account, and that it only reads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import oss2
import pytest

from deploy.doctor import examine
from deploy.findings import Finding, status_of
from local.faults import FaultRule
from local.identity import Denial
from tests.deploy.conftest import NAME, ROOT, Desk
from tests.deploy.stacks import bring_up

BUCKET = "media-bucket"
LOG = ("mps-manifest-1234567890123456", NAME)
READS = {
    *("ListStacks", "GetStack", "GetTemplate", "DescribeRegions"),
    *("ListFunctions", "ListTriggers", "ListConcurrencyConfigs", "GetFunction"),
    *("GetRole", "SearchPipeline", "GetEventCallback", "ListQueue", "ListFlows"),
    *("GetLogStoreLogs", "ListProject"),
    *("GetBucketInfo", "GetBucketVersioning", "GetBucketWorm", "GetBucketLifecycle"),
    *("ListObjects", "GetObject"),
}
"""All that it may call."""


@pytest.fixture(autouse=True)
def _own_template(desk: Desk) -> None:
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    desk.cloud.create_bucket(BUCKET)
    desk.ros.account.pipelines = [{"Name": "ours", "NotifyConfig": {"Topic": f"{NAME}-jobs"}}]


@pytest.fixture
def deployed(desk: Desk) -> Desk:
    """Return a desk with a stack that works."""
    bring_up(desk)
    desk.ros.log_lines[LOG] = [
        line(NAME, message="libraries", oss2="2.19.1", place="/opt/python/oss2/__init__.py"),
        line(f"{NAME}-sweep", message="metrics", metrics={}),
    ]
    desk.ros.reset_requests()
    desk.cloud.reset_requests()
    return desk


def line(function: str, *, ago: float = 30, **fields: Any) -> dict[str, str]:
    """Make a line of the log, as the platform keeps what a function prints."""
    return {
        "__time__": str(int(time.time() - ago)),
        "functionName": function,
        "message": json.dumps({"level": "INFO", **fields}),
    }


def findings(desk: Desk, status: int, *assignments: str) -> dict[str, Finding]:
    """Examine the account without a process of its own; return what is found by ID."""
    found = list(examine(desk.settings(*assignments)))
    assert status_of(found) == status, found
    return {each.id: each for each in found}


def answers(found: dict[str, Finding], answer: str) -> set[str]:
    return {name for name, each in found.items() if each.answer == answer}


def test_all_is_well_with_a_stack_that_works(deployed: Desk) -> None:
    """Whoever sees a `no` in an account that works will not believe the next one."""
    ended = deployed.run("doctor", "--json")
    assert ended.status == 0, ended.output
    document = json.loads(ended.output)
    assert document["status"] == 0
    assert {each["answer"] for each in document["findings"]} == {"yes"}
    assert len({each["id"] for each in document["findings"]}) >= 24
    called = {each.action for each in [*deployed.ros.requests(), *deployed.cloud.requests()]}
    assert called <= READS
    assert {"GetRole", "ListTriggers", "GetBucketLifecycle", "GetLogStoreLogs"} <= called


def test_it_fits_a_terminal_and_says_yes_in_front(deployed: Desk) -> None:
    """Lines that a terminal of eighty columns breaks are hard to read."""
    deployed.ros.log_lines[LOG] = []
    ended = deployed.run("doctor")
    assert ended.status == 1
    lines = ended.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert f"yes             The stack {NAME} is complete" in lines
    assert "no              A sweep ran in the last 15 minutes" in lines
    assert "cannot be told  The oss2 of the layer answers" in lines


def test_before_the_first_deployment_names_must_be_free(desk: Desk) -> None:
    """What would make it fail is told before it is tried."""
    found = findings(desk, 0)
    assert {"role-FunctionRole", "role-TriggerRole", "role-FlowRole"} <= answers(found, "yes")
    assert not {"stack", "sweep", "bound"} & set(found)
    desk.ros.account.roles[f"{NAME}-flow-cn-shanghai"] = ["fnf.aliyuncs.com"]
    found = findings(desk, 1, "BucketExists=false")
    assert answers(found, "no") == {"role-FlowRole", "bucket"}
    assert found["bucket"].remedy == "Set BucketExists = true."
    found = findings(desk, 1, "BucketExists=false", "Bucket=none-like-it")
    assert found["bucket"].detail == "The stack creates it."


def test_a_creation_that_failed_is_told_as_it_is(desk: Desk) -> None:
    """A half-made stack has roles, which must not look like somebody else's."""
    desk.ros.fail_at["TopicTrigger"] = "InvalidArgument"
    bring_up(desk)
    found = findings(desk, 1)
    assert answers(found, "no") == {"stack"}
    assert found["stack"].detail == "It is CREATE_FAILED."


# --- each bad finding ----------------------------------------------------------------------------


def owner(desk: Desk, bucket: str = BUCKET) -> oss2.Bucket:
    keys = desk.cloud.owner
    auth = oss2.AuthV4(keys.access_key_id, keys.access_key_secret)
    return oss2.Bucket(auth, desk.cloud.oss_endpoint, bucket, region="cn-shanghai")


def a_rule(prefix: str, **action: Any) -> oss2.models.BucketLifecycle:
    rule = oss2.models.LifecycleRule("old", prefix, **action)
    return oss2.models.BucketLifecycle([rule])


def expires(desk: Desk, prefix: str) -> None:
    action = oss2.models.LifecycleExpiration(days=30)
    owner(desk).put_bucket_lifecycle(a_rule(prefix, expiration=action))


def archived(desk: Desk) -> None:
    moves = [oss2.models.StorageTransition(days=30, storage_class="Archive")]
    owner(desk).put_bucket_lifecycle(a_rule("manifests/", storage_transitions=moves))


def other_trigger(desk: Desk, prefix: str, events: str = "oss:ObjectCreated:*") -> None:
    config = {"events": [events], "filter": {"key": {"prefix": prefix, "suffix": ".txt"}}}
    desk.ros.functions.others["theirs"] = [
        {
            "triggerName": "uploads",
            "triggerType": "oss",
            "sourceArn": f"acs:oss:cn-shanghai:1234567890123456:{BUCKET}",
            "triggerConfig": json.dumps(config),
        }
    ]


def stack_of(desk: Desk) -> Any:
    [stack] = desk.ros.ros.stacks.all()
    return stack


def switched_off(desk: Desk) -> None:
    config = stack_of(desk).resources["SweepTimer"].properties["TriggerConfig"]
    config["enable"] = False


def fault(desk: Desk, service: str, status: int, code: str) -> None:
    desk.ros.faults.add(FaultRule("error", service=service, status=status, code=code))


def no_old_sweep(desk: Desk) -> None:
    desk.ros.log_lines[LOG][1] = line(f"{NAME}-sweep", ago=3600, message="metrics")


def oss2_of_the_runtime(desk: Desk) -> None:
    place = "/var/fc/lang/python3.10/oss2/__init__.py"
    desk.ros.log_lines[LOG].append(line(NAME, message="libraries", oss2="2.16.0", place=place))


def set_value(desk: Desk, name: str, value: str) -> None:
    stack_of(desk).values[name] = value


BAD: dict[str, tuple[str, Callable[[Desk], object], str]] = {
    "another region": (
        "region",
        lambda desk: setattr(desk.ros.ros, "regions", ()),
        "ROS does not list it.",
    ),
    "MPS is not activated": (
        "jobs bound",
        lambda desk: fault(desk, "mts", 403, "InvalidIdentity.ServiceDisabled"),
        "is not activated in this account",
    ),
    "too many instances": (
        "instances",
        lambda desk: desk.ros.ros.stacks.limits.update(theirs=269),
        "269 are reserved by other functions, 11 by the stack.",
    ),
    "versioning is suspended": (
        "versioning",
        lambda desk: owner(desk).put_bucket_versioning(
            oss2.models.BucketVersioningConfig("Suspended")
        ),
        "It is suspended",
    ),
    "objects are retained": (
        "retention",
        lambda desk: desk.cloud.create_bucket(BUCKET, immutable=True),
        "One of 1 days is Locked",
    ),
    "the backlog expires": ("lifecycle", lambda desk: expires(desk, ".mps-manifest/"), "old."),
    "all expires": ("lifecycle", lambda desk: expires(desk, ""), "old."),
    "manifests are archived": ("lifecycle", archived, "old."),
    "another trigger": (
        "prefix",
        lambda desk: other_trigger(desk, "jobs/today/"),
        "uploads of theirs",
    ),
    "a role is gone": (
        "role-FunctionRole",
        lambda desk: desk.ros.account.roles.update({f"{NAME}-function-cn-shanghai": None}),
        "It is gone.",
    ),
    "a role is not trusted": (
        "role-TriggerRole",
        lambda desk: desk.ros.account.roles.update(
            {f"{NAME}-trigger-cn-shanghai": ["oss.aliyuncs.com"]}
        ),
        "mns.aliyuncs.com may not take it.",
    ),
    "a trigger is gone": (
        "triggers",
        lambda desk: stack_of(desk).resources.pop("TicketTrigger"),
        "Missing: tickets.",
    ),
    "the timer is off": ("triggers", switched_off, "Switched off: sweep."),
    "a limit is gone": (
        "limits",
        lambda desk: desk.ros.ros.stacks.limits.pop(NAME),
        f"{NAME} has none, not 10.",
    ),
    "a limit is another": (
        "limits",
        lambda desk: desk.ros.ros.stacks.limits.update({f"{NAME}-sweep": 7}),
        f"{NAME}-sweep has 7, not 1.",
    ),
    "no pipeline": (
        "bound",
        lambda desk: desk.ros.account.pipelines.clear(),
        "No pipeline of MPS names its topic or queue.",
    ),
    "no sweep": ("sweep", no_old_sweep, "There is no line of one in the log."),
    "the runtime's oss2": ("libraries", oss2_of_the_runtime, "oss2 2.16.0, from /var/fc/lang/"),
    "a failed update": (
        "stack",
        lambda desk: setattr(stack_of(desk), "status", "ROLLBACK_COMPLETE"),
        "The last update failed",
    ),
    "changed in the console": (
        "record",
        lambda desk: set_value(desk, "ApiQps", "7"),
        "These parameters were changed since: ApiQps.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_with_a_remedy(deployed: Desk, name: str) -> None:
    """Each of these stops jobs, or a deployment, and shows in no other place at once."""
    checks, break_it, words = BAD[name]
    break_it(deployed)
    found = findings(deployed, 1)
    assert answers(found, "no") == set(checks.split())
    for check in checks.split():
        assert words in found[check].detail
        assert found[check].remedy.endswith(".")


def test_what_does_no_harm_is_no_fault(deployed: Desk) -> None:
    """A rule for other objects, a trigger on other ones, a versioned bucket: all work."""
    expires(deployed, "uploads/")
    other_trigger(deployed, "uploads/")
    owner(deployed).put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    found = findings(deployed, 0)
    assert "which works" in found["versioning"].detail
    expires(deployed, ".mps-manifest/locks/")  # as the template makes it
    other_trigger(deployed, "jobs/", "oss:ObjectRemoved:DeleteObject")
    assert answers(findings(deployed, 0), "no") == set()


def test_the_callback_of_ims_is_looked_at(desk: Desk) -> None:
    """Jobs of IMS are announced by it alone."""
    bring_up(desk, JobApi="ims")
    queue = f"ice-callback-{NAME}"
    desk.ros.account.callback = {"CallbackType": "HTTP", "EventTypeList": "AIProduceComplete"}
    found = findings(desk, 1)
    assert {"bound", "sweep"} >= answers(found, "no") >= {"bound"}
    desk.ros.account.callback = {
        "CallbackType": "MNS",
        "CallbackQueueName": queue,
        "EventTypeList": "ProduceMediaComplete,AIProduceComplete",
    }
    assert findings(desk, 0)["bound"].answer == "yes"


ELSEWHERE = (
    "The bucket you are attempting to access must be addressed using the specified endpoint."
    " Please send all future requests to this endpoint."
)


def test_buckets_that_cannot_be_used_are_told(desk: Desk) -> None:
    """Function and bucket must be in one region, and a result that cannot be read is missing."""
    bring_up(desk, AllowedBuckets=f"{BUCKET},of-results,gone")
    desk.cloud.create_bucket("of-results")
    code = FaultRule("error", action="GetBucketInfo", bucket="code-bucket", status=403)
    desk.cloud.add_fault(replace(code, code="AccessDenied", message=ELSEWHERE))
    found = findings(desk, 1)
    assert found["code-bucket"].detail == "It is in another region."
    assert found["allowed-gone"].detail == "It does not exist."
    assert found["allowed-of-results"].answer == "yes"


# --- what cannot be told -------------------------------------------------------------------------

REFUSED = {
    "ram:GetRole": {"role-FunctionRole", "role-TriggerRole", "role-FlowRole"},
    "mts:SearchPipeline": {"jobs", "bound"},
    "fc:ListTriggers": {"eventbridge", "triggers"},
    "fc:ListConcurrencyConfigs": {"instances", "limits"},
    "log:GetLogStoreLogs": {"sweep", "libraries"},
}


@pytest.mark.parametrize("action", REFUSED)
def test_a_right_that_is_missing_is_named(deployed: Desk, action: str) -> None:
    """Not to know is no fault of the account, and the rest is told all the same."""
    deployed.ros.policy.denials.append(Denial("", "", (action,)))
    found = findings(deployed, 0)
    assert answers(found, "cannot be told") == REFUSED[action]
    for check in REFUSED[action]:
        assert f"lacks the permission {action}." in found[check].detail


def test_a_stack_that_may_not_be_seen_is_not_taken_for_none(deployed: Desk) -> None:
    """Its roles would look like somebody else's."""
    deployed.ros.policy.denials.append(Denial("", "", ("ros:ListStacks",)))
    found = findings(deployed, 0)
    assert "lacks the permission ros:ListStacks." in found["ros"].detail
    assert not {each for each in found if each.startswith("role-")}


@pytest.mark.parametrize("how", ["refused", "not reached"])
def test_nothing_that_could_be_asked_is_another_status(desk: Desk, how: str) -> None:
    """A script must tell a network that is down from an account that is well."""
    gone = "http://127.0.0.1:9"
    names = ("ROS", "OSS", "FC", "SLS", "RAM", "MTS", "ICE", "FNF", "MNS", "CMS")
    environment = {f"{name}_ENDPOINT": gone for name in names} if how == "not reached" else {}
    if how == "refused":
        environment = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tNobody"}
    ended = desk.run("doctor", environment=environment)
    assert ended.status == 3, ended.output
    words = "The access key does not exist." if how == "refused" else "There was no answer to"
    assert words in ended.output
    assert "yes " not in ended.output


@pytest.mark.parametrize("wrong", ["MemorySize=", "Nonsense=1"])
def test_settings_that_are_wrong_are_the_status_of_usage(desk: Desk, wrong: str) -> None:
    """Nothing was asked, so nothing is said of the account."""
    ended = desk.run("doctor", "--set", wrong)
    assert ended.status == 2
    assert wrong.partition("=")[0] in ended.output
    assert desk.ros.requests() == []
