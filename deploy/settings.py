"""What to deploy and where: environment, settings file and --set, in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from pathlib import Path

from deploy.errors import DeployError

DEFAULT_NAME = "mps-manifest"
SERVICES = ("ROS", "OSS", "FC", "SLS")

_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@dataclass(frozen=True)
class Keys:
    """A key pair, and its token where it is a temporary one."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)

    def redact(self, text: str) -> str:
        """Take secret and token out of a text."""
        for secret in (self.access_key_secret, self.security_token):
            if secret:
                text = text.replace(secret, "***")
        return text


@dataclass(frozen=True)
class Place:
    """Where things are on this machine, and how often ROS is looked at, in seconds."""

    template: Path
    build: Path
    poll_seconds: float = 5.0


@dataclass(frozen=True)
class Settings:
    """Everything a command needs to know; `parameters` are those the template will get."""

    name: str
    region: str
    keys: Keys
    parameters: Mapping[str, str]
    endpoints: Mapping[str, str]
    place: Place

    @property
    def code_bucket(self) -> str:
        """The bucket for zips and records.

        Raises DeployError if none is named.
        """
        bucket = self.parameters.get("CodeBucket", "")
        if not bucket:
            raise DeployError(
                "No code bucket is named.",
                "Set CodeBucket in the settings file, or give --set CodeBucket=<name>.",
            )
        return bucket

    @property
    def runtime(self) -> str:
        """The runtime whose zips are taken."""
        return self.parameters.get("Runtime", "") or "python3.10"


def read_settings(
    environment: Mapping[str, str],
    file: Path,
    assignments: Sequence[str],
    place: Place,
) -> Settings:
    """Read all settings; --set wins over the environment, and that over the file.

    Raises DeployError naming everything that is missing at once.
    """
    ini = _read_file(file)
    given = _assignments(assignments)
    parameters = {**_section(ini, "parameters")}
    if environment.get("NAME", ""):
        parameters["Name"] = environment["NAME"]
    parameters |= given
    parameters.setdefault("Name", DEFAULT_NAME)
    region = environment.get("REGION", "") or _section(ini, "stack").get("region", "")
    _check(environment, region, parameters["Name"])
    return Settings(
        name=parameters["Name"],
        region=region,
        keys=_keys(environment),
        parameters=parameters,
        endpoints={each: environment.get(f"{each}_ENDPOINT", "").rstrip("/") for each in SERVICES},
        place=place,
    )


def _keys(environment: Mapping[str, str]) -> Keys:
    return Keys(
        environment["ALIBABA_CLOUD_ACCESS_KEY_ID"].strip(),
        environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"].strip(),
        environment.get("ALIBABA_CLOUD_SECURITY_TOKEN", "").strip(),
    )


def _check(environment: Mapping[str, str], region: str, name: str) -> None:
    wanted = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    missing = [variable for variable in wanted if not environment.get(variable, "").strip()]
    if not region:
        missing.append("REGION")
    if missing:
        raise DeployError(
            f"Not set: {', '.join(missing)}.", "Export them and run the command again."
        )
    if not _REGION.fullmatch(region):
        raise DeployError(f"{region!r} is no region ID.", "Set REGION to one, as cn-shanghai.")
    if not _NAME.fullmatch(name):
        raise DeployError(
            f"{name!r} cannot be the name of a stack and its resources.",
            "Take 2 to 31 lower-case letters, digits and hyphens, a letter first.",
        )


def _read_file(file: Path) -> ConfigParser:
    ini = ConfigParser(interpolation=None)
    ini.optionxform = str  # type: ignore[assignment,method-assign]  # names of parameters keep their case
    try:
        ini.read_string(file.read_text(encoding="utf-8") if file.exists() else "")
    except (IniError, UnicodeDecodeError, OSError) as fault:
        raise DeployError(
            f"{file} cannot be read: {type(fault).__name__}.",
            "Compare it with deploy.example.ini.",
        ) from None
    return ini


def _section(ini: ConfigParser, name: str) -> dict[str, str]:
    return {key: value.strip() for key, value in ini[name].items()} if ini.has_section(name) else {}


def _assignments(texts: Sequence[str]) -> dict[str, str]:
    wrong = [text.partition("=")[0] for text in texts if "=" not in text]
    if wrong:
        raise DeployError(f"--set {wrong[0]} has no value.", "Write --set Key=Value.")
    return {key.strip(): value for key, _, value in (text.partition("=") for text in texts)}
