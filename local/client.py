"""The client of the local cloud: starts it, and controls it through its control port."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from local.faults import FaultRule
from local.gate import TOKEN_HEADER
from local.identity import FUNCTION_ROLE, OWNER, Identity, Statement
from local.jobs.plan import JobPlan
from local.jobs.store import TaskReport
from local.journal import RequestRecord

_ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 10
_NOT_GIVEN: Any = object()

JobAnswer = Mapping[str, Any]
PushForm = Literal["JSON", "XML", "SIMPLIFIED"]


class ControlError(Exception):
    """The control port answered with an error, or the cloud did not start."""


class CloudClient:
    """Controls a running local cloud.

    `credentials` are those of the function's role, with a token; `owner` is a permanent key pair.
    """

    def __init__(
        self,
        endpoints: Mapping[str, str],
        owner: Identity = OWNER,
        credentials: Identity = FUNCTION_ROLE,
    ) -> None:
        self.owner = owner
        self.credentials = credentials
        self.oss_endpoint = endpoints["oss"]
        self.api_endpoint = endpoints["api"]
        self.log_endpoint = endpoints["log"]
        self.control_endpoint = endpoints["control"]
        self.region = endpoints["region"]
        self.token = endpoints["token"]

    # -- objects

    def create_bucket(
        self, name: str, *, versioning: bool = False, immutable: bool = False
    ) -> None:
        """Create a bucket; in an immutable one no object can be replaced or deleted."""
        wanted = {"name": name, "versioning": versioning, "immutable": immutable}
        self._json("POST", "/buckets", wanted)

    def put_object(
        self,
        bucket: str,
        key: str,
        data: bytes,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write an object and return its ETag; metadata names go without `x-oss-meta-`."""
        meta = {f"meta.{name}": value for name, value in (metadata or {}).items()}
        query = {
            "bucket": bucket,
            "key": key,
            "content_type": content_type or "application/octet-stream",
            **meta,
        }
        answer = json.loads(self._call("PUT", "/object", query, data))
        return str(answer["etag"])

    def put_objects(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        """Write many small objects at once."""
        encoded = {key: base64.b64encode(data).decode() for key, data in objects.items()}
        self._json("POST", "/objects", {"bucket": bucket, "objects": encoded})

    def get_object(self, bucket: str, key: str) -> bytes:
        """Return an object's bytes, raising ControlError if it does not exist."""
        return self._call("GET", "/object", {"bucket": bucket, "key": key})

    def delete_object(self, bucket: str, key: str) -> None:
        """Delete an object."""
        self._call("DELETE", "/object", {"bucket": bucket, "key": key})

    def list_keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Return all keys with a prefix, in order."""
        body = self._call("GET", "/keys", {"bucket": bucket, "prefix": prefix})
        return [str(key) for key in json.loads(body)]

    def count_keys(self, bucket: str, prefix: str) -> int:
        """Return the number of keys with a prefix, which costs the cloud far less than a list."""
        body = self._call("GET", "/keys/count", {"bucket": bucket, "prefix": prefix})
        return int(json.loads(body)["count"])

    # -- jobs

    def put_job(self, answer: JobAnswer, plan: JobPlan = JobPlan(), api: str = "") -> None:  # noqa: B008 (frozen)
        """Add a job by its final answer; without `api` the answer's keys tell its API."""
        self.put_jobs([(answer, plan)], api)

    def put_jobs(self, jobs: Iterable[tuple[JobAnswer, JobPlan]], api: str = "") -> None:
        """Add many jobs at once."""
        wanted = [
            {"answer": dict(answer), "plan": asdict(plan), "api": api} for answer, plan in jobs
        ]
        self._json("POST", "/jobs", wanted)

    def task_reports(self) -> list[TaskReport]:
        """Return the task reports that CloudFlow received."""
        return [TaskReport(**each) for each in self._json("GET", "/reports")]

    # -- logs

    def put_logs(self, project: str, store: str, lines: Iterable[Mapping[str, str]] = ()) -> None:
        """Add lines to a Logstore, which is created; `__time__` is their time in Unix seconds."""
        wanted = {"project": project, "store": store, "lines": [dict(line) for line in lines]}
        self._json("POST", "/logs", wanted)

    # -- topics

    def create_topic(self, name: str, max_message_size: int = 65536) -> None:
        """Create a topic; a larger message than so many bytes is refused."""
        self._json("POST", "/topics", {"name": name, "max_message_size": max_message_size})

    def published(self, topic: str) -> list[str]:
        """Return the messages that were published on a topic, in order."""
        return list(json.loads(self._call("GET", "/messages", {"topic": topic})))

    def subscribe(self, topic: str, url: str, form: PushForm = "JSON") -> None:
        """Have every later message of a topic pushed to an HTTP endpoint."""
        self._json("POST", "/subscriptions", {"topic": topic, "url": url, "form": form})

    # -- faults and permissions

    def add_fault(self, rule: FaultRule) -> int:
        """Add a fault and return its number."""
        return int(self._json("POST", "/faults", asdict(rule))["number"])

    def fault_fired(self, number: int) -> int:
        """Return how often a fault was applied."""
        return int(self._json("GET", f"/faults/{number}")["fired"])

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._json("DELETE", "/faults")

    def deny(self, bucket: str, prefix: str, actions: Sequence[str]) -> None:
        """Deny actions to everyone; an empty bucket means any bucket, and the job APIs."""
        wanted = {"bucket": bucket, "prefix": prefix, "actions": list(actions)}
        self._json("POST", "/denials", wanted)

    def issue_token(
        self,
        name: str = "temporary",
        seconds: float | None = None,
        statements: Sequence[Statement] = (Statement(),),
    ) -> Identity:
        """Issue an STS key pair; it does not expire unless seconds are given."""
        wanted = {
            "name": name,
            "seconds": seconds,
            "statements": [asdict(statement) for statement in statements],
        }
        issued = self._json("POST", "/tokens", wanted)
        return Identity(**{**issued, "statements": tuple(statements)})

    def revoke_token(self, security_token: str) -> None:
        """Revoke a token and its key pair."""
        self._json("DELETE", "/tokens", {"security_token": security_token})

    def configure(
        self,
        *,
        api_qps: int | None = _NOT_GIVEN,
        latency: Mapping[str, float] | None = None,
        used_token_code: str | None = None,
    ) -> None:
        """Set latencies, quota and error codes until the next reset; `api_qps=None` is no quota."""
        wanted: dict[str, Any] = {"latency": dict(latency or {})}
        if api_qps is not _NOT_GIVEN:
            wanted["api_qps"] = api_qps
        if used_token_code is not None:
            wanted["used_token_code"] = used_token_code
        self._json("POST", "/settings", wanted)

    # -- journal

    def requests(self) -> list[RequestRecord]:
        """Return the requests to the services, in order of arrival."""
        return [RequestRecord(**each) for each in self._json("GET", "/requests")]

    def reset_requests(self) -> None:
        """Delete the journal of requests."""
        self._json("DELETE", "/requests")

    def reset(self) -> None:
        """Delete all data, and restore the settings that the cloud was started with."""
        self._json("POST", "/reset")

    def _json(self, method: str, path: str, document: object = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        return json.loads(self._call(method, path, {}, body))

    def _call(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        url = f"{self.control_endpoint}{path}?{urlencode(query)}"
        headers = {TOKEN_HEADER: self.token}
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 (loopback)
        try:
            with urllib.request.urlopen(request) as response:  # noqa: S310 (loopback)
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(error.read().decode()) from None


class LocalCloud(CloudClient):
    """A local cloud in a process of its own, as a context manager."""

    def __init__(self, process: "subprocess.Popen[bytes]", endpoints: Mapping[str, str]) -> None:
        super().__init__(endpoints)
        self._process = process

    @classmethod
    def start(cls, data_dir: Path, **options: str | float) -> "LocalCloud":
        """Start a cloud over a data folder; options are those of `python -m local.cloud`."""
        wanted = {"family": os.getpid(), **options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in wanted.items()]
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cloud", f"--data={data_dir.resolve()}", *flags],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for whoever started it
        )
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            _end(process)
            raise ControlError(f"the local cloud did not start: exit status {process.returncode}")
        return cls(process, json.loads(line))

    def __enter__(self) -> "LocalCloud":  # noqa: PYI034 (typing has Self from 3.11 on)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process ID of the server."""
        return self._process.pid

    def close(self) -> None:
        """Stop the server; its data folder stays."""
        _end(self._process)

    def kill(self) -> None:
        """Kill the server, as a crash would."""
        self._process.kill()
        self.close()


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
