"""The local environment: a local cloud, and the function on its FC host beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local import sample_jobs
from local.client import CloudClient, LocalCloud
from local.fc.config import FunctionConfig
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation

CODE = Path(__file__).resolve().parent.parent / "functions" / "manifest"
BUCKET = sample_jobs.SAMPLE_BUCKET


def function_config(
    cloud: CloudClient,
    *,
    bucket: str = BUCKET,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> FunctionConfig:
    """Return the function's configuration for a cloud; `options` are those of FunctionConfig."""
    wanted = {"initializer": "index.initialize", "runtime": "python3.12", **options}
    return FunctionConfig(
        name="mps-manifest",
        code=CODE,
        environment={
            "BUCKET": bucket,
            "OSS_ENDPOINT": cloud.oss_endpoint,
            "API_ENDPOINT": cloud.api_endpoint,
            **(environment or {}),
        },
        region=cloud.region,
        credentials=lambda: cloud.credentials,
        **wanted,
    )


class LocalEnvironment:
    """A cloud with a bucket, and the function; `close` stops both."""

    def __init__(
        self, data: Path, *, on_log: Callable[[str], None] | None = None, **function: Any
    ) -> None:
        self.cloud = LocalCloud.start(data)
        self.cloud.create_bucket(BUCKET)
        self.host = FunctionHost(function_config(self.cloud, **function), on_log=on_log)

    def close(self) -> None:
        """Stop the function and the cloud."""
        self.host.close()
        self.cloud.close()

    def invoke(self, event: bytes) -> Invocation:
        """Call the function."""
        return self.host.invoke(event)
