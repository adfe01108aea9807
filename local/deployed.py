"""What template.yml deploys, on a laptop: functions under their own roles, and their triggers.

Names, handlers, timeouts, settings and layers of the functions, the statements of their roles and
the triggers are read out of the template. Each function calls with keys of its role, and the local
cloud refuses what the role does not allow, so that a missing permission shows here first. What is
not taken over: endpoints, which are the laptop's, and how many instances there may be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from deploy.template import Resolved, Template
from deploy.template_views import Statement as TemplateStatement
from deploy.template_views import Trigger
from local.client import CloudClient
from local.fc.answers import Invocation
from local.fc.config import FunctionConfig
from local.fc.host import FunctionHost
from local.flow import Execution, FlowPlayer
from local.flow.errors import FlowError
from local.identity import ACCOUNT, Identity, Statement
from local.laptop import CODE
from local.triggers import Dispatcher, ObjectRule, timer

Cloud = TypeVar("Cloud", bound=CloudClient)

TEMPLATE = CODE.parent.parent / "template.yml"
ZIPS = {
    "CodeBucket": "laptop-code",
    "FunctionObject": "function.zip",
    "SdkLayerObject": "layer-sdk.zip",
    "MediaInfoLayerObject": "layer-mediainfo.zip",
}


class Deployment(Generic[Cloud]):
    """The functions of a template beside a local cloud; `close` stops them.

    `parameters` are those of the template; `layers` are folders in place of the layers' zips, none
    where the interpreter has the packages itself.
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
        laptop = {"OSS_ENDPOINT": self.cloud.oss_endpoint, "API_ENDPOINT": self.cloud.api_endpoint}
        return FunctionConfig(
            name=function.name,
            code=CODE,
            handler=function.handler,
            initializer=function.initializer,
            runtime=function.runtime,
            timeout=function.timeout,
            memory=function.memory,
            environment=own | laptop,
            region=self.cloud.region,
            account_id=ACCOUNT,
            credentials=lambda: self._keys(function.role),
            layers=layers,
        )

    def _keys(self, arn: str) -> Identity:
        """Take on a role, once: STS would give other keys each time, and to no other effect."""
        if arn not in self._roles:
            statements = [_statement(each) for each in self._policy_of(arn)]
            self._roles[arn] = self.cloud.issue_token(arn, statements=statements)
        return self._roles[arn]

    def _policy_of(self, arn: str) -> list[TemplateStatement]:
        roles = (r for r in self.resolved.resources.values() if r.type == "ALIYUN::RAM::Role")
        name = next(r.name for r in roles if arn == self.resolved.attribute(r.name, "Arn"))
        return self.resolved.role_statements(name)

    def forget_keys(self) -> None:
        """Ask for new keys at the next call, as after the cloud was emptied."""
        self._roles.clear()

    # --- triggers ------------------------------------------------------------------------------

    def dispatcher(self) -> Dispatcher:
        """Build what delivers objects, messages and ticks to where the template says."""
        rules = [_object_rule(t) for t in self.resolved.triggers() if t.type == "oss"]
        return Dispatcher(self.function, rules, sweeper=self.sweeper)

    def tick(self) -> Invocation:
        """Let the timer fire at the function that it belongs to."""
        (trigger,) = (t for t in self.resolved.triggers() if t.type == "timer")
        event = timer(str(trigger.config.get("payload") or ""), trigger.name)
        return self._host(trigger.function).invoke(event)

    # --- the flow ------------------------------------------------------------------------------

    def play(self, given: Mapping[str, Any], tick: Callable[[float], None]) -> Execution:
        """Play the template's flow; `tick` is called for every minute of its time."""
        definition = self.resolved.flow()
        if definition is None:
            raise ValueError("the template's parameters leave out the flow")
        player = FlowPlayer(definition, self._invoke, self.cloud.task_reports, tick)
        return player.play(given)

    def _invoke(self, arn: str, body: bytes, _is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        name = arn.split("functions/", 1)[1].split("/", 1)[0]
        answer = self._host(name).invoke(body)
        told = json.loads(answer.payload)
        if answer.failed:
            raise FlowError(told.get("errorType") or "FC.Unknown", told.get("errorMessage", ""))
        return told

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
    """Translate a statement; of conditions the local cloud knows the one about listed prefixes."""
    prefixes = written.condition.get("StringLike", {}).get("oss:Prefix", [])
    return Statement(written.effect, written.actions, written.resources, tuple(prefixes))


def _object_rule(trigger: Trigger) -> ObjectRule:
    """Read an OSS trigger: the bucket stands at the end of the source's ARN."""
    wanted = trigger.config["filter"]["key"]
    return ObjectRule(
        prefix=wanted.get("prefix", ""),
        suffix=wanted.get("suffix", ""),
        bucket=trigger.source.rsplit(":", 1)[-1],
        events=tuple(event.removeprefix("oss:") for event in trigger.config["events"]),
    )
