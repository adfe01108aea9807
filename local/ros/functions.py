"""What Function Compute tells of functions, triggers and limits: those of stacks, and others."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.identity import ACCOUNT
from local.jobs.errors import ApiError
from local.ros.stacks import Stacks
from local.ros.template import Resource
from local.signed_request import SignedRequest

BASE = "/2023-03-30/"
_PAGE = 20
_LISTS = {
    "functions": "ListFunctions",
    "concurrency-configs": "ListConcurrencyConfigs",
    "triggers": "ListTriggers",
}
_OF_A_FUNCTION = {
    ("GET", "concurrency"): "GetConcurrencyConfig",
    ("PUT", "concurrency"): "PutConcurrencyConfig",
    ("POST", "invocations"): "InvokeFunction",
    ("GET", "triggers"): "ListTriggers",
    ("GET", ""): "GetFunction",
}

Answer = dict[str, Any]


class Functions:
    """The functions of an account; `others` maps functions of nobody's stack to their triggers."""

    def __init__(self, region: str, stacks: Stacks) -> None:
        self._region = region
        self._stacks = stacks
        self.others: dict[str, list[Answer]] = {}

    def answer(self, sent: SignedRequest, action: str) -> Answer:
        """Answer a request for one function or a list, raising ApiError."""
        name = function_of(sent)
        if action == "ListFunctions":
            return self._page(sent, "functions", [self._function(one) for one in self.names()])
        if action == "ListConcurrencyConfigs":
            limits = sorted(self._stacks.limits.items())
            configs = [
                {"functionArn": self.arn(one), "reservedConcurrency": limit}
                for one, limit in limits
            ]
            return self._page(sent, "configs", configs)
        if name not in self.names():
            raise ApiError(404, "FunctionNotFound", f"function '{name}' does not exist")
        if action == "ListTriggers":
            return self._page(sent, "triggers", self._triggers(name))
        return self._function(name)

    def names(self) -> list[str]:
        """Return the names of all functions."""
        created = {
            each.physical("") for each in self._resources() if each.type == "ALIYUN::FC3::Function"
        }
        return sorted({*created, *self.others})

    def arn(self, name: str) -> str:
        """Return the ARN of a function."""
        return f"acs:fc:{self._region}:{ACCOUNT}:functions/{name}"

    def _resources(self) -> Iterator[Resource]:
        for stack in self._stacks.all():
            yield from stack.resources.values()

    def _function(self, name: str) -> Answer:
        return {"functionName": name, "functionArn": self.arn(name), "state": "Active"}

    def _triggers(self, name: str) -> list[Answer]:
        own = [
            _described(each.properties)
            for each in self._resources()
            if each.type == "ALIYUN::FC3::Trigger" and each.properties["FunctionName"] == name
        ]
        return [*own, *self.others.get(name, [])]

    @staticmethod
    def _page(sent: SignedRequest, key: str, all_of_them: list[Answer]) -> Answer:
        asked = dict(parse_qsl(sent.query))
        begin, size = int(asked.get("nextToken", "0")), int(asked.get("limit", str(_PAGE)))
        answer: Answer = {key: all_of_them[begin : begin + size]}
        if begin + size < len(all_of_them):
            answer["nextToken"] = str(begin + size)
        return answer


def _described(properties: Mapping[str, Any]) -> Answer:
    """Return a trigger as the API does: its configuration is a JSON text."""
    return {
        "triggerName": properties["TriggerName"],
        "triggerType": properties["TriggerType"],
        "sourceArn": properties.get("SourceArn", ""),
        "triggerConfig": json.dumps(properties["TriggerConfig"]),
    }


def function_of(sent: SignedRequest) -> str:
    """Return the function that a request is about, empty for a list of all."""
    path = sent.path.removeprefix(BASE)
    kind, _, rest = path.partition("/")
    return unquote(rest.partition("/")[0]) if kind == "functions" else ""


def action_of(sent: SignedRequest) -> str:
    """Return Function Compute's name of the action of a request."""
    path = sent.path.removeprefix(BASE)
    kind, _, rest = path.partition("/")
    if not rest:
        return _LISTS.get(kind, "Unknown") if sent.method == "GET" else "Unknown"
    return _OF_A_FUNCTION.get((sent.method, rest.partition("/")[2]), "Unknown")
