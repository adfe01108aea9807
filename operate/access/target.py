"""What mpsm acts on: a deployed stack's bucket, or what `make serve` has up."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from deploy.deployer_policy import resolved_for
from deploy.errors import DeployError
from deploy.log_reader import Line, read_log
from deploy.ros import Ros
from deploy.settings import SERVICES, Keys, Settings, Workspace, read_settings
from deploy.template import Resolved
from mps_manifest.adapters.credentials import KEY_VARIABLES
from operate.console.options import ROOT
from operate.console.program import typed
from operate.errors import NO_ANSWER, OperatorError

ENDPOINTS = Path("build/serve/endpoints.json")
"""What `make serve` writes, below the folder of this repository."""
ENDPOINTS_VARIABLE = "LAPTOP_ENDPOINTS"
"""Names that file where the local cloud was started in another folder."""
NO_CODE_BUCKET = "code-bucket"
"""In place of the one that only deployments need."""
_SECONDS_BETWEEN_ATTEMPTS = 0.1
"""Where ROS does not answer; a person waits."""
_LAPTOP_REMEDY = "Start it with make serve, in another terminal, or leave out --laptop."


class LogPlace(NamedTuple):
    """Where the functions' log is."""

    project: str
    store: str


@dataclass(frozen=True)
class Target:
    """Where the function's state is, and with whose keys.

    `deployment` is what the tools of `deploy` take: region, keys, endpoints. `environment` has the
    function's settings and the keys in it. `resolved` is the template with the parameters that are
    set here, which tells names of functions and limits.
    """

    deployment: Settings
    resolved: Resolved
    environment: Mapping[str, str] = field(repr=False)
    is_laptop: bool = False
    laptop_log: LogPlace | None = None

    @property
    def name(self) -> str:
        """The bucket, and where it is, for people."""
        where = "laptop" if self.is_laptop else self.deployment.region
        return f"oss://{self.environment['BUCKET']} ({where})"

    @property
    def remedy(self) -> str:
        """What to do where there is no answer; empty where that is not known."""
        return "Is make serve still running? Start it again." if self.is_laptop else ""

    @property
    def options(self) -> str:
        """The options that a command needs for this target, with a blank before them."""
        return " --laptop" if self.is_laptop else ""

    def typed(self, command: str) -> str:
        """Return a command that begins with mpsm as a person can type it, for this target."""
        return f"{typed(command)}{self.options}"

    def function_name(self, resource: str = "Function") -> str:
        """Return the name of a function by its name in the template: Function or Sweep."""
        return str(self.resolved.attribute(resource, "FunctionName"))

    def log_place(self) -> LogPlace:
        """Return where the log is; asks ROS, since its name has the account in it.

        Raises DeployError.
        """
        if self.laptop_log:
            return self.laptop_log
        stack = Ros(self.deployment).find(self.deployment.name)
        outputs = stack.outputs if stack else {}
        if not outputs.get("LogProject"):
            raise DeployError("There is no stack, hence no log.", "Run make deploy first.")
        return LogPlace(outputs["LogProject"], outputs.get("Logstore", ""))

    def log(self, query: str, minutes: int) -> list[Line]:
        """Return at most a hundred lines that a query finds, newest first. Raises DeployError."""
        place = self.log_place()
        return read_log(self.deployment, place.project, place.store, minutes, query)


def read_target(
    *, laptop: bool, file: Path, environment: Mapping[str, str] = os.environ, root: Path = ROOT
) -> Target:
    """Return the target of a command.

    Raises DeployError for settings that are missing or not valid, and OperatorError where nothing
    runs on the laptop.
    """
    workspace = Workspace(ROOT / "template.yml", root / "build", _SECONDS_BETWEEN_ATTEMPTS)
    if laptop:
        elsewhere = environment.get(ENDPOINTS_VARIABLE, "")
        return _of_laptop(Path(elsewhere) if elsewhere else root / ENDPOINTS, workspace)
    return _of_stack(read_settings(environment, file, [], workspace), environment)


def _of_stack(settings: Settings, environment: Mapping[str, str]) -> Target:
    """Return the target of a stack; the environment has precedence over the template's values.

    The function reaches OSS and the APIs by endpoints inside of the region, which an operator
    elsewhere cannot.
    """
    given = {"CodeBucket": NO_CODE_BUCKET, **settings.parameters}
    if environment.get("BUCKET", ""):
        given["Bucket"] = environment["BUCKET"]
    settings = replace(settings, parameters=given)
    resolved = resolved_for(settings)
    of_template = _function_settings(resolved)
    of_template.pop("API_ENDPOINT", None)
    overridden = {name: environment[name] for name in of_template if environment.get(name)}
    elsewhere = {
        "OSS_ENDPOINT": environment.get("OSS_ENDPOINT", "")
        or f"https://oss-{settings.region}.aliyuncs.com",
        "API_ENDPOINT": environment.get("API_ENDPOINT", ""),
    }
    ours = {**of_template, **overridden, **elsewhere}
    return Target(settings, resolved, _with_keys(ours, settings))


def _of_laptop(file: Path, workspace: Workspace) -> Target:
    """Return the target that `make serve` has written down."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        return _of_endpoints(written, workspace)
    except FileNotFoundError:
        raise OperatorError(
            "Nothing is up on this laptop.", _LAPTOP_REMEDY, status=NO_ANSWER
        ) from None
    except (OSError, ValueError, LookupError, TypeError):
        raise OperatorError(
            f"{file} cannot be read.", "Stop make serve and start it again.", status=NO_ANSWER
        ) from None


def _of_endpoints(written: Mapping[str, Any], workspace: Workspace) -> Target:
    owner = written["owner"]
    endpoints = {**dict.fromkeys(SERVICES, str(written["api"])), "OSS": str(written["oss"])}
    settings = Settings(
        name="mps-manifest",
        region=str(written["region"]),
        keys=Keys(str(owner["accessKeyId"]), str(owner["accessKeySecret"])),
        parameters={
            "Name": "mps-manifest",
            "CodeBucket": NO_CODE_BUCKET,
            "Bucket": str(written["bucket"]),
        },
        endpoints={**endpoints, "SLS": str(written["log"])},
        workspace=workspace,
    )
    resolved = resolved_for(settings)
    ours = {
        **_function_settings(resolved),
        "OSS_ENDPOINT": str(written["oss"]),
        "API_ENDPOINT": str(written["api"]),
        "FC_ACCOUNT_ID": str(written["account"]),
    }
    log = LogPlace(str(written["logProject"]), str(written["logstore"]))
    return Target(settings, resolved, _with_keys(ours, settings), is_laptop=True, laptop_log=log)


def _function_settings(resolved: Resolved) -> dict[str, str]:
    """Return the settings that the template gives the function."""
    function = next(each for each in resolved.functions() if each.resource == "Function")
    named = {"FC_FUNCTION_NAME": function.name}
    return {name: str(value) for name, value in function.environment.items()} | named


def _with_keys(environment: Mapping[str, str], settings: Settings) -> dict[str, str]:
    keys = settings.keys
    values = (keys.access_key_id, keys.access_key_secret, keys.security_token)
    return {
        **environment,
        "REGION": settings.region,
        **dict(zip(KEY_VARIABLES, values, strict=True)),
    }
