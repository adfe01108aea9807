"""The real command line of mpsm against one local cloud, empty at the start of each test."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from local.client import LocalCloud
from local.identity import Identity
from mps_manifest.ports import Clock
from operate.access.connection import Connection, StoreWrapper
from operate.access.read_only import ReadOnlyStore
from operate.access.target import Target, read_target
from operate.cli import main

BUCKET = "media-results"
STATE = ".mps-manifest/"
LOG_PROJECT, LOGSTORE = "laptop-log", "functions"
MOST_COLUMNS = 80


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


@dataclass
class Operator:
    """Somebody with keys, at a shell: their environment, and the cloud that it names."""

    cloud: LocalCloud
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    connections: list[Connection] = field(default_factory=list)

    def run(self, *arguments: str, columns: int = MOST_COLUMNS) -> Ended:
        """Run a command on the bucket that the environment names, its output in a pipe."""
        self.monkeypatch.setenv("COLUMNS", str(columns))
        out, err = io.StringIO(), io.StringIO()
        command = [*arguments, "--file", str(self.folder / "deploy.ini")]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(command)
        return Ended(status, out.getvalue(), err.getvalue())

    def variables(self, identity: Identity | None = None) -> Mapping[str, str]:
        """Return the environment of whoever has these keys, by default the owner's."""
        keys = identity or self.cloud.owner
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": keys.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": keys.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": keys.security_token,
            "REGION": self.cloud.region,
            "BUCKET": BUCKET,
            "OSS_ENDPOINT": self.cloud.oss_endpoint,
            "API_ENDPOINT": self.cloud.api_endpoint,
            "SLS_ENDPOINT": self.cloud.log_endpoint,
            "ROS_ENDPOINT": "http://127.0.0.1:9",  # nobody is there
        }

    def become(self, identity: Identity) -> None:
        """Use other keys from now on."""
        for name, value in self.variables(identity).items():
            self.monkeypatch.setenv(name, value)

    def serve(self, **changed: object) -> Path:
        """Write down what `make serve` does, and return the folder of its repository."""
        owner = self.cloud.owner
        written = {
            "oss": self.cloud.oss_endpoint,
            "api": self.cloud.api_endpoint,
            "log": self.cloud.log_endpoint,
            "region": self.cloud.region,
            "account": "1234567890123456",
            "bucket": BUCKET,
            "logProject": LOG_PROJECT,
            "logstore": LOGSTORE,
            "owner": {
                "accessKeyId": owner.access_key_id,
                "accessKeySecret": owner.access_key_secret,
            },
        }
        file = self.folder / "build/serve/endpoints.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({**written, **changed}), encoding="utf-8")
        return self.folder

    def target(self) -> Target:
        """Return the target of --laptop."""
        return read_target(laptop=True, file=self.folder / "deploy.ini", root=self.serve())

    def connect(
        self, over: StoreWrapper = ReadOnlyStore, clock: Clock | None = None, **settings: str
    ) -> Connection:
        """Connect to it; the test's end closes the connection."""
        target = self.target()
        target = replace(target, environment={**target.environment, **settings})
        self.connections.append(Connection(target, over=over, clock=clock))
        return self.connections[-1]

    # --- what is in the bucket -------------------------------------------------------------------

    def put_manifest(
        self, job_id: str, status: str = "complete", algorithm: str = "Cover", body: object = None
    ) -> None:
        """Write a manifest with the metadata that the function gives it."""
        metadata = {"job-id": job_id, "status": status, "function": algorithm, "api": "mps"}
        text = json.dumps(body or {"name": job_id, "status": status}).encode()
        key = f"manifests/{job_id}.json"
        self.cloud.put_object(BUCKET, key, text, "application/json", metadata)

    def put_state(self, objects: Mapping[str, object]) -> None:
        """Write objects below the prefix of the state: bytes, or what becomes JSON."""
        bodies = {
            f"{STATE}{key}": value if isinstance(value, bytes) else json.dumps(value).encode()
            for key, value in objects.items()
        }
        self.cloud.put_objects(BUCKET, bodies)

    def keys(self, prefix: str = "") -> Sequence[str]:
        """List the bucket."""
        return self.cloud.list_keys(BUCKET, prefix)


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def operator(
    running_cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """Have somebody with the owner's keys at an empty bucket."""
    running_cloud.reset()
    running_cloud.create_bucket(BUCKET)
    monkeypatch.setattr("operate.console.program._program", lambda: "mpsm")  # it is on the PATH
    somebody = Operator(running_cloud, tmp_path, monkeypatch)
    somebody.become(running_cloud.owner)
    yield somebody
    for connection in somebody.connections:
        connection.close()
