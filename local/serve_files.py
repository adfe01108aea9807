"""What `make serve` writes for other programs: endpoints, keys, and variables for a shell.

Only the user who has started it may read them. They are deleted when it ends. Of several servers
the latest one has them; once it has ended, however it did, one that still runs writes its own anew.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.client import CloudClient
from local.gate import TOKEN_HEADER
from local.identity import ACCOUNT, Identity
from local.logs.query import LogPlace
from tools.complaints import UserError

ENDPOINTS_NAME, ENV_NAME = "endpoints.json", "env"
KEYS_NAME = "laptop-keys.json"
_ANSWER_SECONDS = 2.0
_TOKEN_IN_FILE = r's/.*"token": "\([^"]*\)".*/\1/p'


class KeysError(UserError):
    """The file of the data folder that should have keys has none."""


def permanent_keys(folder: Path) -> tuple[Identity, Identity]:
    """Return the owner's and the function's keys of a data folder, made at its first use.

    They are random: with keys that everybody knows, any web page could sign requests. Raises
    KeysError.
    """
    path = folder / KEYS_NAME
    with suppress(FileExistsError):
        write_privately(path, json.dumps(_new_keys(), indent=2), replace=False)
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return _identity(written["owner"], "owner"), _identity(written["function"], "function")
    except (ValueError, KeyError, TypeError):
        raise KeysError(f"{path} has no keys.", "Delete it, and new ones are made.") from None


def _new_keys() -> dict[str, dict[str, str]]:
    return {
        "owner": {
            "accessKeyId": f"LTAI{secrets.token_hex(10)}",
            "accessKeySecret": secrets.token_hex(15),
        },
        "function": {
            "accessKeyId": f"STS.{secrets.token_hex(10)}",
            "accessKeySecret": secrets.token_hex(20),
            "securityToken": secrets.token_urlsafe(48),
        },
    }


def _identity(written: Mapping[str, str], name: str) -> Identity:
    key = str(written["accessKeyId"]), str(written["accessKeySecret"])
    return Identity(*key, str(written.get("securityToken", "")), name)


@dataclass(frozen=True)
class Served:
    """What a running `make serve` offers, and where."""

    client: CloudClient
    desk: str
    bucket: str
    log: LogPlace
    data: Path
    gallery: str = ""

    def endpoints(self) -> dict[str, Any]:
        """Return the content of endpoints.json."""
        client = self.client
        return {
            "oss": client.oss_endpoint,
            "api": client.api_endpoint,
            "log": client.log_endpoint,
            "control": client.control_endpoint,
            "desk": self.desk,
            "gallery": self.gallery,
            "tokenHeader": TOKEN_HEADER,
            "token": client.token,
            "region": client.region,
            "account": ACCOUNT,
            "bucket": self.bucket,
            "logProject": self.log.project,
            "logstore": self.log.store,
            "owner": {
                "accessKeyId": client.owner.access_key_id,
                "accessKeySecret": client.owner.access_key_secret,
            },
            "function": {
                "accessKeyId": client.credentials.access_key_id,
                "accessKeySecret": client.credentials.access_key_secret,
                "securityToken": client.credentials.security_token,
            },
            "data": str(self.data.resolve()),
            "pid": os.getpid(),
        }

    def shell(self, endpoints_file: Path) -> str:
        """Return lines for a shell: the owner's keys, under every name that clients look for.

        A token that is still set from elsewhere would make the owner's key unknown. The token of
        control port and desk is in endpoints.json only, so it is read from there.
        """
        owner, region = self.client.owner, self.client.region
        variables = {
            "OSS_ENDPOINT": self.client.oss_endpoint,
            "OSS_REGION": region,
            "OSS_BUCKET": self.bucket,
            "OSS_ACCESS_KEY_ID": owner.access_key_id,
            "OSS_ACCESS_KEY_SECRET": owner.access_key_secret,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": owner.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": owner.access_key_secret,
            "API_ENDPOINT": self.client.api_endpoint,
            "SLS_ENDPOINT": self.client.log_endpoint,
            "REGION": region,
            "BUCKET": self.bucket,
            "LAPTOP_DESK": self.desk,
            "LAPTOP_ENDPOINTS": str(endpoints_file.resolve()),
        }
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        file = shlex.quote(str(endpoints_file.resolve()))
        return "\n".join(
            (
                "# The local cloud of mps-manifest, as long as `make serve` runs.",
                "unset ALIBABA_CLOUD_SECURITY_TOKEN OSS_SESSION_TOKEN",
                *lines,
                f"export LAPTOP_TOKEN=$(sed -n {shlex.quote(_TOKEN_IN_FILE)} {file})",
                "",
            )
        )


class ServeFiles:
    """The two files of a running `make serve`; those of the latest one count."""

    def __init__(self, folder: Path) -> None:
        self.endpoints = folder / ENDPOINTS_NAME
        self.env = folder / ENV_NAME
        self._served: Served | None = None

    def owner(self) -> str:
        """Return the address of OSS of another server whose files these are; empty if none runs."""
        written = self._read()
        ours = self._served.client.control_endpoint if self._served else ""
        control = str(written.get("control", ""))
        return str(written.get("oss", "")) if control != ours and _answers(control) else ""

    def write(self, served: Served) -> None:
        """Write both."""
        self._served = served
        self.endpoints.parent.mkdir(parents=True, exist_ok=True)
        write_privately(self.endpoints, json.dumps(served.endpoints(), indent=2) + "\n")
        write_privately(self.env, served.shell(self.endpoints))

    def write_again(self) -> None:
        """Write both where they are gone, or are of a server that does not run any more."""
        if self._served and not self._are_ours() and not self.owner():
            self.write(self._served)

    def delete(self) -> None:
        """Delete both, unless another server has written them since."""
        if self._are_ours():
            self.endpoints.unlink(missing_ok=True)
            self.env.unlink(missing_ok=True)

    def _are_ours(self) -> bool:
        token = self._served.client.token if self._served else None
        return token is not None and self._read().get("token") == token

    def _read(self) -> Mapping[str, Any]:
        try:
            written = json.loads(self.endpoints.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return written if isinstance(written, dict) else {}


def _answers(address: str) -> bool:
    """Return whether anybody listens there."""
    try:
        place = urlsplit(address)
        where = (place.hostname or "", place.port or 0)
        socket.create_connection(where, _ANSWER_SECONDS).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def connect(endpoints_file: Path) -> CloudClient:
    """Return a client of the `make serve` that wrote a file; raises OSError if none is up."""
    written = json.loads(endpoints_file.read_text(encoding="utf-8"))
    owner, function = written["owner"], written["function"]
    return CloudClient(written, _identity(owner, "owner"), _identity(function, "function"))


def write_privately(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that nobody else can read, not even for a moment, whole or not at all.

    Raises FileExistsError if an existing file is not to be replaced.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
