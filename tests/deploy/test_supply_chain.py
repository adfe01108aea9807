"""What was altered in the code bucket is never deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.code_bucket import CodeBucket
from deploy.errors import DeployError
from deploy.settings import Keys, Settings, Workspace
from local.faults import FaultRule
from tests.deploy.conftest import CODE_BUCKET, NAME, Desk


def _deployed(desk: Desk) -> str:
    [stack] = desk.ros.ros.stacks.all()
    return stack.values["FunctionObject"]


def _alter(desk: Desk, key: str, body: bytes = b"something else") -> None:
    desk.cloud.put_object(CODE_BUCKET, key, body)


def _bucket(desk: Desk) -> CodeBucket:
    keys = Keys(desk.identity.access_key_id, desk.identity.access_key_secret)
    workspace = Workspace(desk.folder / "template.yml", desk.folder / "build")
    endpoints = {"OSS": desk.cloud.oss_endpoint}
    parameters = {"CodeBucket": CODE_BUCKET}
    return CodeBucket(Settings(NAME, "cn-shanghai", keys, parameters, endpoints, workspace))


@pytest.mark.parametrize("kind", ["function", "layer-sdk", "layer-mediainfo"])
def test_a_zip_with_other_content_under_our_name_is_not_deployed(desk: Desk, kind: str) -> None:
    """Whoever may write to the bucket could run code with the rights of the function."""
    desk.run("deploy")
    [key] = desk.list_keys(f"{NAME}/{kind}-")
    desk.run("destroy", "--yes")
    _alter(desk, key)
    ended = desk.run("deploy")
    assert ended.status == 1
    assert f"{key} in the code bucket was altered" in ended.output
    assert desk.asked("CreateStack") == 1
    desk.cloud.delete_object(CODE_BUCKET, key)
    assert desk.run("deploy").status == 0


def test_a_template_with_other_content_under_our_name_is_told(desk: Desk) -> None:
    """A rollback would take it."""
    desk.run("deploy")
    [key] = desk.list_keys(f"{NAME}/template-")
    _alter(desk, key)
    desk.build("two")
    ended = desk.run("deploy")
    assert ended.status == 1
    assert f"{key} in the code bucket was altered" in ended.output


@pytest.mark.parametrize("kind", ["function", "template", "deployments"])
def test_a_rollback_takes_nothing_that_was_altered(desk: Desk, kind: str) -> None:
    """It would deploy what nobody has built, in the middle of an emergency."""
    desk.run("deploy")
    first = _deployed(desk)
    [key] = [first] if kind == "function" else desk.list_keys(f"{NAME}/{kind}")
    body = desk.cloud.get_object(CODE_BUCKET, key)
    desk.build("two")
    desk.run("deploy")
    _alter(desk, key, body.replace(b"media-bucket", b"their-bucket") + b"\n# more")
    ended = desk.run("rollback", "--yes")
    assert ended.status == 1
    assert f"{key} in the code bucket was altered" in ended.output
    assert _deployed(desk) != first


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["parameters"].update(FunctionObject="other.zip"),
        lambda record: record.update(template=f"{NAME}/other.yml"),
        lambda record: record.update(parameters=[]),
        lambda record: record.clear(),
    ],
)
def test_a_record_is_known_by_its_hash(desk: Desk, change: object) -> None:
    """Each of what it says decides what a rollback deploys."""
    assert callable(change)
    desk.run("deploy")
    [key] = desk.list_keys(f"{NAME}/deployments/")
    desk.build("two")
    desk.run("deploy")
    record = json.loads(desk.cloud.get_object(CODE_BUCKET, key))
    change(record)
    _alter(desk, key, json.dumps(record).encode())
    ended = desk.run("rollback", "--yes")
    assert ended.status == 1
    assert f"{key} in the code bucket was altered" in ended.output


def test_an_altered_record_that_is_not_taken_is_no_obstacle(desk: Desk) -> None:
    """Another deployment must stay within reach."""
    for content in ("one", "two", "three"):
        desk.build(content)
        desk.run("deploy")
    _alter(desk, desk.list_keys(f"{NAME}/deployments/")[0])
    ended = desk.run("rollback", "--yes")
    assert ended.status == 0, ended.output


def test_nothing_is_ever_written_over_an_object(desk: Desk) -> None:
    """Also where the object appears between the look and the write."""
    desk.run("deploy")
    writes = [each for each in desk.cloud.requests() if each.action == "PutObject"]
    assert len(writes) == 5
    bucket = _bucket(desk)
    path = desk.folder / "build" / "function-python3.10.zip"
    _alter(desk, "late.zip", path.read_bytes())
    unseen = FaultRule("error", action="HeadObject", status=404, code="NoSuchKey", times=1)
    desk.cloud.add_fault(unseen)
    assert bucket.upload("late.zip", path) is False
    _alter(desk, "other.zip")
    desk.cloud.add_fault(unseen)
    with pytest.raises(DeployError, match=r"other\.zip in the code bucket was altered"):
        bucket.upload("other.zip", path)
    assert desk.cloud.get_object(CODE_BUCKET, "other.zip") == b"something else"
    bucket.close()


def test_a_package_that_was_named_must_be_there_and_what_its_name_says(desk: Desk) -> None:
    """Somebody else has uploaded it, and ROS would find out in the middle."""
    named = f"{NAME}/function-python3.10-0123456789abcdef.zip"
    ended = desk.run("deploy", "--set", f"FunctionObject={named}")
    assert ended.status == 1
    assert f"Packages are not in the code bucket: {named}." in ended.output
    _alter(desk, named)
    ended = desk.run("deploy", "--set", f"FunctionObject={named}")
    assert ended.status == 1
    assert "its content is not that of the hash in its name" in ended.output
    _alter(desk, "mine.zip")
    assert desk.run("deploy", "--set", "FunctionObject=mine.zip").status == 0


def test_an_object_without_a_checksum_is_read(desk: Desk, tmp_path: Path) -> None:
    """OSS does not promise one for every object."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"content")
    _alter(desk, "a.zip", b"content")
    bucket = _bucket(desk)
    head = bucket._bucket.head_object

    def without_checksum(key: str) -> object:
        found = head(key)
        del found.headers["x-oss-hash-crc64ecma"]
        return found

    bucket._bucket.head_object = without_checksum
    assert bucket.upload("a.zip", path) is False
    path.write_bytes(b"other")
    with pytest.raises(DeployError, match="was altered"):
        bucket.upload("a.zip", path)
    bucket.close()
