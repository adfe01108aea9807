"""What is asked of an account by several checks: functions, triggers, buckets, the stack's log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import oss2
import requests
from oss2.exceptions import OssError, RequestError

from deploy.code_bucket import bucket_client
from deploy.errors import DeployError
from deploy.log_reader import Line, read_log
from deploy.ros import Ros, Stack
from deploy.sdk import client_of, load
from deploy.service_errors import explain, explain_sdk, unreachable
from deploy.settings import Settings
from deploy.template import Resolved

T = TypeVar("T")

_PAGE = 100
_MOST_FUNCTIONS = 300


class FoundTrigger(NamedTuple):
    """A trigger as Function Compute tells it."""

    function: str
    name: str
    type: str
    source: str
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """The account that the operator's keys are of; `stack` is None before it is deployed.

    `resolved` is the template of the stack with its parameters, or the one to be deployed.
    """

    settings: Settings
    ros: Ros
    stack: Stack | None
    resolved: Resolved
    _session: Any = field(default_factory=oss2.Session)

    def close(self) -> None:
        """Close the connections."""
        self._session.session.close()

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the stack, or those to be deployed, with the defaults."""
        return self.resolved.parameters

    def is_own(self, function: str) -> bool:
        """Return whether a function is one of the stack."""
        return function in {each.name for each in self.resolved.functions()}

    # --- Function Compute ------------------------------------------------------------------------

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """The names of all functions in the region, three hundred at most. Raises DeployError."""
        models = load("alibabacloud_fc20230330.models")
        found: list[str] = []
        token = None
        while len(found) < _MOST_FUNCTIONS:
            request = models.ListFunctionsRequest(limit=_PAGE, next_token=token)
            body = self._fc("fc:ListFunctions", "list_functions", request)
            found += [each.function_name for each in body.functions or []]
            token = body.next_token
            if not token:
                break
        return tuple(found[:_MOST_FUNCTIONS])

    @property
    def has_more_functions(self) -> bool:
        """Whether there may be functions that were not looked at."""
        return len(self.functions) >= _MOST_FUNCTIONS

    def triggers(self, function: str) -> list[FoundTrigger]:
        """Return the triggers of a function, a hundred at most (the service allows fewer)."""
        models = load("alibabacloud_fc20230330.models")
        request = models.ListTriggersRequest(limit=_PAGE)
        body = self._fc("fc:ListTriggers", "list_triggers", function, request)
        return [
            FoundTrigger(
                function,
                each.trigger_name or "",
                each.trigger_type or "",
                each.source_arn or "",
                _config(each.trigger_config),
            )
            for each in body.triggers or []
        ]

    def limits(self) -> dict[str, int]:
        """Return the reserved instances of all functions that have a limit. Raises DeployError."""
        models = load("alibabacloud_fc20230330.models")
        found: dict[str, int] = {}
        token = None
        while True:
            request = models.ListConcurrencyConfigsRequest(limit=_PAGE, next_token=token)
            body = self._fc("fc:ListConcurrencyConfigs", "list_concurrency_configs", request)
            for each in body.configs or []:
                name = str(each.function_arn).rpartition("functions/")[2]
                found[name] = int(each.reserved_concurrency or 0)
            token = body.next_token
            if not token:
                return found

    def account_id(self, function: str) -> str:
        """Return the ID of the account, from a function's ARN. Raises DeployError."""
        models = load("alibabacloud_fc20230330.models")
        body = self._fc("fc:GetFunction", "get_function", function, models.GetFunctionRequest())
        return str(body.function_arn).split(":")[3]

    def _fc(self, action: str, method: str, *arguments: Any) -> Any:
        try:
            client = client_of("alibabacloud_fc20230330", self.settings, "FC")
            return getattr(client, method)(*arguments).body
        except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
            raise explain_sdk(error, action, self.settings.keys) from None

    # --- OSS -------------------------------------------------------------------------------------

    def bucket(self, name: str) -> Any:
        """Return oss2's client of a bucket."""
        return bucket_client(self.settings, name, self._session)

    def ask_oss(self, action: str, work: Callable[[], T]) -> T:
        """Do something with a bucket, raising DeployError, whose code is that of OSS."""
        try:
            return work()
        except (RequestError, requests.RequestException):
            raise unreachable(action) from None
        except OssError as error:
            raise explain(
                str(error.code or error.status), str(error.message), action, self.settings.keys
            ) from None

    # --- the log ---------------------------------------------------------------------------------

    def log(self, query: str, minutes: int) -> list[Line]:
        """Return what a query finds in the log of the stack, newest first. Raises DeployError."""
        outputs = self.stack.outputs if self.stack else {}
        project, store = outputs.get("LogProject", ""), outputs.get("Logstore", "")
        if not project:
            raise DeployError("There is no stack, hence no log.", "Run make deploy first.")
        return read_log(self.settings, project, store, minutes, query)


def _config(text: Any) -> Mapping[str, Any]:
    """Return the configuration of a trigger, which is a JSON text."""
    try:
        found = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def oss_triggers(account: Account) -> Iterator[FoundTrigger]:
    """Yield the OSS triggers of all functions but the stack's own. Raises DeployError."""
    for function in account.functions:
        if not account.is_own(function):
            yield from (each for each in account.triggers(function) if each.type == "oss")
