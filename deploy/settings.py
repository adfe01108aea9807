"""The settings of a deployment, from the environment, the settings file and --set."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from pathlib import Path

from deploy.build_runtimes import DEFAULT_RUNTIME
from deploy.errors import SettingsError

DEFAULT_NAME = "mps-manifest"
SERVICES = ("ROS", "OSS", "FC", "SLS", "RAM", "MTS", "ICE", "FNF", "MNS", "CMS", "SMQ")
"""What may have another endpoint; SMQ is where messages of MNS are sent, MNS its management."""

_KEYS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@dataclass(frozen=True)
class Keys:
    """A key pair, and its token if it is a temporary one."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)

    def redact(self, text: str) -> str:
        """Return a text without the secret and the token."""
        for secret in (self.access_key_secret, self.security_token):
            if secret:
                text = text.replace(secret, "***")
        return text


@dataclass(frozen=True)
class Workspace:
    """The files on this machine, and the interval of requests for a stack's status in seconds.

    `prebuilt` says that the packages are in the folder `build` already.
    """

    template: Path
    build: Path
    poll_seconds: float = 5.0
    prebuilt: bool = False


@dataclass(frozen=True)
class Settings:
    """All settings of a command; `parameters` are those of the template."""

    name: str
    region: str
    keys: Keys
    parameters: Mapping[str, str]
    endpoints: Mapping[str, str]
    workspace: Workspace

    @property
    def code_bucket(self) -> str:
        """The bucket for packages and records.

        Raises SettingsError if it is not set.
        """
        bucket = self.parameters.get("CodeBucket", "")
        if not bucket:
            raise SettingsError(
                "The code bucket is not set.",
                "Set CodeBucket in the settings file, or use --set CodeBucket=<name>.",
            )
        return bucket

    @property
    def runtime(self) -> str:
        """The runtime whose packages are deployed."""
        return self.parameters.get("Runtime", "") or DEFAULT_RUNTIME


def read_settings(
    environment: Mapping[str, str],
    file: Path,
    assignments: Sequence[str],
    workspace: Workspace,
    *,
    needs_keys: bool = True,
) -> Settings:
    """Read all settings: --set has precedence over the environment, the environment over the file.

    Raises SettingsError naming everything that is missing; keys may be unless `needs_keys`.
    """
    ini = _read_file(file)
    given = _assignments(assignments)
    parameters = {**_section(ini, "parameters")}
    if environment.get("NAME", ""):
        parameters["Name"] = environment["NAME"]
    parameters |= given
    parameters.setdefault("Name", DEFAULT_NAME)
    region = environment.get("REGION", "") or _section(ini, "stack").get("region", "")
    missing = [name for name in _KEYS if needs_keys and not environment.get(name, "").strip()]
    _check(missing, region, parameters["Name"], file)
    return Settings(
        name=parameters["Name"],
        region=region,
        keys=_keys(environment),
        parameters=parameters,
        endpoints={each: environment.get(f"{each}_ENDPOINT", "").rstrip("/") for each in SERVICES},
        workspace=workspace,
    )


def _keys(environment: Mapping[str, str]) -> Keys:
    return Keys(
        environment.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "").strip(),
        environment.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "").strip(),
        environment.get("ALIBABA_CLOUD_SECURITY_TOKEN", "").strip(),
    )


def _check(missing: Sequence[str], region: str, name: str, file: Path) -> None:
    steps = [] if region else [_step_to_a_region(file)]
    if missing:
        steps.append("export the keys")
    if steps:
        names = ", ".join(missing if region else [*missing, "REGION"])
        remedy = ", ".join([*steps, "and run the command again."])
        raise SettingsError(f"Not set: {names}.", remedy[0].upper() + remedy[1:])
    if not _REGION.fullmatch(region):
        raise SettingsError(
            f"{region!r} is not a region ID.", "Set REGION, for example to cn-shanghai."
        )
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} is not a valid name of a stack.",
            "Use 2 to 31 lower-case letters, digits and hyphens, starting with a letter.",
        )


def _step_to_a_region(file: Path) -> str:
    shown = os.path.relpath(file)
    if file.exists():
        return f"set region in {shown} (or export REGION)"
    return f"copy deploy.example.ini to {shown} and fill it in (or export REGION)"


def _read_file(file: Path) -> ConfigParser:
    ini = ConfigParser(interpolation=None)
    ini.optionxform = str  # type: ignore[assignment,method-assign]  # names of parameters are case-sensitive
    try:
        ini.read_string(file.read_text(encoding="utf-8") if file.exists() else "")
    except (IniError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{file} cannot be read: {type(error).__name__}.",
            "Compare it with deploy.example.ini.",
        ) from None
    return ini


def _section(ini: ConfigParser, name: str) -> dict[str, str]:
    return {key: value.strip() for key, value in ini[name].items()} if ini.has_section(name) else {}


def _assignments(texts: Sequence[str]) -> dict[str, str]:
    wrong = [text.partition("=")[0] for text in texts if "=" not in text]
    if wrong:
        raise SettingsError(f"--set {wrong[0]} has no value.", "Use --set <parameter>=<value>.")
    return {key.strip(): value for key, _, value in (text.partition("=") for text in texts)}
