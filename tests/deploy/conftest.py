"""The real command line against a stand-in of ROS and a local cloud with a code bucket."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.settings import Settings, Workspace, read_settings
from local.client import LocalCloud
from local.identity import Identity
from local.ros.emulator import RosEmulator
from tests.command_server import CommandServer

ROOT = Path(__file__).resolve().parent.parent.parent
CODE_BUCKET = "code-bucket"
NAME = "mps-manifest"
_SECONDS = 120
IMPORTED_LATER = ("alibabacloud_ros20190910.client", "alibabacloud_fc20230330.client")
"""What `deploy` imports when a command needs it."""
_OTHERS = ("RAM", "MTS", "ICE", "FNF", "MNS", "CMS", "SMQ")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what drives the SDKs where only `make setup` was run."""
    if importlib.util.find_spec("alibabacloud_ros20190910") is None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs requirements-deploy.txt"))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    output: str


@dataclass
class Desk:
    """A clone on somebody's machine: settings, built zips, and the commands."""

    folder: Path
    cloud: LocalCloud
    ros: RosEmulator
    identity: Identity
    commands: CommandServer
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)

    def build(self, content: str = "one", *, runtime: str = "python3.10") -> None:
        """Make zips with some content; layers never change."""
        folder = self.folder / "build"
        folder.mkdir(exist_ok=True)
        (folder / f"function-{runtime}.zip").write_bytes(b"function " + content.encode())
        (folder / f"layer-sdk-{runtime}.zip").write_bytes(b"sdk layer")
        (folder / f"layer-mediainfo-{runtime}.zip").write_bytes(b"mediainfo layer")

    def run(
        self,
        *arguments: str,
        answer: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run a command as a process; with an answer it has a terminal.

        Where the variables of the shell are others it begins as a user's does, else as a fork.
        """
        given = [
            *(*arguments, "--file", str(self.settings_file())),
            *("--build", str(self.folder / "build")),
            *("--template", str(self.folder / "template.yml"), "--poll", "0.02"),
        ]
        command = [sys.executable, "-m", "deploy", *given]
        variables = self.environment() | dict(environment or {})
        if answer is not None:
            status, output = _with_terminal(command, variables, answer)
        elif environment is None:
            status, output = self.commands.run("deploy", given, variables)
        else:
            ended = subprocess.run(  # noqa: S603 (our own program)
                command,
                cwd=ROOT,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
            status, output = ended.returncode, ended.stdout.decode()
        self.outputs.append(output)
        return Ended(status, output)

    def run_here(self, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
        """Run a command in this process, which is quicker; its output is that of the test."""
        for name, value in self.environment().items():
            monkeypatch.setenv(name, value)
        return main(
            [
                *arguments,
                *("--file", str(self.settings_file()), "--build", str(self.folder / "build")),
                *("--template", str(self.folder / "template.yml"), "--poll", "0.02"),
            ]
        )

    def settings(self, *assignments: str) -> Settings:
        """Return the settings that a command would read."""
        workspace = Workspace(self.folder / "template.yml", self.folder / "build", 0.02)
        return read_settings(self.environment(), self.settings_file(), assignments, workspace)

    def list_keys(self, prefix: str = "") -> list[str]:
        """List the code bucket."""
        return self.cloud.list_keys(CODE_BUCKET, prefix)

    def asked(self, action: str) -> int:
        """Count the calls of one action, of ROS or OSS."""
        both = [*self.ros.requests(), *self.cloud.requests()]
        return sum(request.action == action for request in both)

    def settings_file(self) -> Path:
        """Write the settings file."""
        file = self.folder / "deploy.ini"
        lines = "\n".join(f"{key} = {value}" for key, value in self.parameters.items())
        file.write_text(f"[stack]\nregion = cn-shanghai\n[parameters]\n{lines}\n")
        return file

    def environment(self) -> dict[str, str]:
        """Return the variables of the shell in which commands run."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.identity.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.identity.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": self.identity.security_token,
            "ROS_ENDPOINT": self.ros.endpoint,
            "FC_ENDPOINT": self.ros.endpoint,
            **{f"{name}_ENDPOINT": self.ros.endpoint for name in ("SLS", *_OTHERS)},
            "OSS_ENDPOINT": self.cloud.oss_endpoint,
            "COLUMNS": "200",
        }


def _with_terminal(
    command: list[str], environment: Mapping[str, str], answer: str
) -> tuple[int, str]:
    """Run a command on a pseudo terminal and type one answer."""
    master, slave = os.openpty()
    process = subprocess.Popen(  # noqa: S603 (our own program)
        command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    os.write(master, f"{answer}\n".encode())
    output = bytearray()
    try:
        while True:
            try:
                chunk = os.read(master, 4096)
            except OSError:  # Linux says so when the other side has closed
                break
            if not chunk:
                break
            output += chunk
        return process.wait(_SECONDS), output.decode()
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def ros(running_cloud: LocalCloud) -> Iterator[RosEmulator]:
    running_cloud.reset()
    running_cloud.create_bucket(CODE_BUCKET)
    with RosEmulator(cloud=running_cloud) as standin:
        yield standin


@pytest.fixture(scope="session")
def commands() -> Iterator[CommandServer]:
    server = CommandServer(["deploy.cli", *IMPORTED_LATER])
    yield server
    server.close()


@pytest.fixture
def desk(
    tmp_path: Path, running_cloud: LocalCloud, ros: RosEmulator, commands: CommandServer
) -> Iterator[Desk]:
    identity = running_cloud.owner
    desk = Desk(tmp_path, running_cloud, ros, identity, commands)
    desk.parameters = {"CodeBucket": CODE_BUCKET, "Bucket": "media-bucket"}
    template = (Path(__file__).parent / "template.yml").read_text()
    (tmp_path / "template.yml").write_text(template)
    desk.build()
    yield desk
    for output in desk.outputs:
        assert identity.access_key_secret not in output
        assert not identity.security_token or identity.security_token not in output
