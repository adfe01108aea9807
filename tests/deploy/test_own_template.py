"""The project's own template.yml through the whole life of a deployment."""

from configparser import ConfigParser

import pytest

from tests.deploy.conftest import NAME, ROOT, Desk


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["python3.10", "python3.12"])
def test_the_template_is_deployed_upgraded_taken_back_and_removed(desk: Desk, runtime: str) -> None:
    """The small template of other tests cannot show that the real one survives all commands."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    desk.parameters["Runtime"] = runtime
    desk.build(runtime=runtime)
    first = desk.run("deploy")
    assert first.status == 0, first.output
    for output in ("FunctionName", "SweepName", "FailureQueueName", "LogProject", "QueueName"):
        assert output in first.output
    [stack] = desk.ros.ros.stacks.all()
    before = stack.values["FunctionObject"]
    assert "No changes" in desk.run("deploy").output
    desk.build("two", runtime=runtime)
    assert "FunctionObject" in desk.run("plan").output
    assert desk.run("deploy").status == 0
    assert stack.values["FunctionObject"] != before
    assert desk.run("rollback", "--yes").status == 0
    assert stack.values["FunctionObject"] == before
    ended = desk.run("destroy", "--yes")
    assert ended.status == 0, ended.output
    assert stack.status == "DELETE_COMPLETE"
    assert desk.list_keys(f"{NAME}/deployments/")


def test_the_example_settings_fit_the_template(desk: Desk) -> None:
    """People copy the example, so it must name every required parameter and no unknown one."""
    (desk.folder / "template.yml").write_text((ROOT / "template.yml").read_text())
    example = ConfigParser(interpolation=None)
    example.optionxform = str  # type: ignore[assignment,method-assign]
    example.read(ROOT / "deploy.example.ini")
    desk.parameters = dict(example["parameters"])
    ended = desk.run("plan")
    assert ended.status == 0, ended.output
    assert "SweepTimer" in ended.output
