"""The functions, roles, triggers and flow of template.yml, deployed beside a local cloud.

Names, handlers, timeouts, settings and layers of the functions, the statements of their roles and
the triggers are read from the template. Each function has keys of its role, and the local cloud
denies what the role does not allow, so a missing permission is found here first. What the platform
does with a role is held to it here: writing the log, sending failed events to their queue, calling
the function for a trigger or a flow. A function has as many instances as are reserved for it. Only
the endpoints are not those of the template, but local.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from deploy.template import Resolved, Template
from deploy.template_resources import Function, Trigger
from deploy.template_resources import Statement as TemplateStatement
from local.client import CloudClient
from local.environment import CODE
from local.fc.asynchronous import AsyncPolicy
from local.fc.config import FunctionConfig
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation
from local.flow import Execution, FlowInterpreter
from local.flow.errors import FlowError
from local.identity import ACCOUNT, Identity, Policy, Statement
from local.identity import Resource as PolicyResource
from local.logs.query import LogLine, LogPlace
from local.trigger_dispatcher import Dispatcher, ObjectRule
from local.triggers import timer
from local.triggers.origin import Origin

Cloud = TypeVar("Cloud", bound=CloudClient)

TEMPLATE = CODE.parent.parent / "template.yml"
ZIPS = {
    "CodeBucket": "laptop-code",
    "FunctionObject": "function.zip",
    "SdkLayerObject": "layer-sdk.zip",
    "MediaInfoLayerObject": "layer-mediainfo.zip",
}


class TemplateDeployment(Generic[Cloud]):
    """The functions of a template beside a local cloud; `close` stops them.

    `parameters` are those of the template. `layers` are unpacked layers in place of the zips; none
    are needed if the interpreter has the packages. `on_log` gets every line that a function
    writes, `on_stored` those that its role lets the platform write to the Logstore. `adjust` may
    change the configuration of each function, such as the interpreter and the folder of the code.
    `on_end` receives the name of the function and the outcome of each call.
    """

    def __init__(
        self,
        cloud: Cloud,
        parameters: Mapping[str, str],
        *,
        template: Path = TEMPLATE,
        layers: tuple[Path, ...] = (),
        on_log: Callable[[str], None] | None = None,
        on_stored: Callable[[LogPlace, LogLine], None] | None = None,
        adjust: Callable[[FunctionConfig], FunctionConfig] = lambda config: config,
        on_end: Callable[[str, Invocation], None] = lambda _name, _outcome: None,
    ) -> None:
        self.cloud = cloud
        self.resolved: Resolved = Template.load(template).resolve(
            {**ZIPS, **parameters}, region=cloud.region, account=ACCOUNT
        )
        self.create_topics()
        self._roles: dict[str, Identity] = {}
        self.logs: list[str] = []
        """What the functions' role lets the platform write to the Logstore."""
        self.failures: list[bytes] = []
        """What it lets the platform send to the failure queue."""
        self._on_log = on_log
        self._on_stored = on_stored
        self.hosts = {
            function.resource: FunctionHost(
                adjust(self._config(function, layers)),
                max_instances=self._instances(function),
                on_log=partial(self._log, function),
                policy=self._async_policy(function),
                on_end=partial(on_end, function.name),
            )
            for function in self.resolved.functions()
        }
        self.function, self.sweeper = self.hosts["Function"], self.hosts["Sweep"]

    def create_topics(self) -> None:
        """Create the topics of the stack."""
        for resource in self.resolved.resources.values():
            if resource.type == "ALIYUN::MNS::Topic":
                self.cloud.create_topic(resource.properties["TopicName"])

    # --- what the platform does with a role ------------------------------------------------------

    def allows(self, role: str, action: str, arn: str) -> bool:
        """Return whether a role, named by its ARN, may do something to a resource."""
        statements = [_statement(each) for each in self._policy_of(role)]
        return any(Policy.matches(each, action, PolicyResource(arn)) for each in statements)

    def _log(self, function: Function, line: str) -> None:
        place = self.log_place(function)
        at = f"acs:log:{self.cloud.region}:{ACCOUNT}"
        store = f"{at}:project/{place.project}/logstore/{place.store}"
        if self.allows(function.role, "log:PostLogStoreLogs", store):
            self.logs.append(line)
            if self._on_stored:
                self._on_stored(place, _log_line(function, line))
        if self._on_log:
            self._on_log(line)

    def log_place(self, function: Function) -> LogPlace:
        """Return where a function's log goes."""
        config = self.resolved.resources[function.resource].properties["LogConfig"]
        return LogPlace(config["Project"], config["Logstore"])

    def _async_policy(self, function: Function) -> AsyncPolicy:
        """Read how often a failing call is repeated, and where its record goes in the end."""
        configs = (
            found.properties
            for found in self.resolved.resources.values()
            if found.type == "ALIYUN::FC3::AsyncInvokeConfig"
        )
        config = next((c for c in configs if c["FunctionName"] == function.name), {})
        target = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")

        def send(record: bytes) -> None:
            if self.allows(function.role, "mns:SendMessage", target):
                self.failures.append(record)

        retries = config.get("MaxAsyncRetryAttempts", 3)
        return AsyncPolicy(retries=retries, on_failure=send if target else None)

    def _instances(self, function: Function) -> int:
        """Return how many instances are reserved, each of which serves one call at a time."""
        (reserved,) = (
            found.properties["ReservedConcurrency"]
            for found in self.resolved.resources.values()
            if found.type == "ALIYUN::FC3::ConcurrencyConfig"
            and found.properties["FunctionName"] == function.name
        )
        return int(reserved)

    def _arn(self, function: str) -> str:
        return f"acs:fc:{self.cloud.region}:{ACCOUNT}:functions/{function}"

    def _config(self, function: Any, layers: tuple[Path, ...]) -> FunctionConfig:
        own = {name: value for name, value in function.environment.items() if value}
        endpoints = {
            "OSS_ENDPOINT": self.cloud.oss_endpoint,
            "API_ENDPOINT": self.cloud.api_endpoint,
        }
        return FunctionConfig(
            name=function.name,
            code=CODE,
            handler=function.handler,
            initializer=function.initializer,
            runtime=function.runtime,
            timeout=function.timeout,
            memory=function.memory,
            environment=own | endpoints,
            region=self.cloud.region,
            account_id=ACCOUNT,
            credentials=lambda: self._keys(function.role),
            layers=layers,
        )

    def _keys(self, arn: str) -> Identity:
        """Return the keys of a role, issued at its first call."""
        if arn not in self._roles:
            statements = [_statement(each) for each in self._policy_of(arn)]
            self._roles[arn] = self.cloud.issue_token(arn, statements=statements)
        return self._roles[arn]

    def _policy_of(self, arn: str) -> list[TemplateStatement]:
        roles = (r for r in self.resolved.resources.values() if r.type == "ALIYUN::RAM::Role")
        name = next(r.name for r in roles if arn == self.resolved.attribute(r.name, "Arn"))
        return self.resolved.role_statements(name)

    def forget_keys(self) -> None:
        """Discard the roles' keys, which are unknown after a reset of the cloud."""
        self._roles.clear()

    # --- triggers ------------------------------------------------------------------------------

    def dispatcher(self) -> Dispatcher:
        """Build the dispatcher that delivers objects, messages and ticks as the template says.

        A trigger whose role may not call the function delivers nothing.
        """
        rules = [
            _object_rule(trigger)
            for trigger in self.resolved.triggers()
            if trigger.type == "oss"
            and self.allows(trigger.role, "fc:InvokeFunction", self._arn(trigger.function))
        ]
        here = Origin(self.cloud.region, ACCOUNT)
        return Dispatcher(self.function, rules, sweeper=self.sweeper, origin=here)

    def tick(self) -> Invocation:
        """Send the timer's event to its function."""
        (trigger,) = (t for t in self.resolved.triggers() if t.type == "timer")
        event = timer(str(trigger.config.get("payload") or ""), trigger.name)
        return self._host(trigger.function).invoke(event)

    # --- the flow ------------------------------------------------------------------------------

    def run_flow(
        self,
        given: Mapping[str, Any],
        tick: Callable[[float], None],
        deliver: Callable[[Any], Any] = lambda output: output,
    ) -> Execution:
        """Run the template's flow; `tick` is called for every minute of simulated time.

        `deliver` makes what a step gets of a reported output.
        """
        definition = self.resolved.flow()
        if definition is None:
            raise ValueError("the stack has no flow: its parameter CloudFlow is false")
        interpreter = FlowInterpreter(
            definition, self._invoke, self.cloud.task_reports, tick, deliver=deliver
        )
        return interpreter.run(given)

    def _invoke(self, arn: str, body: bytes, _is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        (flow,) = (r for r in self.resolved.resources.values() if r.type == "ALIYUN::FNF::Flow")
        if not self.allows(flow.properties["RoleArn"], "fc:InvokeFunction", arn):
            raise FlowError("FC.AccessDenied", f"the flow's role may not call {arn}")
        name = arn.split("functions/", 1)[1].split("/", 1)[0]
        answer = self._host(name).invoke(body)
        result = json.loads(answer.payload)
        if answer.failed:
            raise FlowError(result.get("errorType") or "FC.Unknown", result.get("errorMessage", ""))
        return result

    def _host(self, name: str) -> FunctionHost:
        named = {function.name: function.resource for function in self.resolved.functions()}
        if name not in named:
            raise FlowError("FC.FunctionNotFound", name)
        return self.hosts[named[name]]

    def close(self) -> None:
        """Stop the functions."""
        for host in self.hosts.values():
            host.close()


def _log_line(function: Function, line: str) -> LogLine:
    """Return the fields of a line that are read here; the service has some more."""
    return {
        "__time__": str(int(time.time())),
        "__topic__": "",
        "functionName": function.name,
        "qualifier": "LATEST",
        "message": line,
    }


def _statement(written: TemplateStatement) -> Statement:
    """Translate a statement; the only condition that the local cloud supports is `oss:Prefix`."""
    prefixes = written.condition.get("StringLike", {}).get("oss:Prefix", [])
    return Statement(written.effect, written.actions, written.resources, tuple(prefixes))


def _object_rule(trigger: Trigger) -> ObjectRule:
    """Read an OSS trigger; its bucket is the last part of the source's ARN."""
    wanted = trigger.config["filter"]["key"]
    return ObjectRule(
        prefix=wanted.get("prefix", ""),
        suffix=wanted.get("suffix", ""),
        bucket=trigger.source.rsplit(":", 1)[-1],
        events=tuple(event.removeprefix("oss:") for event in trigger.config["events"]),
    )
