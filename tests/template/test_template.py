"""template.yml against the contract's settings, the code's calls and the project's own rules."""

from __future__ import annotations

import ast
import hashlib
import json

import pytest

from deploy.template import TemplateError, Trigger
from mps_manifest.settings import read_settings
from tests.template import permissions
from tests.template.checks import CHECKS, Check
from tests.template.given import CODE, OTHERWISE, PARAMETERS, resolved, template

LEFT_TO_THE_CODE = {
    "REGION": "the platform's FC_REGION tells it",
    "OSS_ENDPOINT": "empty means the internal endpoint of the region, which the code knows",
    "API_ENDPOINT": "empty means the API's public endpoint, which depends on the API",
    "CONCURRENCY": "empty means the number that was measured",
    "ANNOUNCE_TOPIC": "empty means that nothing is announced",
}
OUTPUTS = [
    "FunctionName",
    "SweepName",
    "BucketName",
    "ManifestPrefix",
    "TicketPrefix",
    "TopicName",
    "QueueName",
    "DeadLetterQueueName",
    "FailureQueueName",
    "FlowName",
    "LogProject",
    "Logstore",
    "Region",
]


def variables_read() -> set[str]:
    tree = ast.parse((CODE / "mps_manifest/settings.py").read_text(encoding="utf-8"))
    return {
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "read"
        and isinstance(call.args[0], ast.Constant)
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_rule_of_the_house_is_kept(check: Check) -> None:
    """Each rule stands for a mistake that would show only in production."""
    assert check(template()) == []


def test_every_setting_is_set_or_left_to_the_code_on_purpose() -> None:
    """A setting that the template forgets could not be chosen in any deployment."""
    for function in resolved().functions():
        assert function.environment.keys() | LEFT_TO_THE_CODE.keys() == variables_read()
        assert not function.environment.keys() & LEFT_TO_THE_CODE.keys()


def test_every_setting_but_the_region_can_be_chosen() -> None:
    """A parameter that does not reach the function would promise what it does not keep."""
    for function in template().resolve(OTHERWISE).functions():
        assert function.environment.keys() == variables_read() - {"REGION"}
        settings = read_settings({"FC_REGION": "cn-shanghai", **function.environment})
        assert settings.allowed_buckets == {"media", "outputs"}
        assert settings.concurrency == 8
        assert settings.captions_vtt


def test_the_parameters_defaults_are_those_of_the_code() -> None:
    """The template tells the same story as the table of settings, except for what is shared."""
    plain = read_settings({"FC_REGION": "cn-shanghai", "BUCKET": "media"})
    environment = {"FC_REGION": "cn-shanghai", **resolved().functions()[0].environment}
    found = read_settings(environment)
    assert (found.max_instances, found.quota_sharing) == (11, "leases")
    assert found._replace(max_instances=1, quota_sharing="split") == plain


def test_variables_fit_into_the_4_kb_the_platform_has_for_them() -> None:
    """The platform refuses a function with more, so even every option together must fit."""
    for function in template().resolve(OTHERWISE).functions():
        used = sum(len(name) + len(value) for name, value in function.environment.items())
        assert used < 4096
        assert all(isinstance(value, str) for value in function.environment.values())


def test_a_new_call_in_an_adapter_has_to_be_named_here() -> None:
    """The table of calls has what the adapters use, and nothing that they stopped using."""
    oss = permissions._tree("oss.py")
    assert permissions.bucket_methods(oss) == permissions.OSS_ACTIONS.keys()
    assert permissions.version_methods(oss) == permissions.OSS_ACTIONS_OF_VERSIONS.keys()
    assert permissions.api_actions(permissions._tree("production_api.py")) == (
        permissions.NO_RESOURCE_LEVEL
    )


def test_calls_are_found_however_they_are_written() -> None:
    """A call that the search overlooks would need a permission that nobody grants."""
    source = (
        "home = self._bucket(bucket)\n"
        "self._call(lambda: home.append_object(key, 0, body))\n"
        "self._call(self._home.put_object_tagging)\n"
        "def older(self): self._home.get_object(key, params={'versionId': version})\n"
        "self._report('ReportTaskStarted', token)\n"
        "self._request(product, version, 'QueryJobList')\n"
    )
    tree = ast.parse(source)
    assert permissions.bucket_methods(tree) == {"append_object", "put_object_tagging", "get_object"}
    assert permissions.version_methods(tree) == {"older"}
    assert permissions.api_actions(tree) == {
        "fnf:ReportTaskStarted",
        "mts:QueryJobList",
        "ice:QueryJobList",
    }


def test_the_table_of_unlimited_resources_serves_only_the_three_apis() -> None:
    """Only calls that know no resource level may be allowed on everything."""
    for role in ("FunctionRole", "TriggerRole", "FlowRole"):
        for statement in resolved().role_statements(role):
            if "*" in statement.resources:
                assert set(statement.actions) <= permissions.NO_RESOURCE_LEVEL


def test_both_functions_have_the_same_code_layers_and_role() -> None:
    """A sweep with other code or rights would treat the same job differently."""
    stack = template().resolve(OTHERWISE)
    one, other = (stack.resources[name].properties for name in ("Function", "Sweep"))
    for key in ("Code", "Layers", "Role", "Runtime", "LogConfig"):
        assert one[key] == other[key], key


def test_the_layer_for_media_facts_is_left_out_where_there_is_none() -> None:
    """The layer is optional, so a deployment without its zip must be possible."""
    assert [len(function.layers) for function in resolved().functions()] == [1, 1]
    both = template().resolve(OTHERWISE).functions()
    assert [len(function.layers) for function in both] == [2, 2]


def test_what_exists_is_not_created_but_used() -> None:
    """Creating what exists would fail, and the triggers have to be connected to it instead."""
    stack = template().resolve({**OTHERWISE, "BucketExists": "true", "EventBridge": "true"})
    kinds = {found.type for found in stack.resources.values()}
    assert not kinds & {"ALIYUN::OSS::Bucket", "ALIYUN::MNS::Topic", "ALIYUN::SLS::Project"}
    assert "JobQueue" not in stack.resources
    sources = {trigger.type: trigger for trigger in stack.triggers()}
    assert sources["oss"].source.endswith(":media")
    assert sources["mns_topic"].source.endswith("/topics/told")
    source = sources["eventbridge"].config["eventSourceConfig"]["eventSourceParameters"]
    assert source["sourceMNSParameters"]["QueueName"] == "asked"
    assert stack.resources["Logstore"].properties["ProjectName"] == "our-logs"


def test_what_does_not_exist_is_created_under_the_same_name_that_the_triggers_use() -> None:
    """A trigger on another name than the created one would never fire."""
    stack = resolved(BucketExists="false")
    assert stack.resources["ManifestBucket"].properties["BucketName"] == "media"
    topic = stack.resources["JobTopic"].properties["TopicName"]
    assert topic == stack.outputs["TopicName"] == "mps-manifest-jobs"
    sources = {trigger.type: trigger.source for trigger in stack.triggers()}
    assert sources["mns_topic"].endswith(f"/topics/{topic}")


def test_parts_that_need_an_activated_service_can_be_left_out() -> None:
    """Accounts without EventBridge, CloudFlow, alerts or charts must be able to deploy as well."""
    kinds = {trigger.type for trigger in template().resolve(OTHERWISE).triggers()}
    assert kinds == {"oss", "mns_topic", "timer"}
    stack = template().resolve(OTHERWISE)
    left_out = {"ALIYUN::FNF::Flow", "ALIYUN::SLS::Alert"}
    left_out |= {"ALIYUN::SLS::Dashboard", "ALIYUN::SLS::Savedsearch"}
    assert not {found.type for found in stack.resources.values()} & left_out
    assert "FlowName" not in stack.outputs
    assert "FlowRole" not in stack.resources


def test_names_of_all_resources_start_with_the_name() -> None:
    """Two stacks in one account would collide in any name that is fixed."""
    stack = resolved(Name="other")
    named = ("FunctionName", "LayerName", "QueueName", "TopicName", "RoleName", "LogstoreName")
    for resource in stack.resources.values():
        for key in named:
            text = resource.properties.get(key, "other")
            assert text.startswith(("other", "<")), (resource.name, key, text)


def test_role_names_stay_within_the_64_characters_of_ram() -> None:
    """A long name in a long region would fail only when its roles are created."""
    stack = template().resolve({**PARAMETERS, "Name": "n" * 31}, region="ap-southeast-1")
    roles = [found for found in stack.resources.values() if found.type == "ALIYUN::RAM::Role"]
    assert roles
    assert all(len(role.properties["RoleName"]) <= 64 for role in roles)


def test_the_outputs_are_those_that_the_tools_read() -> None:
    """Tools and people find the parts of a stack by the names of its outputs."""
    assert list(resolved().outputs) == OUTPUTS


def test_parameters_are_grouped_labelled_and_described() -> None:
    """The console shows these texts, without which nobody knows what to fill in."""
    groups = template().document["Metadata"]["ALIYUN::ROS::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template().parameters)
    for name, declared in template().parameters.items():
        assert declared["Description"], name
        assert declared["Label"], name


def test_there_is_an_alert_when_no_sweep_runs() -> None:
    """Whatever stops the sweep also stops the metrics that all other alerts are about."""
    detail = resolved(Name="other").resources["AlertNoSweep"].properties["Detail"]
    configuration = detail["Configuration"]
    (query,) = configuration["QueryList"]
    assert 'functionName: "other-sweep"' in query["Query"]
    assert configuration["SeverityConfigurations"][0]["EvalCondition"]["Condition"] == "sweeps < 1"
    assert configuration["NoDataFire"] is True
    assert query["Start"] == "-15m"
    interval = resolved().parameters["SweepSchedule"]
    assert interval == "@every 1m", "the default window has to have room for several sweeps"


def test_memory_and_vcpu_of_both_functions_go_together() -> None:
    """The platform refuses a function whose memory does not go with its vCPU."""
    for function in resolved().functions():
        assert function.memory % 64 == 0
        assert 1 <= function.memory / 1024 / function.cpu <= 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TicketPrefix", "/jobs/"),
        ("TicketPrefix", "jobs"),
        ("TicketPrefix", ""),
        ("Bucket", "Media"),
        ("AllowedBuckets", "media, outputs"),
        ("Runtime", "python3.11"),
        ("MaxInstances", "0"),
        ("ApiQps", "many"),
        ("SweepSchedule", "every minute"),
        ("Name", "9lives"),
    ],
)
def test_a_parameter_that_cannot_be_right_is_refused(name: str, value: str) -> None:
    """A wrong value must be noticed before any resource is created with it."""
    with pytest.raises(TemplateError, match=name):
        resolved(**{name: value})


def test_a_topic_trigger_with_other_settings_has_another_name() -> None:
    """Function Compute cannot update one, and ROS replaces it only if its name is another."""

    def trigger(topic: str) -> Trigger:
        stack = template().resolve({**PARAMETERS, "Topic": topic})
        [found] = [each for each in stack.triggers() if each.type == "mns_topic"]
        return found

    settings = json.dumps(trigger("").config, sort_keys=True).encode()
    prefix = f"topic-{hashlib.sha256(settings).hexdigest()[:8]}-"
    assert trigger("").name == f"{prefix}mps-manifest-jobs"
    assert trigger("told").name == f"{prefix}told"
    longest = "t" * 110
    assert len(trigger(longest).name) <= 128  # the longest name that Function Compute takes
    with pytest.raises(TemplateError, match="Topic: must be at most 110"):
        trigger(longest + "t")
