"""The limits of instances, which are in force whatever became of them while they were replaced.

ROS cannot update a limit, only replace it. Whether it deletes the old one before or after it makes
the new one is not documented; in the second case the function would have none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploy.errors import DeployError
from deploy.ros import Stack
from deploy.sdk import client_of, load
from deploy.service_errors import explain_sdk
from deploy.settings import Settings

_SWEEPS = 1


def limits_of(stack: Stack) -> dict[str, int]:
    """Return the instances that each function of a stack may have, as the template says."""
    outputs, instances = stack.outputs, stack.parameters.get("MaxInstances", "")
    limits = {outputs.get("FunctionName", ""): int(float(instances or 0))}
    limits[outputs.get("SweepName", "")] = _SWEEPS
    return {name: limit for name, limit in limits.items() if name and limit}


def keep_in_force(settings: Settings, stack: Stack, say: Callable[[str, str], None]) -> None:
    """Look at the limits of a stack's functions, and set those that are others.

    Raises DeployError if that is not possible.
    """
    client = client_of("alibabacloud_fc20230330", settings, "FC")
    for name, limit in limits_of(stack).items():
        was = _keep(client, name, limit, settings)
        if was != limit:
            words = f"a limit of {was} instances" if was else "no limit of instances"
            say(f"{name} had {words}: it is {limit} again.", "yellow")


def _keep(client: Any, name: str, limit: int, settings: Settings) -> int:
    """Set the limit of a function if it is another one, and return the one it had."""
    try:
        found = _limit(client, name, settings)
        if found != limit:
            _set(client, name, limit, settings)
    except DeployError as error:
        raise DeployError(
            f"The stack is deployed, but whether {name} is limited to {limit} instances could not"
            f" be made sure. {error.what}",
            f"{error.remedy} Then run the command again.",
            code=error.code,
        ) from None
    return found


def _limit(client: Any, name: str, settings: Settings) -> int:
    """Return the limit of a function, 0 for none."""
    try:
        found = client.get_concurrency_config(name).body.reserved_concurrency
    except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
        explained = explain_sdk(error, "fc:GetConcurrencyConfig", settings.keys)
        # What the service says where there is no limit is not documented
        if _status(error) == 404 and explained.code != "FunctionNotFound":
            return 0
        raise explained from None
    return int(found or 0)


def _set(client: Any, name: str, limit: int, settings: Settings) -> None:
    models = load("alibabacloud_fc20230330.models")
    body = models.PutConcurrencyInput(reserved_concurrency=limit)
    try:
        client.put_concurrency_config(name, models.PutConcurrencyConfigRequest(body=body))
    except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
        raise explain_sdk(error, "fc:PutConcurrencyConfig", settings.keys) from None


def _status(error: Exception) -> int:
    return int(getattr(error, "status_code", 0) or getattr(error, "statusCode", 0) or 0)
