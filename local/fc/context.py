"""The environment of a process, and the context of each call.

There are two styles: python3.10 has context.credentials and context.service; python3.12 has neither
and its keys are in the environment only.
"""

from __future__ import annotations

from typing import Any

from local.fc.config import FunctionConfig, RoleCredentials

SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"


def has_credentials_in_context(config: FunctionConfig) -> bool:
    """Return whether the runtime has the older style of context."""
    return config.runtime == "python3.10"


def process_environment(config: FunctionConfig, instance_id: str) -> dict[str, str]:
    """Return all variables of a new process; it inherits none."""
    version = "FC_VER_ID" if has_credentials_in_context(config) else "FC_FUNCTION_VERSION"
    return {
        "PATH": SEARCH_PATH,
        "LANG": "C.UTF-8",
        "FC_REGION": config.region,
        "FC_ACCOUNT_ID": config.account_id,
        "FC_FUNCTION_NAME": config.name,
        "FC_FUNCTION_HANDLER": config.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(config.memory),
        "FC_FUNC_CODE_PATH": str(config.code.resolve()),
        "FC_INSTANCE_ID": instance_id,
        version: config.version_id,
        **config.environment,
    }


def credential_variables(
    config: FunctionConfig, credentials: RoleCredentials | None
) -> dict[str, str]:
    """Return the variables with the keys; none if the keys are in the context."""
    if credentials is None or has_credentials_in_context(config):
        return {}
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": credentials.security_token,
    }


def call_context(
    config: FunctionConfig, request_id: str, credentials: RoleCredentials | None
) -> dict[str, Any]:
    """Return the context of one call, nested objects as dicts."""
    common = {
        "request_id": request_id,
        "region": config.region,
        "account_id": config.account_id,
        "logger": None,
    }
    function = {"name": config.name, "handler": config.handler, "memory": config.memory}
    version = {"version_id": config.version_id, "qualifier": config.qualifier}
    logs = {"log_project": config.log_project, "log_store": config.log_store}
    if not has_credentials_in_context(config):
        return {**common, **logs, "function": {**function, "timeout": config.timeout, **version}}
    return {
        **common,
        "requestId": request_id,
        "credentials": _spelt_both_ways(credentials),
        # The older runtime passes on the text of a header.
        "function": {**function, "timeout": f"{config.timeout:g}"},
        "service": {"name": "", **logs, **version},
    }


def _spelt_both_ways(credentials: RoleCredentials | None) -> dict[str, str]:
    """Return the keys in both spellings of the older runtimes; all are empty without a role."""
    key_id = credentials.access_key_id if credentials else ""
    secret = credentials.access_key_secret if credentials else ""
    token = credentials.security_token if credentials else ""
    return {
        "access_key_id": key_id,
        "accessKeyId": key_id,
        "access_key_secret": secret,
        "accessKeySecret": secret,
        "security_token": token,
        "securityToken": token,
    }
