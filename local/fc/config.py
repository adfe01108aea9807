"""The configuration of a function, validated as the service does."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

MAX_VARIABLES_BYTES = 4096
MAX_LAYERS = 5
MAX_INITIALIZER_SECONDS = 300
VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Credentials:
    """The temporary keys of the function's role."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)


class RoleCredentials(Protocol):
    """Temporary keys: Credentials, or an identity of the local cloud."""

    @property
    def access_key_id(self) -> str:
        """The key's ID."""

    @property
    def access_key_secret(self) -> str:
        """The key's secret."""

    @property
    def security_token(self) -> str:
        """The token of the key pair."""


CredentialsProvider = Callable[[], RoleCredentials]


@dataclass(frozen=True)
class FunctionConfig:
    """A function; timeouts in seconds, memory in MB.

    `runtime` selects the style of the context and the names of the variables; the interpreter is
    `python`. `credentials` is called before each invocation; without it the function has no role.
    With `fresh_variables=False` a live process keeps the keys it was started with (python3.12 only:
    whether the service refreshes them is not documented). With `layers_last` the packages of the
    interpreter come before those of layers, and the runtime imports those of `preloaded` before the
    function (neither is documented). Clocks of successive instances are `clock_offsets` ahead of
    this machine's, in seconds and in turn: those of the service's machines differ, too.

    Raises ValueError naming everything that the service would not accept.
    """

    name: str
    code: Path
    handler: str = "index.handler"
    initializer: str | None = None
    runtime: Literal["python3.10", "python3.12"] = "python3.12"
    python: Path = Path(sys.executable)
    timeout: float = 60
    initializer_timeout: float = 60
    memory: int = 512
    environment: Mapping[str, str] = field(default_factory=dict)
    region: str = "cn-shanghai"
    account_id: str = "1000000000000001"
    credentials: CredentialsProvider | None = None
    layers: tuple[Path, ...] = ()
    layers_last: bool = False
    preloaded: tuple[str, ...] = ()
    fresh_variables: bool = True
    clock_offsets: tuple[float, ...] = (0.0,)
    version_id: str = "LATEST"
    qualifier: str = "LATEST"
    log_project: str = "local-logs"
    log_store: str = "functions"

    def __post_init__(self) -> None:
        problems = [*self._variable_problems(), *self._folder_problems()]
        if self.initializer_timeout > MAX_INITIALIZER_SECONDS:
            problems.append(f"the initializer timeout exceeds {MAX_INITIALIZER_SECONDS} seconds")
        if problems:
            raise ValueError(f"function {self.name}: {'; '.join(problems)}")

    def _variable_problems(self) -> list[str]:
        """Return what is wrong with the environment variables."""
        problems = [
            f"{name!r} is not a valid variable name"
            for name in self.environment
            if not VARIABLE_NAME.fullmatch(name)
        ]
        problems += [
            f"{name} is reserved: names that start with FC_ belong to the service"
            for name in self.environment
            if name.startswith("FC_")
        ]
        size = sum(len(f"{name}{value}".encode()) for name, value in self.environment.items())
        if size > MAX_VARIABLES_BYTES:
            problems.append(f"the variables have {size} bytes, more than {MAX_VARIABLES_BYTES}")
        return problems

    def _folder_problems(self) -> list[str]:
        """Return what is wrong with code and layers; a layer needs a python/ folder."""
        problems = [] if self.code.is_dir() else [f"the code folder {self.code} does not exist"]
        if len(self.layers) > MAX_LAYERS:
            problems.append(f"there are {len(self.layers)} layers, more than {MAX_LAYERS}")
        problems += [
            f"layer {layer} has no python/ folder"
            for layer in self.layers
            if not (layer / "python").is_dir()
        ]
        return problems

    @property
    def arn(self) -> str:
        """The function's ARN, as in records of asynchronous calls."""
        return f"acs:fc:{self.region}:{self.account_id}:functions/{self.name}"
