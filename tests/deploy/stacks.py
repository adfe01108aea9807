"""A stack of the template at once, without a command that waits for it."""

from __future__ import annotations

from deploy.code_bucket import CodeBucket
from deploy.deployment_history import DeploymentHistory
from local.ros.template import Template, read
from tests.deploy.conftest import CODE_BUCKET, NAME, Desk

ZIPS = {
    "FunctionObject": f"{NAME}/function.zip",
    "SdkLayerObject": f"{NAME}/layer-sdk.zip",
    "MediaInfoLayerObject": f"{NAME}/layer-mediainfo.zip",
}


def bring_up(desk: Desk, **parameters: str) -> None:
    """Create the stack of the desk's template, and record it as a deployment does."""
    desk.cloud.put_objects(CODE_BUCKET, dict.fromkeys(ZIPS.values(), b"a zip"))
    text = (desk.folder / "template.yml").read_text()
    given = {"Name": NAME, **desk.parameters, **ZIPS, **parameters}
    stacks = desk.ros.ros.stacks
    template = Template(read(text), given, NAME, "cn-shanghai")
    stack = stacks.create(NAME, text, template, rollback=False)
    while stack.busy:
        stacks.advance(stack)
    bucket = CodeBucket(desk.settings())
    try:
        history = DeploymentHistory(bucket, NAME)
        history.add(history.save_template(text), template.values)
    finally:
        bucket.close()
