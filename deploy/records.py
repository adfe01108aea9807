"""What was deployed when: one small JSON object per deployment, in the code bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from deploy.errors import DeployError
from deploy.uploads import CodeBucket

OBJECTS = ("FunctionObject", "SdkLayerObject", "MediaInfoLayerObject")


@dataclass(frozen=True)
class Record:
    """One deployment; `of` is the key of the record it went back to, if it was a rollback."""

    key: str
    deployed_at: str
    template: str
    parameters: Mapping[str, str]
    of: str = ""

    @property
    def stands_for(self) -> str:
        """The key of the deployment that runs while this one is the latest."""
        return self.of or self.key


class Records:
    """The records of one stack, oldest first."""

    def __init__(self, bucket: CodeBucket, name: str) -> None:
        self._bucket = bucket
        self._name = name

    def save_template(self, template: str) -> str:
        """Write a template under its content's hash and return the key."""
        key = f"{self._name}/template-{_digest(template)}.yml"
        self._bucket.write(key, template.encode())
        return key

    def add(self, template: str, parameters: Mapping[str, str], of: str = "") -> Record | None:
        """Note a deployment; None where the latest record says the same already."""
        content = {"template": template, "parameters": dict(parameters)}
        digest = _digest(json.dumps(content, sort_keys=True))
        keys = self._keys()
        if keys and keys[-1].endswith(f"-{digest}.json") and not of:
            return None
        moment = datetime.now(timezone.utc)
        key = f"{self._prefix}{moment:%Y%m%dT%H%M%S%fZ}-{digest}.json"
        at = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        document = {"deployedAt": at, "stack": self._name, **content, "rollbackOf": of}
        self._bucket.write(key, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")
        return Record(key, at, template, parameters, of)

    def before_the_running_one(self) -> Record:
        """Return the deployment before the one that runs, raising DeployError if there is none."""
        records = [self._read(key) for key in self._keys()]
        running = records[-1].stands_for if records else ""
        earlier = [record for record in records if record.key < running and not record.of]
        if not earlier:
            raise DeployError(
                "There is no earlier deployment on record.",
                "Check out the version you want and run make deploy.",
            )
        return earlier[-1]

    def named(self, part: str) -> Record:
        """Return the one record whose key holds this text."""
        keys = [key for key in self._keys() if part in key.removeprefix(self._prefix)]
        if len(keys) != 1:
            raise DeployError(
                f"{len(keys)} deployments on record are called {part!r}.",
                f"Look below {self._prefix} in the code bucket for the name.",
            )
        return self._read(keys[0])

    def template_of(self, record: Record) -> str:
        """Return the template of a deployment."""
        return self._bucket.read(record.template).decode()

    def missing_zips(self, record: Record) -> list[str]:
        """Return which of a deployment's zips are no longer there."""
        keys = [record.parameters.get(name, "") for name in OBJECTS]
        return [key for key in keys if key and not self._bucket.has(key)]

    @property
    def _prefix(self) -> str:
        return f"{self._name}/deployments/"

    def _keys(self) -> list[str]:
        return [key for key in self._bucket.list_keys(self._prefix) if key.endswith(".json")]

    def _read(self, key: str) -> Record:
        document: Mapping[str, Any] = json.loads(self._bucket.read(key))
        return Record(
            key,
            str(document["deployedAt"]),
            str(document["template"]),
            {str(name): str(value) for name, value in document["parameters"].items()},
            str(document.get("rollbackOf", "")),
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
