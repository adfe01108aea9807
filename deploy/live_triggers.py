"""One job through each trigger of the deployed stack, and what is left of it taken away again.

Nothing here changes a manifest: the job has one, and a replay writes nothing. What is made is an
object that names the job, an entry of the backlog, two messages, and a run of the flow.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from deploy import rpc
from deploy.account import Account
from deploy.errors import DeployError
from deploy.function_commands import call_function
from deploy.log_reader import Line, fields_of
from deploy.mns_messages import Messages
from deploy.ros import Stack
from deploy.schedules import minutes_between

DIRECT, TIMER, TICKET, TOPIC, QUEUE, FLOW = "direct", "timer", "ticket", "topic", "queue", "flow"
ARRIVED, MISSING, UNCERTAIN, LEFT_OUT, FAILED = (
    *("arrived", "did not arrive", "cannot be told"),
    *("not deployed", "could not be sent"),
)
ENDED = ("complete", "partial", "failed", "expired")

_FORBID = {"x-oss-forbid-overwrite": "true"}
_ENDED_RUNS = ("Succeeded", "Failed", "Stopped", "TimedOut")
_BEFORE_MINUTES = 20
"""How far back is looked in the log; a clock may be wrong by 15 minutes."""
_LOST = "one that was sent before has not arrived, and the log does not say which this is"

Say = Callable[[str], None]


class Arrival(NamedTuple):
    """What became of what was sent; `entry` is the log line of the job, `output` the flow's."""

    trigger: str
    outcome: str
    seconds: float = 0.0
    detail: str = ""
    entry: Line | None = None
    output: Any = None

    @property
    def request_id(self) -> str:
        """The ID of the request that handled it; empty if it is not known."""
        return str(fields_of(self.entry).get("request_id", "")) if self.entry else ""


@dataclass
class Live:
    """The deployed stack, the job, and how long is waited for something, in seconds."""

    account: Account
    stack: Stack
    job_id: str
    wait: float
    poll: float
    say: Say
    left: list[str] = field(default_factory=list)
    """What could not be taken away again."""
    is_interrupted: bool = False
    _begun: float = field(default_factory=time.time)
    _known: set[str] = field(default_factory=set)
    _is_one_lost: bool = False

    def output(self, name: str) -> str:
        """Return an output of the stack; empty if it has none of this name."""
        return self.stack.outputs.get(name, "")

    @property
    def api(self) -> str:
        """The API of the job, which is that of the stack."""
        return str(self.account.parameters["JobApi"])

    @property
    def body(self) -> str:
        """The direct body that names the job."""
        return json.dumps({"jobs": [{"jobId": self.job_id, "api": self.api}]})

    def know_earlier(self) -> None:
        """Note the requests before this; by time they could not be told where a clock is wrong."""
        for name in ("FunctionName", "SweepName"):
            with suppress(DeployError):
                for line in self._lines(self.output(name)):
                    self.know(str(fields_of(line)["request_id"]))

    def pause(self) -> None:
        """Wait before something is looked at again, raising KeyboardInterrupt if that is over."""
        time.sleep(min(self.poll, self.wait))
        if self.is_interrupted:
            raise KeyboardInterrupt

    def know(self, request_id: str) -> None:
        """Note a request whose log line is that of no later trigger."""
        self._known.add(request_id)

    def know_late(self, request_id: str) -> None:
        """Note a request whose line was waited for in vain: should it come, it is known."""
        self.know(request_id)
        self._is_one_lost = False

    def await_line(self, trigger: str, function: str, token: str, *, wait: float = 0) -> Arrival:
        """Wait for a new line of the job in a function's log.

        Lines that name an origin must have `token` in it. Raises DeployError if the log cannot be
        read.
        """
        begun = time.monotonic()
        limit = max(self.wait, wait)
        while True:
            for line in self._lines(function):
                fields = fields_of(line)
                origin = str(fields.get("origin") or "")
                if origin and token not in origin:
                    continue
                self.know(str(fields.get("request_id", "")))
                is_certain = bool(origin) or not self._is_one_lost
                outcome, detail = (ARRIVED, "") if is_certain else (UNCERTAIN, _LOST)
                return Arrival(trigger, outcome, time.monotonic() - begun, detail, line)
            if time.monotonic() - begun >= limit:
                self._is_one_lost = self._is_one_lost or function == self.output("FunctionName")
                return Arrival(trigger, MISSING, limit)
            self.pause()

    def _lines(self, function: str) -> Iterator[Line]:
        """Yield the job's lines of requests that are not known yet, oldest first."""
        minutes = int((time.time() - self._begun) / 60) + _BEFORE_MINUTES
        query = f'message: "{self.job_id}" and functionName: "{function}"'
        for line in reversed(self.account.log(query, minutes)):
            fields = fields_of(line)
            if (
                line.get("functionName") == function  # the query may find parts of it, too
                and fields.get("message") == "job"
                and fields.get("job_id") == self.job_id
                and fields.get("request_id")
                and fields["request_id"] not in self._known
            ):
                yield line

    @contextmanager
    def taking_back(self, what: str, take_back: Callable[[], object]) -> Iterator[None]:
        """Take something back in the end, however that comes; what cannot be is noted."""
        try:
            yield
        finally:
            try:
                take_back()
            except DeployError as error:
                self.left.append(f"{what} ({error.what})")


def send_all(live: Live) -> list[Arrival]:
    """Send the job through every trigger, one after the other.

    Raises DeployError if the direct call already says that the job cannot be used.
    """
    live.know_earlier()
    arrivals = [_direct(live)]
    for trigger, send in _TRIGGERS.items():
        live.say(f"Sending the job: {trigger}.")
        try:
            arrivals.append(send(live))
        except DeployError as error:
            arrivals.append(Arrival(trigger, FAILED, detail=error.what))
    return arrivals


def _direct(live: Live) -> Arrival:
    """Call the function, which shows whether the job has ended, and whether its log is there."""
    live.say(f"Sending the job: {DIRECT}.")
    function, begun = live.output("FunctionName"), time.monotonic()
    headers, answer = call_function(live.account.settings, function, live.body.encode())
    status = _status(answer)
    seconds = time.monotonic() - begun
    if headers.get("x-fc-error-type") or status not in ENDED:
        raise DeployError(
            f"The function answers {headers.get('x-fc-error-type') or status or 'nothing known'}.",
            "Take a job that has ended, and whose manifest make invoke JOB=<id> tells.",
        )
    line = live.await_line(DIRECT, function, "")
    if line.outcome == ARRIVED:
        return line._replace(seconds=seconds)
    if headers.get("x-fc-request-id"):
        live.know_late(headers["x-fc-request-id"])
    return Arrival(DIRECT, ARRIVED, seconds, "It answered, and its log line has not come.")


def _status(answer: bytes) -> str:
    try:
        jobs = json.loads(answer)["jobs"]
        return str(jobs[0]["status"])
    except (ValueError, LookupError, TypeError):
        return ""


def _timer(live: Live) -> Arrival:
    """Park the job as the function would, and wait for the sweep that comes to it."""
    parameters = live.account.parameters
    now = datetime.now(timezone.utc)
    prefix = f"{parameters['StatePrefix']}backlog/{now:%Y%m%dT%H%M%SZ}"
    entry = {
        "jobId": live.job_id,
        "api": live.api,
        "attempts": 0,
        "firstSeen": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "reason": "make verify-live",
        "origin": "make verify-live",
    }
    minutes = minutes_between(str(parameters["SweepSchedule"])) or 1
    with _object(live, f"{prefix}/{live.job_id}.json", json.dumps(entry)):
        wait = live.wait + 60 * minutes if live.wait >= 1 else live.wait
        return live.await_line(TIMER, live.output("SweepName"), "verify-live", wait=wait)


def _ticket(live: Live) -> Arrival:
    parameters = live.account.parameters
    allowed = str(parameters["AllowedBuckets"] or parameters["Bucket"]).split(",")
    if parameters["Bucket"] not in allowed:
        return Arrival(TICKET, LEFT_OUT, detail="AllowedBuckets lacks Bucket")
    key = f"{parameters['TicketPrefix']}verify-live-{secrets.token_hex(6)}.json"
    with _object(live, key, live.body):
        return live.await_line(TICKET, live.output("FunctionName"), key)


@contextmanager
def _object(live: Live, key: str, body: str) -> Iterator[None]:
    """Write an object that is not there, and delete it in the end."""
    name = str(live.account.parameters["Bucket"])
    bucket = live.account.bucket(name)
    metadata = {"x-oss-meta-job-id": live.job_id}

    is_ours = True

    def delete() -> None:
        if is_ours:
            live.account.ask_oss("oss:DeleteObject", lambda: bucket.delete_object(key).status)

    def write() -> None:
        headers = {**_FORBID, **metadata}
        live.account.ask_oss(
            "oss:PutObject", lambda: bucket.put_object(key, body.encode(), headers=headers).status
        )

    with live.taking_back(f"the object {key}", delete):
        try:
            write()
        except DeployError as error:
            is_ours = error.code != "FileAlreadyExists"
            raise
        yield


def _topic(live: Live) -> Arrival:
    """Publish to the topic, which keeps nothing, so that nothing is to be taken back."""
    message_id = _messages(live).publish(live.output("TopicName"), live.body)
    return live.await_line(TOPIC, live.output("FunctionName"), message_id)


def _queue(live: Live) -> Arrival:
    if live.account.parameters["EventBridge"] != "true":
        return Arrival(QUEUE, LEFT_OUT)
    queue, messages = live.output("QueueName"), _messages(live)
    sent: list[str] = []

    def take_back() -> None:
        for message_id in sent:
            messages.take_back(queue, message_id)

    with live.taking_back(f"a message in the queue {queue}", take_back):
        sent.append(messages.send(queue, live.body))
        arrival = live.await_line(QUEUE, live.output("FunctionName"), sent[0])
        if arrival.outcome == ARRIVED:
            sent.clear()  # whoever read it deletes it
        return arrival


def _messages(live: Live) -> Messages:
    account = live.account
    return Messages(account.settings, account.account_id(live.output("FunctionName")))


def _flow(live: Live) -> Arrival:
    flow = live.output("FlowName")
    if not flow:
        return Arrival(FLOW, LEFT_OUT)
    settings, name = live.account.settings, f"verify-live-{secrets.token_hex(6)}"
    asked = {"FlowName": flow, "ExecutionName": name}
    ended = False

    def stop() -> None:
        if not ended:  # of one that has, CloudFlow keeps the history
            rpc.ask(settings, rpc.FNF, "StopExecution", **asked)

    with live.taking_back(f"a run {name} of the flow", stop):
        given = json.dumps({"jobs": [{"jobId": live.job_id}]})
        rpc.ask(settings, rpc.FNF, "StartExecution", Input=given, **asked)
        begun = time.monotonic()
        while time.monotonic() - begun < live.wait:
            run = rpc.ask(settings, rpc.FNF, "DescribeExecution", **asked)
            if run.get("Status") in _ENDED_RUNS:
                ended = True
                return _ended(run, time.monotonic() - begun)
            live.pause()
    return Arrival(FLOW, MISSING, live.wait)


def _ended(run: Mapping[str, Any], seconds: float) -> Arrival:
    output: Any = None
    with suppress(TypeError, ValueError):
        output = json.loads(run.get("Output") or "null")
    if run.get("Status") == "Succeeded":
        return Arrival(FLOW, ARRIVED, seconds, output=output)
    return Arrival(FLOW, FAILED, seconds, f"the run is {run.get('Status')}")


_TRIGGERS: Mapping[str, Callable[[Live], Arrival]] = {
    TIMER: _timer,
    TICKET: _ticket,
    TOPIC: _topic,
    QUEUE: _queue,
    FLOW: _flow,
}
