"""The whole product on a laptop: the local cloud, and the function on an FC host beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local import catalogue
from local.client import CloudClient, LocalCloud
from local.fc.answers import Invocation
from local.fc.config import FunctionConfig
from local.fc.host import FunctionHost

CODE = Path(__file__).resolve().parent.parent / "functions" / "manifest"
BUCKET = catalogue.SAMPLE_BUCKET


def function_config(
    cloud: CloudClient,
    *,
    bucket: str = BUCKET,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> FunctionConfig:
    """Configure the function for a local cloud; `options` are those of FunctionConfig."""
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


class Laptop:
    """A cloud with a bucket, and the function; `close` stops both."""

    def __init__(
        self, data: Path, *, on_log: Callable[[str], None] | None = None, **function: Any
    ) -> None:
        self.cloud = LocalCloud.start(data)
        self.cloud.create_bucket(BUCKET)
        self.host = FunctionHost(function_config(self.cloud, **function), on_log=on_log)

    def close(self) -> None:
        """Stop the function, then the cloud."""
        self.host.close()
        self.cloud.close()

    def invoke(self, event: bytes) -> Invocation:
        """Call the function."""
        return self.host.invoke(event)
