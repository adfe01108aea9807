"""Rolling back, and taking a deployment away."""

from tests.deploy.conftest import CODE_BUCKET, NAME, Desk


def _deployed(desk: Desk) -> str:
    [stack] = desk.ros.ros.stacks.all()
    return stack.values["FunctionObject"]


def test_a_rollback_brings_back_zips_and_parameters_of_the_deployment_before(desk: Desk) -> None:
    """Old code with new parameters would be a combination that never ran before."""
    desk.run("deploy")
    first = _deployed(desk)
    desk.build("two")
    desk.run("deploy", "--yes", "--set", "MaxInstances=3")
    assert _deployed(desk) != first
    ended = desk.run("rollback", "--yes")
    assert ended.status == 0, ended.output
    assert "FunctionObject" in ended.output
    assert _deployed(desk) == first
    [stack] = desk.ros.ros.stacks.all()
    assert stack.values["MaxInstances"] == "1"


def test_two_rollbacks_go_back_two_deployments(desk: Desk) -> None:
    """The second one does not return to what the first one left."""
    seen = []
    for content in ("one", "two", "three"):
        desk.build(content)
        desk.run("deploy")
        seen.append(_deployed(desk))
    desk.run("rollback", "--yes")
    assert _deployed(desk) == seen[1]
    desk.run("rollback", "--yes")
    assert _deployed(desk) == seen[0]
    assert "no earlier deployment" in desk.run("rollback", "--yes").output


def test_a_rollback_to_a_named_deployment(desk: Desk) -> None:
    """The last good deployment is not always the one before."""
    desk.run("deploy")
    first = _deployed(desk)
    [record] = desk.list_keys(f"{NAME}/deployments/")
    for content in ("two", "three"):
        desk.build(content)
        desk.run("deploy")
    ended = desk.run("rollback", "--yes", "--to", record.rpartition("/")[2])
    assert ended.status == 0, ended.output
    assert _deployed(desk) == first


def test_a_deployment_after_a_rollback_counts_as_a_new_one(desk: Desk) -> None:
    """A rollback must not prevent the newer version from being deployed again."""
    for content in ("one", "two"):
        desk.build(content)
        desk.run("deploy")
    newest = _deployed(desk)
    desk.run("rollback", "--yes")
    desk.run("deploy")
    assert _deployed(desk) == newest


def test_a_rollback_restores_the_template_too(desk: Desk) -> None:
    """Old code under a new template might not even start."""
    desk.run("deploy")
    template = desk.folder / "template.yml"
    before = template.read_text()
    changed = before.replace("Handler: index.handler", "Handler: index.sweep")
    assert changed != before
    template.write_text(changed)
    desk.run("deploy")
    [stack] = desk.ros.ros.stacks.all()
    assert stack.text == changed
    desk.run("rollback", "--yes")
    assert stack.text == before


def test_a_rollback_asks_first(desk: Desk) -> None:
    """A rollback changes what runs in production, so a slip must not suffice."""
    for content in ("one", "two"):
        desk.build(content)
        desk.run("deploy")
    running = _deployed(desk)
    assert desk.run("rollback").status == 1
    assert desk.run("rollback", answer="n").status == 1
    assert _deployed(desk) == running


def test_a_rollback_keeps_a_secret_parameter_that_no_record_holds(desk: Desk) -> None:
    """Secrets are never recorded, and a rollback must not erase the one in use."""
    desk.parameters["AlertWebhook"] = "https://hook.example/very-secret"
    for content in ("one", "two"):
        desk.build(content)
        desk.run("deploy")
    del desk.parameters["AlertWebhook"]
    ended = desk.run("rollback", "--yes")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.values["AlertWebhook"] == "https://hook.example/very-secret"
    assert "very-secret" not in ended.output


def test_a_rollback_whose_zip_is_gone_changes_nothing(desk: Desk) -> None:
    """A stack that points to a missing zip would be broken, so it must stay as it is."""
    desk.run("deploy")
    first = _deployed(desk)
    desk.build("two")
    desk.run("deploy")
    desk.cloud.delete_object(CODE_BUCKET, first)
    ended = desk.run("rollback", "--yes")
    assert ended.status == 1
    assert first in ended.output
    assert _deployed(desk) != first


def test_destroying_asks_and_says_what_stays(desk: Desk) -> None:
    """Deleting cannot be undone, and people must know that their manifests survive."""
    desk.run("deploy")
    refused = desk.run("destroy")
    assert refused.status == 1
    assert "The bucket media-bucket with all manifests stays." in refused.output
    assert desk.asked("DeleteStack") == 0
    ended = desk.run("destroy", answer="y")
    assert ended.status == 0, ended.output
    [stack] = desk.ros.ros.stacks.all()
    assert stack.status == "DELETE_COMPLETE"
    assert desk.list_keys(f"{NAME}/function-")


def test_a_destroyed_stack_can_be_deployed_again(desk: Desk) -> None:
    """Records and zips of the old stack must not stand in the way of a new one."""
    desk.run("deploy")
    desk.run("destroy", "--yes")
    assert desk.run("deploy").status == 0
    assert "CREATE_COMPLETE" in [stack.status for stack in desk.ros.ros.stacks.all()]


def test_destroying_nothing_says_so(desk: Desk) -> None:
    """A wrong name or region must not look like a successful removal."""
    ended = desk.run("destroy", "--yes")
    assert ended.status == 1
    assert "The stack mps-manifest does not exist in cn-shanghai." in ended.output
