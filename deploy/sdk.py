"""The vendor's SDKs, imported when a command needs them, and their clients."""

from __future__ import annotations

import importlib
from typing import Any

from deploy.errors import DeployError
from deploy.settings import Settings


def load(module: str) -> Any:
    """Import an SDK; SDKs have no type annotations.

    Raises DeployError if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise DeployError(
            "The SDKs for deployments are not installed.",
            "Run the command with make, or install requirements-deploy.txt with pip.",
        ) from None


def client_of(module: str, settings: Settings, service: str) -> Any:
    """Return a client of an OpenAPI SDK; the default endpoint is that of the region."""
    endpoint = settings.endpoints.get(service, "")
    scheme, _, host = endpoint.rpartition("://")
    config = load("alibabacloud_tea_openapi.utils_models").Config(
        access_key_id=settings.keys.access_key_id,
        access_key_secret=settings.keys.access_key_secret,
        security_token=settings.keys.security_token or None,
        region_id=settings.region,
        endpoint=host or None,
        protocol=scheme or "https",
        connect_timeout=10_000,
        read_timeout=60_000 if service == "ROS" else 900_000,
    )
    return load(f"{module}.client").Client(config)
