"""The platform around a deployed stack: real functions, which its triggers call.

ROS, logs, messages and the flow are those of the stand-in of a desk, the functions run on their
hosts under the roles of the template.
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from deploy.template_resources import Function
from local.client import LocalCloud
from local.fc.host import FunctionHost
from local.ros.messages import Message
from local.template_deployment import TemplateDeployment
from local.triggers import OssRecord, mns_queue_stream, mns_topic_json, oss_native, timer
from tests.deploy.conftest import NAME, Desk

LOG = ("mps-manifest-1234567890123456", NAME)
_LOOK_SECONDS = 0.1
_TICK_SECONDS = 0.5


class LiveDeployment(TemplateDeployment[LocalCloud]):
    """Functions whose log goes to whoever listens at the moment, with the function's name."""

    listener: Callable[[str, str], None] = staticmethod(lambda _name, _line: None)

    def _log(self, function: Function, line: str) -> None:
        self.listener(function.name, line)


class LivePlatform:
    """Calls the functions for what comes; `broken` names triggers that do not.

    `asynchronous` makes EventBridge call so. `prefix` stands before what the functions print.
    `report` makes what a step of the flow gets of what was reported.
    """

    def __init__(self, desk: Desk, deployment: LiveDeployment) -> None:
        self.broken: set[str] = set()
        self.asynchronous = False
        self.without_origin = False
        self.prefix = ""
        self.report: Callable[[Any], Any] = lambda output: output
        self._desk = desk
        self._deployment = deployment
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        deployment.listener = self._log
        self._lines = desk.ros.log_lines.setdefault(LOG, [])
        desk.ros.function = self._called
        desk.ros.messages.on_published = self._published
        desk.ros.messages.on_sent = self._sent
        desk.ros.account.run_flow = self._run_flow

    def __enter__(self) -> LivePlatform:  # noqa: PYI034 (typing has Self from 3.11 on)
        for work in (self._watch_tickets, self._tick):
            self._start(work)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def _start(self, work: Callable[[], object]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _log(self, name: str, line: str) -> None:
        if self.without_origin:  # as releases before wrote it
            line = re.sub(r'"origin": ?"[^"]*",? ?', "", line)
        self._lines.append(
            {"__time__": str(int(time.time())), "functionName": name, "message": self.prefix + line}
        )

    # --- what calls a function -------------------------------------------------------------------

    def _invoke(self, host: FunctionHost, event: bytes, kind: str) -> tuple[bytes, str, str]:
        """Call a function, and write the line of metrics that Function Compute writes."""
        request_id = str(uuid.uuid4())
        invocation = host.invoke(event, request_id)
        self._lines.append(
            {
                "__time__": str(int(time.time())),
                "functionName": host.config.name,
                "requestId": request_id,
                "invocationType": kind,
                "durationMs": f"{invocation.duration * 1000:.2f}",
                "hasFunctionError": str(invocation.failed).lower(),
            }
        )
        return invocation.payload, invocation.error_type or "", request_id

    def _called(self, _name: str, body: bytes) -> tuple[bytes, str, str]:
        return self._invoke(self._deployment.function, body, "Sync")

    def _published(self, _topic: str, message: Message) -> None:
        if "topic" not in self.broken:
            event = _of(message, mns_topic_json(message.body))
            self._start(lambda: self._invoke(self._deployment.function, event, "Async"))

    def _sent(self, _queue: str, message: Message) -> bool:
        if "queue" in self.broken:
            return False
        event = _of(message, mns_queue_stream([message.body]))
        kind = "Async" if self.asynchronous else "Sync"
        self._start(lambda: self._invoke(self._deployment.function, event, kind))
        return True

    def _watch_tickets(self) -> None:
        seen: set[str] = set()
        while not self._ended.wait(_LOOK_SECONDS):
            put = {
                (each.bucket, each.key)
                for each in self._desk.cloud.requests()
                if each.action == "PutObject" and each.key.startswith("jobs/")
            }
            for bucket, key in put:
                if key not in seen and "ticket" not in self.broken:
                    seen.add(key)
                    event = oss_native([OssRecord(bucket, key, 1)])
                    self._invoke(self._deployment.function, event, "Async")

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            if "timer" not in self.broken:
                self._invoke(self._deployment.sweeper, timer("{}", "sweep"), "Async")

    def _run_flow(self, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if "flow" in self.broken:
            return "Running", {}
        run = self._deployment.run_flow(given, lambda _now: None, self.report)
        return run.status, json.loads(json.dumps(run.output))


def _of(message: Message, event: bytes) -> bytes:
    """Return the event of a message with the ID that its sender was told."""
    return re.sub(
        rb'("messageid": ?)"[^"]*"', rb'\1"%s"' % message.id.encode(), event, flags=re.IGNORECASE
    )
