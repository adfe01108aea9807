"""The history of deployments: one small JSON object for each, in the code bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from deploy.code_bucket import CodeBucket
from deploy.errors import DeployError

OBJECTS = ("FunctionObject", "SdkLayerObject", "MediaInfoLayerObject")


@dataclass(frozen=True)
class DeploymentRecord:
    """A deployment; `rollback_of` is the key of the record that a rollback restored."""

    key: str
    deployed_at: str
    template: str
    parameters: Mapping[str, str]
    rollback_of: str = ""

    @property
    def restored_key(self) -> str:
        """The key of the deployment that is active after this one: its own, or the restored."""
        return self.rollback_of or self.key


class DeploymentHistory:
    """The records of a stack, oldest first."""

    def __init__(self, bucket: CodeBucket, name: str) -> None:
        self._bucket = bucket
        self._name = name

    def save_template(self, template: str) -> str:
        """Write a template under the hash of its content, and return the key."""
        body = template.encode()
        key = f"{self._name}/template-{_digest(body)}.yml"
        self._bucket.write(key, body)
        return key

    def add(
        self, template: str, parameters: Mapping[str, str], rollback_of: str = ""
    ) -> DeploymentRecord | None:
        """Record a deployment; returns None if the latest record is the same."""
        content = {"template": template, "parameters": dict(parameters)}
        digest = _digest(_content(content))
        keys = self._keys()
        if keys and keys[-1].endswith(f"-{digest}.json") and not rollback_of:
            return None
        moment = datetime.now(timezone.utc)
        key = f"{self._prefix}{moment:%Y%m%dT%H%M%S%fZ}-{digest}.json"
        at = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        document = {"deployedAt": at, "stack": self._name, **content, "rollbackOf": rollback_of}
        self._bucket.write(key, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")
        return DeploymentRecord(key, at, template, parameters, rollback_of)

    def previous(self) -> DeploymentRecord:
        """Return the deployment before the active one, raising DeployError if there is none.

        Only the records that decide it are read, so that another one that was altered is no
        obstacle.
        """
        keys = self._keys()
        active = self._read(keys[-1]).restored_key if keys else ""
        for key in reversed([key for key in keys if key < active]):
            record = self._read(key)
            if not record.rollback_of:
                return record
        raise DeployError(
            "There is no earlier deployment in the records.",
            "Check out the wanted version and run make deploy.",
        )

    def latest(self) -> DeploymentRecord | None:
        """Return the latest record, raising DeployError if it was altered."""
        keys = self._keys()
        return self._read(keys[-1]) if keys else None

    def named(self, part: str) -> DeploymentRecord:
        """Return the only record whose key contains this text, raising DeployError otherwise."""
        keys = [key for key in self._keys() if part in key.removeprefix(self._prefix)]
        if len(keys) != 1:
            raise DeployError(
                f"{len(keys)} records of deployments have {part!r} in their names; one is needed.",
                f"Look for the name below {self._prefix} in the code bucket.",
            )
        return self._read(keys[0])

    def template_of(self, record: DeploymentRecord) -> str:
        """Return the template of a deployment, raising DeployError if it was altered."""
        body = self._bucket.read(record.template)
        if record.template != f"{self._name}/template-{_digest(body)}.yml":
            raise _altered(record.template)
        return body.decode()

    def missing_zips(self, record: DeploymentRecord) -> list[str]:
        """Return the deployment's zips that no longer exist, raising DeployError for altered."""
        return self._bucket.missing(filter(None, map(record.parameters.get, OBJECTS)))

    @property
    def _prefix(self) -> str:
        return f"{self._name}/deployments/"

    def _keys(self) -> list[str]:
        return [key for key in self._bucket.list_keys(self._prefix) if key.endswith(".json")]

    def _read(self, key: str) -> DeploymentRecord:
        """Read a record, raising DeployError if its content is not that of the hash in its name."""
        try:
            document: Mapping[str, Any] = json.loads(self._bucket.read(key))
            content = {"template": document["template"], "parameters": document["parameters"]}
            record = DeploymentRecord(
                key,
                str(document["deployedAt"]),
                str(document["template"]),
                {str(name): str(value) for name, value in document["parameters"].items()},
                str(document.get("rollbackOf", "")),
            )
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise _altered(key) from None
        if not key.endswith(f"-{_digest(_content(content))}.json"):
            raise _altered(key)
        return record


def _content(content: Mapping[str, Any]) -> bytes:
    """Return what the hash in the name of a record is made of."""
    return json.dumps(content, sort_keys=True).encode()


def _altered(key: str) -> DeployError:
    return DeployError(
        f"{key} in the code bucket was altered: its content is not that of the hash in its name."
        " Nothing was deployed.",
        "Find out who may write to the code bucket; then check out the wanted version and run make"
        " deploy, or take another record with --to.",
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
