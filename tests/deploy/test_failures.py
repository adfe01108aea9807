"""Every failure is explained in a sentence with its remedy, and the next run goes on."""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from local.faults import FaultRule
from local.identity import Denial, Identity
from local.ros.actions import RosActions
from local.ros.template import Template, read
from tests.deploy.conftest import ROOT, Desk, Ended

_STACK = "mps-manifest"


def _fail_at(desk: Desk, resource: str, reason: str) -> Ended:
    """Let a first deployment fail, and mend what was wrong."""
    desk.ros.fail_at[resource] = reason
    failed = desk.run("deploy")
    desk.ros.fail_at.clear()
    assert failed.status == 1
    return failed


def test_a_failed_create_names_the_resource_and_the_next_run_goes_on(desk: Desk) -> None:
    """Deleting what was created already, to create it again, would take time and try luck."""
    failed = _fail_at(desk, "Function", "Forbidden.RAM: not authorized to do ram:PassRole")
    assert "Function (ALIYUN::FC3::Function) failed" in failed.output
    assert "CREATE_FAILED" in failed.output
    assert "Add ram:PassRole to the deployer's policy" in failed.output
    assert "it goes on with what is missing" in failed.output
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.status == "CREATE_COMPLETE"
    created = [event.resource for event in stack.events if event.status == "CREATE_COMPLETE"]
    assert sorted(created) == sorted([*stack.resources, stack.name])
    assert desk.asked("DeleteStack") == 0
    assert len(desk.list_keys(f"{_STACK}/deployments/")) == 1


def test_going_on_takes_a_correction_of_what_failed(desk: Desk) -> None:
    """What made a resource fail is often one of its parameters, or the template."""
    failed = _fail_at(desk, "Concurrency", "ResourceExhausted: the quota does not suffice")
    assert "90 % of the account's instances" in failed.output
    template = desk.folder / "template.yml"
    before = template.read_text()
    template.write_text(before + "  Added: {Value: something}\n")
    ended = desk.run("deploy", "--set", "MaxInstances=2")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.resources["Concurrency"].properties["ReservedConcurrency"] == "2"
    assert stack.outputs["Added"] == "something"
    assert "No changes" in desk.run("deploy", "--set", "MaxInstances=2").output


def test_going_on_that_fails_again_can_be_repeated(desk: Desk) -> None:
    """The second fault of an account is found only once the first is mended."""
    _fail_at(desk, "Function", "InternalError: try again")
    again = _fail_at(desk, "Concurrency", "InternalError: try again")
    assert "Concurrency (ALIYUN::FC3::ConcurrencyConfig) failed" in again.output
    assert desk.run("deploy").status == 0


@pytest.mark.parametrize("change", ["Bucket=another-bucket", "BucketExists=true"])
def test_a_change_that_ros_does_not_go_on_with_needs_a_new_stack(desk: Desk, change: str) -> None:
    """What was created stays as it is; so the unfinished stack is deleted, if people agree."""
    _fail_at(desk, "Function", "InternalError: try again")
    refused = desk.run("deploy", "--set", change)
    assert refused.status == 1
    assert "ROS does not go on with it" in refused.output
    assert "Delete the unfinished stack" in refused.output
    assert desk.asked("DeleteStack") == 0
    ended = desk.run("deploy", "--yes", "--set", change)
    assert ended.status == 0, ended.output
    assert "CREATE_COMPLETE" in [stack.status for stack in desk.ros.ros.stacks.all()]


def test_a_missing_right_to_go_on_deletes_nothing(desk: Desk) -> None:
    """Only what ROS says of the stack is a reason to start anew."""
    _fail_at(desk, "Function", "InternalError: try again")
    desk.ros.policy.denials.append(Denial("", "", ("ros:ContinueCreateStack",)))
    ended = desk.run("deploy", "--yes")
    assert ended.status == 1
    assert "The access key lacks the permission ros:ContinueCreateStack." in ended.output
    assert desk.asked("DeleteStack") == 0


def test_an_answer_lost_while_going_on_is_no_error(desk: Desk) -> None:
    """The repetition finds the action in progress that the first attempt began."""
    _fail_at(desk, "Function", "InternalError: try again")
    desk.ros.faults.add(FaultRule("reset", action="ContinueCreateStack", times=1, when="after"))
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert desk.asked("ContinueCreateStack") == 2


def test_a_plan_of_an_unfinished_stack_lists_what_is_missing(desk: Desk) -> None:
    """ROS previews no new stack under a name that exists (StackExists)."""
    _fail_at(desk, "Function", "InternalError: try again")
    ended = desk.run("plan")
    assert ended.status == 0, ended.output
    assert "its creation would go on with what is missing" in ended.output
    assert ended.output.count("is created") == 2
    assert "SdkLayer" not in ended.output


def test_a_plan_of_a_stack_that_can_only_be_deleted_lists_all(desk: Desk) -> None:
    """Stacks of an older version of this tool were rolled back when they failed."""
    desk.run("deploy")
    [stack] = desk.ros.ros.stacks.all()
    stack.note("CREATE_ROLLBACK_COMPLETE")
    ended = desk.run("plan")
    assert ended.status == 0, ended.output
    assert "would be deleted and created again" in ended.output
    assert ended.output.count("is created") == 5
    refused = desk.run("deploy")
    assert refused.status == 1
    assert "Delete the failed stack" in refused.output
    assert desk.run("deploy", "--yes").status == 0


def test_a_plan_during_a_deployment_says_so(desk: Desk) -> None:
    """What would change cannot be told while it changes."""
    desk.run("deploy")
    [stack] = desk.ros.ros.stacks.all()
    stack.note("UPDATE_IN_PROGRESS")
    ended = desk.run("plan")
    assert ended.status == 1
    assert "The stack is UPDATE_IN_PROGRESS: another deployment is in progress." in ended.output
    assert "make deploy would wait" in ended.output


def test_a_failed_deployment_is_no_target_for_a_rollback(desk: Desk) -> None:
    """A record of what never ran would make a rollback install the fault again."""
    desk.run("deploy")
    desk.build("two")
    desk.ros.fail_at["Function"] = "InternalError: try again"
    failed = desk.run("deploy")
    assert failed.status == 1
    assert "The previous deployment is still active" in failed.output
    assert len(desk.list_keys(f"{_STACK}/deployments/")) == 1


def test_a_failed_update_can_be_tried_again(desk: Desk) -> None:
    """A passing fault of the service must not block all later deployments."""
    desk.run("deploy")
    desk.build("two")
    desk.ros.fail_at["Function"] = "InternalError: try again"
    desk.run("deploy")
    desk.ros.fail_at.clear()
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output


def test_a_create_that_is_under_way_is_waited_for(desk: Desk) -> None:
    """A run that was interrupted is taken up by the next one: no second stack, no error."""
    desk.run("deploy")
    desk.run("destroy", "--yes")
    desk.ros.reset_requests()
    _begin(desk, desk.ros.ros)
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert "CREATE_IN_PROGRESS: waiting until that is finished" in ended.output
    assert "No changes" in ended.output
    assert desk.asked("CreateStack") == 0


def _begin(desk: Desk, ros: RosActions) -> None:
    """Begin the same deployment as the command would, and leave it unfinished."""
    [old] = ros.stacks.all()
    text = (desk.folder / "template.yml").read_text()
    given = {key: value for key, value in old.values.items() if key != "AlertWebhook"}
    ros.stacks.create(_STACK, text, Template(read(text), given, _STACK, "cn-shanghai"))


@pytest.mark.parametrize("action", ["ListStacks", "CreateStack", "GetStack", "ListStackEvents"])
def test_throttling_passes(desk: Desk, action: str) -> None:
    """A deployment must not fail because ROS wants to be asked more slowly."""
    throttle = desk.ros.faults.add(FaultRule("throttle", action=action, times=2))
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert desk.ros.faults.fired(throttle) == 2
    assert len(desk.ros.ros.stacks.all()) == 1


def test_an_answer_lost_after_the_create_makes_no_second_stack(desk: Desk) -> None:
    """The repetition has the same client token."""
    desk.ros.faults.add(FaultRule("reset", action="CreateStack", times=1, when="after"))
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert desk.asked("CreateStack") == 2
    assert len(desk.ros.ros.stacks.all()) == 1


def test_a_network_fault_while_waiting_passes(desk: Desk) -> None:
    """A deployment that goes on must not be reported as failed for a short network fault."""
    reset = desk.ros.faults.add(FaultRule("reset", action="GetStack", times=2))
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert desk.ros.faults.fired(reset) == 2


@pytest.mark.parametrize("command", ["plan", "deploy"])
@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (
            lambda known: replace(known, access_key_secret="not-it"),
            "secret of the access key is wrong",
        ),
        (
            lambda known: replace(known, access_key_id="LTAI5tNobody"),
            "access key does not exist",
        ),
        (
            lambda known: replace(known, security_token="stale-token"),
            "access key does not exist",
        ),
    ],
)
def test_wrong_keys_are_explained(desk: Desk, identity: object, said: str, command: str) -> None:
    """A plan asks ROS alone, so that no other service can be what refused."""
    assert callable(identity)
    wrong = identity(desk.identity)
    assert isinstance(wrong, Identity)
    desk.identity = wrong
    ended = desk.run(command)
    assert ended.status == 1
    assert said in ended.output
    assert "Traceback" not in ended.output
    assert "not-it" not in ended.output
    assert "stale-token" not in ended.output
    assert "string" not in ended.output


@pytest.mark.parametrize("action", ["ros:CreateStack", "ros:ValidateTemplate"])
def test_a_missing_right_is_named(desk: Desk, action: str) -> None:
    """Whoever maintains the deployer's policy needs the exact action that is missing."""
    desk.ros.policy.denials.append(Denial("", "", (action,)))
    ended = desk.run("deploy")
    assert ended.status == 1
    assert f"The access key lacks the permission {action}." in ended.output


def test_a_missing_right_on_the_code_bucket_is_named(desk: Desk) -> None:
    """The stack must not be created while its code cannot be uploaded."""
    desk.cloud.deny("code-bucket", "", ["PutObject"])
    ended = desk.run("deploy")
    assert ended.status == 1
    assert "The access key lacks the permission oss:PutObject." in ended.output
    assert not desk.ros.ros.stacks.all()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("QuotaExceed.Stack", "quota of the account is exhausted"),
        ("ServiceNotActivated", "not activated"),
        ("StackExists", "may not be seen with this access key"),
        ("ResourceExhausted", "90 % of the account's instances"),
        ("SomethingNew", "ros:CreateStack failed with SomethingNew"),
    ],
)
def test_what_ros_answers_is_explained(desk: Desk, code: str, said: str) -> None:
    """A known error needs an explanation, and an unknown one must at least keep its code."""
    fault = FaultRule("error", action="CreateStack", status=400, code=code, message="no")
    desk.ros.faults.add(fault)
    ended = desk.run("deploy")
    assert ended.status == 1
    assert said in ended.output


@pytest.mark.parametrize(
    ("sound", "broken", "said"),
    [
        ("Resources:", "Resources: [", "The template is not valid YAML (line "),
        ("Resources:", "Resourses:", "The service rejects the template or a parameter: "),
    ],
    ids=["no YAML", "no resources"],
)
def test_an_invalid_template_is_explained_before_anything_is_uploaded(
    desk: Desk, sound: str, broken: str, said: str
) -> None:
    """A template that cannot be used must not leave uploads behind in the code bucket."""
    template = desk.folder / "template.yml"
    text = template.read_text()
    assert text.count(sound) == 1
    template.write_text(text.replace(sound, broken))
    ended = desk.run("deploy")
    assert ended.status == 1
    assert said in ended.output
    assert not desk.list_keys()


def test_a_parameter_with_a_wrong_value_is_named(desk: Desk) -> None:
    """The template says which values are allowed, so nobody has to ask ROS."""
    desk.build(runtime="python3.9")
    ended = desk.run("deploy", "--set", "Runtime=python3.9")
    assert ended.status == 1
    assert "Runtime: must be one of python3.10, python3.12" in ended.output


def test_unknown_and_missing_parameters_are_named_at_once(desk: Desk) -> None:
    """A misspelt parameter is both unknown and missing, which is only clear side by side."""
    del desk.parameters["Bucket"]
    ended = desk.run("deploy", "--set", "Bukket=x")
    assert ended.status == 1
    assert "Not parameters of the template: Bukket" in ended.output
    assert "Required, but not set: Bucket" in ended.output
    assert "copy deploy.example.ini where there is none" in ended.output


def test_zips_that_were_not_built_are_named(desk: Desk) -> None:
    """A forgotten build can be recognized by the name of the file that is missing."""
    (desk.folder / "build" / "layer-sdk-python3.10.zip").unlink()
    ended = desk.run("deploy")
    assert ended.status == 1
    assert "build/layer-sdk-python3.10.zip does not exist" in ended.output
    assert "Leave out --build" in ended.output


def test_all_missing_settings_are_named_at_once(desk: Desk) -> None:
    """Settings reported one by one would cost a new attempt each."""
    unset = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ""}
    ended = desk.run("plan", environment=unset)
    assert ended.status == 2
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET" in ended.output


@pytest.mark.parametrize("command", ["plan", "policy"])
def test_what_is_missing_is_told_before_anything_is_installed(tmp_path: Path, command: str) -> None:
    """A clone without .venv would be set up for a minute, only to say that there are no keys."""
    needs = ["--no-keys"] if command == "policy" else []
    ini = tmp_path / "deploy.ini"
    program = [sys.executable, "-S", "-m", "deploy.prerequisites", *needs, "--file", str(ini)]

    def run(**environment: str) -> tuple[int, str]:
        """Run it without what is installed, which -S hides."""
        done = subprocess.run(  # noqa: S603 - our own program
            [*program, "--yes"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    status, told = run()
    assert status == 2
    assert told.count("\n") == 2
    assert ("ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET" in told) is not bool(
        needs
    )
    assert "Copy deploy.example.ini to " in told
    ini.write_text("[stack]\n")
    assert f"Set region in {os.path.relpath(ini, ROOT)} (or export REGION)" in run()[1]
    ini.write_text((ROOT / "deploy.example.ini").read_text(encoding="utf-8"))
    keys = {f"ALIBABA_CLOUD_ACCESS_KEY_{name}": "x" for name in ("ID", "SECRET")}
    assert run(**keys) == (0, "")


def test_nothing_listens(desk: Desk) -> None:
    """Without a network people need a sentence and not a traceback."""
    with socket.socket() as deaf:  # its port is taken, so that nobody else can listen there
        deaf.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        ended = desk.run("plan", environment={"ROS_ENDPOINT": endpoint})
    assert ended.status == 1
    assert "There was no answer to ros:ValidateTemplate." in ended.output
    assert "Traceback" not in ended.output


def test_debugging_of_the_sdk_shows_no_secret(desk: Desk) -> None:
    """With DEBUG=sdk the SDKs print requests with their headers; the tool does not let them."""
    ended = desk.run("plan", environment={"DEBUG": "sdk"})
    assert ended.status == 0
    assert "Signature=" not in ended.output
    assert "uthorization" not in ended.output
