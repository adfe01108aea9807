"""The functions, roles, triggers and flow of template.yml, deployed beside a local cloud.

Names, handlers, timeouts, settings and layers of the functions, the statements of their roles and
the triggers are read from the template. Each function has keys of its role, and the local cloud
denies what the role does not allow, so a missing permission is found here first. Two things are not
those of the template: the endpoints, which are local, and the number of instances.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from deploy.template import Resolved, Template
from deploy.template_resources import Statement as TemplateStatement
from deploy.template_resources import Trigger
from local.client import CloudClient
from local.environment import CODE
from local.fc.config import FunctionConfig
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation
from local.flow import Execution, FlowInterpreter
from local.flow.errors import FlowError
from local.identity import ACCOUNT, Identity, Statement
from local.trigger_dispatcher import Dispatcher, ObjectRule
from local.triggers import timer

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
    are needed if the interpreter has the packages.
    """

    def __init__(
        self,
        cloud: Cloud,
        parameters: Mapping[str, str],
        *,
        template: Path = TEMPLATE,
        layers: tuple[Path, ...] = (),
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        self.cloud = cloud
        self.resolved: Resolved = Template.load(template).resolve(
            {**ZIPS, **parameters}, region=cloud.region, account=ACCOUNT
        )
        self._roles: dict[str, Identity] = {}
        self.hosts = {
            function.resource: FunctionHost(self._config(function, layers), on_log=on_log)
            for function in self.resolved.functions()
        }
        self.function, self.sweeper = self.hosts["Function"], self.hosts["Sweep"]

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
        """Build the dispatcher that delivers objects, messages and ticks as the template says."""
        rules = [_object_rule(t) for t in self.resolved.triggers() if t.type == "oss"]
        return Dispatcher(self.function, rules, sweeper=self.sweeper)

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
