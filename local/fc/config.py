"""What is configured for one function, checked as the service checks it."""

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
    """Whatever has the three parts of temporary keys: Credentials, or an identity of the cloud."""

    @property
    def access_key_id(self) -> str:
        """The key's ID."""

    @property
    def access_key_secret(self) -> str:
        """The key's secret."""

    @property
    def security_token(self) -> str:
        """The token that belongs to both."""


CredentialsProvider = Callable[[], RoleCredentials]


@dataclass(frozen=True)
class FunctionConfig:
    """One function; timeouts in seconds, memory in MB.

    `runtime` chooses the style of the context and the names of the variables; the interpreter is
    `python`. `credentials` is asked before each call; without it the function has no role.
    `fresh_variables=False` leaves a live process with the keys it was started with (python3.12
    only: whether the service refreshes them is not published).

    Raises ValueError for what the service would not accept.
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
    fresh_variables: bool = True
    version_id: str = "LATEST"
    qualifier: str = "LATEST"
    log_project: str = "local-logs"
    log_store: str = "functions"

    def __post_init__(self) -> None:
        problems = [*self._variable_problems(), *self._folder_problems()]
        if self.initializer_timeout > MAX_INITIALIZER_SECONDS:
            problems.append(f"an initializer may take {MAX_INITIALIZER_SECONDS} s at most")
        if problems:
            raise ValueError(f"function {self.name}: {'; '.join(problems)}")

    def _variable_problems(self) -> list[str]:
        """Judge the function's own variables."""
        problems = [
            f"{name!r} is no name for a variable"
            for name in self.environment
            if not VARIABLE_NAME.fullmatch(name)
        ]
        problems += [
            f"{name} is reserved: FC_ belongs to the service"
            for name in self.environment
            if name.startswith("FC_")
        ]
        size = sum(len(f"{name}{value}".encode()) for name, value in self.environment.items())
        if size > MAX_VARIABLES_BYTES:
            problems.append(f"{size} bytes of variables, {MAX_VARIABLES_BYTES} are allowed")
        return problems

    def _folder_problems(self) -> list[str]:
        """Judge code and layers: a layer's modules are only found in its python/ folder."""
        problems = [] if self.code.is_dir() else [f"no code folder {self.code}"]
        if len(self.layers) > MAX_LAYERS:
            problems.append(f"{len(self.layers)} layers, {MAX_LAYERS} are allowed")
        problems += [
            f"layer {layer} has no python/ folder"
            for layer in self.layers
            if not (layer / "python").is_dir()
        ]
        return problems

    @property
    def arn(self) -> str:
        """The function's address, as async destinations name it."""
        return f"acs:fc:{self.region}:{self.account_id}:functions/{self.name}"
