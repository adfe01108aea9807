"""From clone to a running stack, and on from there."""

import json

import pytest
import requests

from deploy.code_bucket import CodeBucket
from deploy.settings import Keys, Settings, Workspace
from local.client import ControlError
from tests.deploy.conftest import NAME, Desk


def test_a_first_deployment_uploads_creates_and_tells_what_came_of_it(desk: Desk) -> None:
    """One command must lead from a clone to a running stack and say what it made."""
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.status == "CREATE_COMPLETE"
    assert set(stack.resources) == {
        "Bucket",
        "SdkLayer",
        "MediaInfoLayer",
        "Function",
        "Concurrency",
    }
    assert "CREATE_COMPLETE" in ended.output
    assert "FunctionName           mps-manifest" in ended.output
    assert desk.asked("ValidateTemplate") == 1
    assert len([key for key in desk.list_keys() if key.endswith(".zip")]) == 3


def test_every_event_is_shown_once(desk: Desk) -> None:
    """Events are polled, and repeated or missing lines would mislead whoever watches."""
    ended = desk.run("deploy")
    [stack] = desk.ros.ros.stacks.all()
    lines = [line for line in ended.output.splitlines() if "ALIYUN::" in line]
    assert len(lines) == len(stack.events)


def test_a_second_deployment_without_change_uploads_and_updates_nothing(desk: Desk) -> None:
    """Repeating the command must be harmless, or no pipeline could run it each time."""
    desk.run("deploy")
    desk.cloud.reset_requests()
    records = desk.list_keys(f"{NAME}/deployments/")
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert "No changes" in ended.output
    assert desk.asked("PutObject") == 0
    assert desk.list_keys(f"{NAME}/deployments/") == records


def test_an_upgrade_writes_a_new_zip_and_keeps_the_old_one(desk: Desk) -> None:
    """Without the old zip there would be nothing to roll back to."""
    desk.run("deploy")
    before = desk.list_keys(f"{NAME}/function-")
    desk.build("two")
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    after = desk.list_keys(f"{NAME}/function-")
    assert set(before) < set(after)
    [stack] = desk.ros.ros.stacks.all()
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.values["FunctionObject"] in set(after) - set(before)


def test_a_parameter_of_the_command_line_wins_over_the_file(desk: Desk) -> None:
    """A value that is tried once must not require an edit of the settings file."""
    desk.parameters["Bucket"] = "file-bucket"
    desk.run("deploy", "--set", "Bucket=flag-bucket")
    [stack] = desk.ros.ros.stacks.all()
    assert stack.values["Bucket"] == "flag-bucket"


def test_no_media_facts_needs_no_layer_for_them(desk: Desk) -> None:
    """An empty object name leaves the layer out, and its zip need not be built."""
    (desk.folder / "build" / "layer-mediainfo-python3.10.zip").unlink()
    ended = desk.run("deploy", "--set", "MediaInfoLayerObject=")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert "MediaInfoLayer" not in stack.resources


def test_planning_shows_the_changes_and_makes_none(desk: Desk) -> None:
    """People plan to be safe, so a plan must warn of replacements and touch nothing."""
    desk.run("deploy")
    desk.build("two")
    keys = desk.list_keys()
    desk.ros.reset_requests()
    desk.cloud.reset_requests()
    ended = desk.run("plan", "--set", "MaxInstances=3")
    assert ended.status == 0, ended.output
    assert "MaxInstances: 1 -> 3" in ended.output
    assert "Concurrency" in ended.output
    assert "is deleted and created again" in ended.output
    assert desk.list_keys() == keys
    actions = {request.action for request in desk.ros.requests()}
    assert actions <= {"ValidateTemplate", "ListStacks", "GetStack", "PreviewStack"}
    assert not [each for each in desk.cloud.requests() if each.service == "oss"]


def test_planning_a_first_deployment_lists_what_would_be_made(desk: Desk) -> None:
    """Nobody should have to deploy in order to learn what would be created."""
    ended = desk.run("plan")
    assert ended.status == 0, ended.output
    assert ended.output.count("is created") == 5
    assert not desk.ros.ros.stacks.all()


def test_planning_without_a_change_says_so(desk: Desk) -> None:
    """A plan that printed nothing would leave open whether it had worked."""
    desk.run("deploy")
    assert "No changes." in desk.run("plan").output


def test_replacing_is_refused_without_a_terminal_and_without_yes(desk: Desk) -> None:
    """A pipeline must not delete and recreate resources that nobody agreed to."""
    desk.run("deploy")
    ended = desk.run("deploy", "--set", "MaxInstances=3")
    assert ended.status == 1
    assert "no terminal for the answer" in ended.output
    assert "Concurrency" in ended.output
    assert desk.asked("UpdateStack") == 0


def test_replacing_is_done_with_yes(desk: Desk) -> None:
    """A pipeline must be able to agree beforehand, or it could never replace anything."""
    desk.run("deploy")
    ended = desk.run("deploy", "--yes", "--set", "MaxInstances=3")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.values["MaxInstances"] == "3"


@pytest.mark.parametrize(("answer", "instances"), [("y", "3"), ("n", "1"), ("", "1")])
def test_replacing_asks_on_a_terminal(desk: Desk, answer: str, instances: str) -> None:
    """Only an explicit yes may replace a resource, while a mere Enter must not."""
    desk.run("deploy")
    ended = desk.run("deploy", "--set", "MaxInstances=3", answer=answer)
    [stack] = desk.ros.ros.stacks.all()
    assert stack.values["MaxInstances"] == instances
    assert ended.status == (0 if instances == "3" else 1)


def test_a_missing_code_bucket_is_made_on_request_only(desk: Desk) -> None:
    """A mistyped name must not create a bucket that nobody asked for."""
    desk.parameters["CodeBucket"] = "new-code-bucket"
    refused = desk.run("deploy")
    assert refused.status == 1
    assert "--create-code-bucket" in refused.output
    with pytest.raises(ControlError, match="NoSuchBucket"):
        desk.cloud.list_keys("new-code-bucket")
    ended = desk.run("deploy", "--create-code-bucket")
    assert ended.status == 0, ended.output
    assert desk.cloud.list_keys("new-code-bucket", f"{NAME}/function-")


def test_a_code_bucket_is_made_private(desk: Desk) -> None:
    """Whoever could read the bucket would have the code of the function and its settings."""
    keys = Keys(desk.identity.access_key_id, desk.identity.access_key_secret)
    parameters = {"CodeBucket": "new-code-bucket"}
    workspace = Workspace(desk.folder / "template.yml", desk.folder / "build")
    endpoints = {"OSS": desk.cloud.oss_endpoint}
    settings = Settings(NAME, "cn-shanghai", keys, parameters, endpoints, workspace)
    made: list[str | bytes | None] = []

    def see(answer: requests.Response, **_: object) -> None:
        assert answer.content is not None  # oss2 leaves it unread, which leaks a socket
        if answer.request.method == "PUT":
            made.append(answer.request.headers.get("x-oss-acl"))

    bucket = CodeBucket(settings)
    bucket._session.session.hooks["response"].append(see)
    try:
        assert bucket.ensure(create=True)
    finally:
        bucket.close()
    assert made == ["private"]


def test_a_deployment_is_recorded_without_what_is_secret(desk: Desk) -> None:
    """Rollbacks need the record, but others may read the bucket in which it lies."""
    desk.parameters["AlertWebhook"] = "https://hook.example/very-secret"
    ended = desk.run("deploy")
    [key] = desk.list_keys(f"{NAME}/deployments/")
    body = desk.cloud.get_object("code-bucket", key).decode()
    record = json.loads(body)
    assert record["parameters"]["FunctionObject"] in desk.list_keys()
    assert record["template"] in desk.list_keys()
    assert "very-secret" not in body + ended.output


def test_temporary_keys_work(desk: Desk) -> None:
    """Many companies allow only temporary keys, whose token must reach ROS and OSS."""
    issued = desk.cloud.issue_token()
    desk.ros.keys.add(issued)
    desk.identity = issued
    assert desk.run("deploy").status == 0


def test_a_bucket_that_outlived_its_stack_is_offered(desk: Desk) -> None:
    """The stack could not create it again, and would fail in the middle."""
    desk.run("deploy")
    desk.run("destroy", "--yes")
    desk.cloud.create_bucket("media-bucket")  # the stand-in of ROS makes none
    assert "set BucketExists = true" in desk.run("plan").output
    refused = desk.run("deploy")
    assert refused.status == 1
    assert "The bucket media-bucket exists already" in refused.output
    assert desk.asked("CreateStack") == 1
    ended = desk.run("deploy", answer="y")
    assert ended.status == 0, ended.output
    assert "Set BucketExists = true in the settings file, too." in ended.output
    stack = desk.ros.ros.stacks.all()[-1]
    assert stack.values["BucketExists"] == "true"
    assert "Bucket" not in stack.resources


def test_a_bucket_of_the_stack_is_not_asked_about(desk: Desk) -> None:
    """What the stack has created is no obstacle to it."""
    desk.run("deploy")
    desk.cloud.create_bucket("media-bucket")
    desk.build("two")
    ended = desk.run("deploy")
    assert ended.status == 0, ended.output
    assert "exists already:" not in desk.run("plan").output
    assert desk.asked("GetBucketInfo") == 1  # by the first deployment


def test_a_bucket_that_may_not_be_looked_at_stops_nothing(desk: Desk) -> None:
    """The right to look may be missing, and then ROS will say what is there."""
    desk.cloud.create_bucket("media-bucket")
    desk.cloud.deny("media-bucket", "", ["GetBucketInfo"])
    assert desk.run("deploy").status == 0
