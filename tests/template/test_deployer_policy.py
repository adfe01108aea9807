"""The deployer's policy against the template's resources and the tool's own calls."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from deploy.deployer_policy import MOST_CHARACTERS, rights_of, statements
from deploy.errors import DeployError
from deploy.permissions import (
    OF_DOCTOR,
    OF_FLOW_DOCTOR,
    OF_FLOW_VERIFY_LIVE,
    OF_RESOURCES,
    OF_THE_TOOL,
    OF_TRIGGERS,
    OF_VERIFY_LIVE,
)
from deploy.template import Resolved
from local.identity import Policy, Resource
from local.identity import Statement as LocalStatement
from tests.template.given import OTHERWISE, PARAMETERS, ROOT, changed, resolved, template

STACKS = {
    "as it comes": PARAMETERS,
    "everything created": {
        **PARAMETERS,
        "BucketExists": "false",
        "ServiceLinkedRoles": "true",
        "AnnounceTopic": "announced",
    },
    "everything the other way": OTHERWISE,
}
CREATED_WITH = {
    "ALIYUN::FC3::Function": ("fc:CreateFunction", "acs:fc:{at}:functions/{FunctionName}"),
    "ALIYUN::FC3::Trigger": (
        "fc:CreateTrigger",
        "acs:fc:{at}:functions/{FunctionName}/triggers/{TriggerName}",
    ),
    "ALIYUN::FC3::LayerVersion": (
        "fc:CreateLayerVersion",
        "acs:fc:{at}:layers/{LayerName}/versions/*",
    ),
    "ALIYUN::FC3::AsyncInvokeConfig": (
        "fc:PutFunctionAsyncInvokeConfig",
        "acs:fc:{at}:functions/{FunctionName}",
    ),
    "ALIYUN::FC3::ConcurrencyConfig": (
        "fc:PutConcurrencyConfig",
        "acs:fc:{at}:functions/{FunctionName}",
    ),
    "ALIYUN::OSS::Bucket": (
        "oss:PutBucket",
        "acs:oss:oss-cn-shanghai:1234567890123456:{BucketName}",
    ),
    "ALIYUN::MNS::Topic": ("mns:CreateTopic", "acs:mns:{at}:/topics/{TopicName}"),
    "ALIYUN::MNS::Queue": ("mns:CreateQueue", "acs:mns:{at}:/queues/{QueueName}"),
    "ALIYUN::RAM::Role": ("ram:CreateRole", "acs:ram:*:1234567890123456:role/{RoleName}"),
    "ALIYUN::ResourceManager::ServiceLinkedRole": ("ram:CreateServiceLinkedRole", "*"),
    "ALIYUN::FNF::Flow": ("fnf:CreateFlow", "acs:fnf:{at}:flow/{Name}"),
    "ALIYUN::SLS::Project": ("log:CreateProject", "acs:log:{at}:project/{Name}"),
    "ALIYUN::SLS::Logstore": (
        "log:CreateLogStore",
        "acs:log:{at}:project/{ProjectName}/logstore/{LogstoreName}",
    ),
    "ALIYUN::SLS::Index": (
        "log:CreateIndex",
        "acs:log:{at}:project/{ProjectName}/logstore/{LogstoreName}",
    ),
    "ALIYUN::SLS::Dashboard": (
        "log:CreateDashboard",
        "acs:log:{at}:project/{ProjectName}/dashboard/{DashboardName}",
    ),
    "ALIYUN::SLS::Savedsearch": (
        "log:CreateSavedSearch",
        "acs:log:{at}:project/{Project}/savedsearch/{Detail[SavedsearchName]}",
    ),
    "ALIYUN::SLS::Alert": ("log:CreateAlert", "*"),
}
"""How each type is created: the action, and the ARN that the service asks about."""

AT = "cn-shanghai:1234567890123456"


def stack(name: str) -> Resolved:
    return template().resolve(STACKS[name])


def allows(given: Resolved, action: str, arn: str) -> bool:
    """Ask the laptop's RAM whether the policy allows an action on an ARN."""
    written = statements(rights_of(given))
    policy = [
        LocalStatement(one["Effect"], tuple(one["Action"]), tuple(one["Resource"]))
        for one in written
    ]
    return any(Policy.matches(one, action, Resource(arn)) for one in policy)


@pytest.mark.parametrize("name", STACKS)
def test_the_policy_allows_to_create_every_resource(name: str) -> None:
    """A stack that fails half-way for want of a right is what the policy is there to prevent."""
    given = stack(name)
    for resource in given.resources.values():
        action, arn = CREATED_WITH[resource.type]
        wanted = arn.format_map({**resource.properties, "at": AT})
        assert allows(given, action, wanted), (resource.name, action, wanted)


@pytest.mark.parametrize("name", STACKS)
def test_every_role_that_is_handed_on_may_be_passed(name: str) -> None:
    """A function, a trigger and a flow are refused without the right to pass their role."""
    given = stack(name)
    handed = [
        str(resource.properties[key])
        for resource in given.resources.values()
        for key in ("Role", "InvocationRole", "RoleArn")
        if key in resource.properties
    ]
    assert handed
    assert all(allows(given, "ram:PassRole", arn) for arn in handed)


def test_the_table_has_the_types_of_the_template_and_no_others() -> None:
    """A row for nothing is a right for nothing."""
    types = {written["Type"] for written in template().document["Resources"].values()}
    triggers = {
        written["Properties"]["TriggerType"]
        for written in template().document["Resources"].values()
        if written["Type"] == "ALIYUN::FC3::Trigger"
    }
    assert types == OF_RESOURCES.keys() == CREATED_WITH.keys()
    assert triggers == OF_TRIGGERS.keys()


def test_a_resource_of_a_type_without_a_row_is_refused() -> None:
    """A type that somebody adds to the template must not be left out in silence."""
    added = changed(
        lambda document: document["Resources"].update(
            {"New": {"Type": "ALIYUN::ECS::Instance", "Properties": {}}}
        )
    )
    with pytest.raises(DeployError, match="ALIYUN::ECS::Instance"):
        rights_of(added.resolve(PARAMETERS))


def test_every_call_of_the_tool_is_in_the_table() -> None:
    """A command that calls what its policy does not allow fails for whoever follows the page."""
    paths = [path for path in (ROOT / "deploy").glob("*.py") if path.name != "permissions.py"]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    called = set().union(*(calls(source) for source in sources))
    assert {"ros:CreateStack", "oss:PutObject", "fc:InvokeFunction", "ram:GetRole"} <= called
    given = {**PARAMETERS, "JobApi": "mps"}, {**PARAMETERS, "JobApi": "ims"}
    allowed = [rights_of(template().resolve(each), verify_live=True) for each in given]
    assert called <= {right.action for rights in allowed for right in rights}


def calls(source: str) -> set[str]:
    """Find the actions of ROS that are called, and actions that calls are named by."""
    found = set(re.findall(r'(?<=[ (]")(?:oss|fc|log|ros|mns):[A-Z]\w+(?=")', source))
    for service, action in re.findall(r'rpc\.ask\(\s*[\w.]+,\s*rpc\.(\w+),\s*"(\w+)"', source):
        found.add(f"{service.lower()}:{action}")
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "_call"
            and isinstance(node.args[0], ast.Constant)
        ):
            action = str(node.args[0].value)
            found.add(action if ":" in action else f"ros:{action}")
    return found


def test_every_row_names_a_page() -> None:
    """A right that nobody can look up cannot be judged by whoever has to grant it."""
    rows = [*OF_THE_TOOL, *OF_DOCTOR, *OF_VERIFY_LIVE, *OF_FLOW_DOCTOR, *OF_FLOW_VERIFY_LIVE]
    rows += [*(row for rows in OF_RESOURCES.values() for row in rows)]
    rows += [row for more in OF_TRIGGERS.values() for row in more]
    assert len(rows) > 80
    for row in rows:
        assert re.fullmatch(r"[a-z]+:[A-Z]\w+", row.action), row
        assert row.source.startswith("https://"), row


def test_the_policy_fits_into_one_of_ram() -> None:
    """A policy that RAM refuses for its length is none."""
    for name in STACKS:
        rights = rights_of(stack(name), verify_live=True)
        document = {"Version": "1", "Statement": statements(rights)}
        assert len(json.dumps(document, separators=(",", ":"))) <= MOST_CHARACTERS


def test_parts_that_are_left_out_need_no_rights() -> None:
    """Whoever leaves out the flow need not let the deployer make one."""
    plain = {right.action for right in rights_of(resolved())}
    fewer = {right.action for right in rights_of(stack("everything the other way"))}
    assert {"fnf:CreateFlow", "eventbridge:CreateEventStreaming", "log:CreateAlert"} <= plain
    assert not {action for action in fewer if action.startswith(("fnf:", "eventbridge:"))}
    assert "log:CreateAlert" not in fewer
    assert "log:CreateDashboard" in plain - fewer
    assert "log:CreateSavedSearch" in plain - fewer


def test_jobs_of_ims_need_the_callback_to_be_set() -> None:
    """The page has the deployer call it, on a queue that has the name IMS asks for."""
    ims = rights_of(resolved(JobApi="ims"))
    assert "ice:SetEventCallback" in {right.action for right in ims}
    assert "ice:SetEventCallback" not in {right.action for right in rights_of(resolved())}
    queue = "acs:mns:cn-shanghai:*:/queues/ice-callback-mps-manifest"
    assert ("mns:CreateQueue", queue) in {(right.action, right.resource) for right in ims}


def test_layers_need_no_right_of_their_own_lists() -> None:
    """A layer with an access list needs a further right, and private is the default anyway."""
    for resource in resolved().resources.values():
        assert "Acl" not in resource.properties
    assert "fc:PutLayerACL" not in {right.action for right in rights_of(resolved())}


def test_the_page_shows_no_policy_of_its_own() -> None:
    """A second list would go stale."""
    page = Path(ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    assert "make policy" in page
    assert '"Effect"' not in page
