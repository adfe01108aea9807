"""`make verify-live JOB=<id>`: one job through each trigger, and a report of what was seen."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from rich.text import Text

from deploy import rpc
from deploy.account import Account
from deploy.command_context import CommandContext
from deploy.deployer_policy import resolved_for
from deploy.doctor import deployed
from deploy.errors import DeployError
from deploy.function_commands import JOB_ID
from deploy.live_facts import Evidence, Observation, observe
from deploy.live_report import Redactor, Subject, render
from deploy.live_triggers import ARRIVED, ENDED, LEFT_OUT, Arrival, Live, send_all
from deploy.log_reader import Line, fields_of
from deploy.open_facts import NOT_OBSERVED
from deploy.ros import Stack

GOOD, BAD = 0, 1

_METRIC = {"Namespace": "acs_mns_new", "MetricName": "ActiveMessages"}
_START_MINUTES = 24 * 60
_LOOKS = 6


class Options(NamedTuple):
    """The job, seconds to wait for each trigger, and the file of the report (empty: a new one)."""

    job_id: str
    wait: float
    report: str


def verify_live(context: CommandContext, options: Options) -> int:
    """Send the job, write the report, and return the exit status: 0 if all that was sent arrived.

    Raises DeployError if there is no stack, or no job that can be used.
    """
    if not JOB_ID.fullmatch(options.job_id):
        raise DeployError(f"{options.job_id!r} is not a job ID.", "Run make verify-live JOB=<id>.")
    stack, resolved = deployed(context.settings, context.ros, resolved_for(context.settings))
    if stack is None or not stack.outputs:
        raise DeployError("There is no stack to be verified.", "Run make deploy first.")
    account = Account(context.settings, context.ros, stack, resolved)
    poll = context.settings.workspace.poll_seconds
    live = Live(account, stack, options.job_id, options.wait, poll, context.say)
    try:
        with _interruptible(live):
            return _verify(context, live, options)
    finally:
        account.close()
        for each in live.left:
            context.say(f"This could not be taken away again: {each}", "yellow")


def _verify(context: CommandContext, live: Live, options: Options) -> int:
    before = _etag(live)
    context.say(
        "The job has a manifest: nothing that follows writes another."
        if before
        else "The job has no manifest yet: the first call writes it, as for any job."
    )
    arrivals = send_all(live)
    evidence = _evidence(live, arrivals)
    observations = observe(evidence)
    notes = [f"Left behind: {each}" for each in live.left]
    after = _etag(live)
    if before and after != before:
        notes.append("The manifest was replaced meanwhile: a replay found something better.")
    text = render(_subject(live, evidence), arrivals, observations, notes, _redactor(live))
    path = _path(context, options.report)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _show(context, arrivals, observations)
    context.say(
        f"The report is {path}. Nothing of the account is in it; read it before you send it."
    )
    sent = [each for each in arrivals if each.outcome != LEFT_OUT]
    return GOOD if all(each.outcome == ARRIVED for each in sent) and not live.left else BAD


def _show(
    context: CommandContext, arrivals: Sequence[Arrival], observations: Sequence[Observation]
) -> None:
    for each in arrivals:
        style = "green" if each.outcome == ARRIVED else "" if each.outcome == LEFT_OUT else "red"
        line = Text(f"  {each.trigger:<8}").append(f"{each.outcome:<18}", style)
        words = each.detail or (f"{each.seconds:.0f} s" if each.outcome == ARRIVED else "")
        context.console.print(line.append(words), soft_wrap=True)
    for one in observations:
        if one.outcome != NOT_OBSERVED:
            context.say(f"  {one.fact}: {one.outcome}")
    unseen = sum(one.outcome == NOT_OBSERVED for one in observations)
    context.say(f"  {unseen} more open facts were not observed; the report says what to look at.")


def _path(context: CommandContext, wanted: str) -> Path:
    if wanted:
        return Path(wanted)
    name = f"verify-live-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}.md"
    return context.settings.workspace.build / name


# --- what is read afterwards ---------------------------------------------------------------------


def _evidence(live: Live, arrivals: Sequence[Arrival]) -> Evidence:
    return Evidence(
        stack_status=live.stack.status,
        arrivals={each.trigger: each for each in arrivals},
        metrics=_metrics(live, arrivals),
        library=_library(live),
        manifest=_manifest(live),
        metric=_knows_metric(live),
    )


def _metrics(live: Live, arrivals: Sequence[Arrival]) -> dict[str, Line]:
    """Return Function Compute's lines of the requests, some of which may be late."""
    wanted = {each.trigger: each.request_id for each in arrivals if each.request_id}
    found: dict[str, Line] = {}
    for look in range(_LOOKS):
        for trigger, request_id in wanted.items():
            if trigger not in found:
                line = _line_of(live, request_id)
                found |= {trigger: line} if line else {}
        if len(found) == len(wanted):
            break
        if look + 1 < _LOOKS:
            live.pause()
    return found


def _line_of(live: Live, request_id: str) -> Line | None:
    """Return the metrics of a request, None if they are not there (yet)."""
    with suppress(DeployError):
        for line in live.account.log(f'requestId: "{request_id}"', _START_MINUTES):
            if "invocationType" in line or "durationMs" in line:
                return line
    return None


def _library(live: Live) -> Mapping[str, Any] | None:
    with suppress(DeployError):
        for line in live.account.log("message: libraries", _START_MINUTES):
            fields = fields_of(line)
            if fields.get("message") == "libraries":
                return fields
    return None


def _manifest(live: Live) -> Mapping[str, Any]:
    bucket = live.account.bucket(live.output("BucketName"))
    try:
        text = live.account.ask_oss(
            "oss:GetObject", lambda: bucket.get_object(_manifest_key(live)).read()
        )
        found = json.loads(text)
    except (DeployError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("status") in ENDED else {}


def _etag(live: Live) -> str:
    """Return the ETag of the job's manifest; empty if there is none, or it may not be read."""
    bucket = live.account.bucket(live.output("BucketName"))
    with suppress(DeployError):
        return str(
            live.account.ask_oss(
                "oss:GetObject", lambda: bucket.head_object(_manifest_key(live)).etag
            )
        )
    return ""


def _manifest_key(live: Live) -> str:
    return f"{live.output('ManifestPrefix')}{live.job_id}.json"


def _knows_metric(live: Live) -> bool | None:
    try:
        answer = rpc.ask(live.account.settings, rpc.CMS, "DescribeMetricMetaList", **_METRIC)
    except DeployError:
        return None
    return bool((answer.get("Resources") or {}).get("Resource"))


def _subject(live: Live, evidence: Evidence) -> Subject:
    parameters = live.account.parameters
    version = evidence.library.get("version") if evidence.library else ""
    return Subject(
        region=live.account.settings.region,
        runtime=str(parameters["Runtime"]),
        version=str(version or _version(live)),
        job_api=live.api,
        has_queue_trigger=parameters["EventBridge"] == "true",
        has_flow=bool(live.output("FlowName")),
    )


def _version(live: Live) -> str:
    """Return the version of the function, by its line of metrics."""
    with suppress(DeployError):
        for line in live.account.log("message: metrics", 60):
            version = fields_of(line).get("version")
            if version:
                return str(version)
    return "unknown"


def _redactor(live: Live) -> Redactor:
    stack, parameters = live.stack, live.account.parameters
    names: dict[str, list[str]] = {
        "<job>": [live.job_id],
        "<bucket>": [
            str(parameters["Bucket"]),
            str(parameters["CodeBucket"]),
            *str(parameters["AllowedBuckets"]).split(","),
        ],
        "<log project>": [stack.outputs.get("LogProject", "")],
        "<name>": _names(stack),
        "<prefix>": [str(parameters[f"{each}Prefix"]) for each in ("Manifest", "State", "Ticket")],
    }
    return Redactor(live.account.settings.keys, names)


def _names(stack: Stack) -> list[str]:
    kept = {"Region", "BucketName", "ManifestPrefix", "TicketPrefix", "LogProject"}
    return [stack.name, stack.id, *(v for k, v in stack.outputs.items() if k not in kept)]


@contextmanager
def _interruptible(live: Live) -> Iterator[None]:
    """Take SIGTERM for Ctrl-C, so that what was made is taken away again.

    What is raised by a signal may be lost in a finalizer, hence the note for the next pause.
    """

    def interrupt(_number: int, _frame: object) -> None:
        live.is_interrupted = True
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupt) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
