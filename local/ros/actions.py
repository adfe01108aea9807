"""The actions of ROS 2019-09-10 that a deployment needs."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from local.jobs.errors import ApiError
from local.ros import template as templates
from local.ros.stacks import Difference, Failure, LiveStack, Stacks, differences
from local.ros.template import Template

HIDDEN = "******"

_PARAMETER = re.compile(r"Parameters\.(\d+)\.ParameterKey")
_LARGEST_TEMPLATE = 524_288

Asked = Mapping[str, str]
Answer = dict[str, Any]


class RosActions:
    """The actions of ROS in one region, with the answers of its manual.

    `policy` are the statements that GenerateTemplatePolicy answers with, for any template.
    """

    def __init__(self, region: str, failure: Failure) -> None:
        self.stacks = Stacks(failure)
        self._region = region
        self.regions: tuple[str, ...] = (region,)
        self._tokens: dict[str, str] = {}
        self.policy: list[Answer] = []
        self.actions: Mapping[str, Callable[[Asked], Answer]] = {
            "ValidateTemplate": self._validate,
            "GenerateTemplatePolicy": self._generate_policy,
            "CreateStack": self._create,
            "ContinueCreateStack": self._continue,
            "UpdateStack": self._update,
            "PreviewStack": self._preview,
            "GetStack": self._get,
            "ListStacks": self._list,
            "ListStackEvents": self._events,
            "ListStackResources": self._resources,
            "GetTemplate": self._template,
            "DescribeRegions": self._regions,
            "DeleteStack": self._delete,
        }

    def _validate(self, asked: Asked) -> Answer:
        document = templates.read(_body(asked))
        named = {name: each["Type"] for name, each in document["Resources"].items()}
        return {
            "Description": document.get("Description", ""),
            "ResourceTypes": {"Resources": sorted(set(named.values())), "DataSources": []},
        }

    def _generate_policy(self, asked: Asked) -> Answer:
        templates.read(_body(asked))
        return {"Policy": {"Version": "1", "Statement": self.policy}}

    def _create(self, asked: Asked) -> Answer:
        token = asked.get("ClientToken", "")
        if token in self._tokens:
            return {"StackId": self._tokens[token]}
        text, name = _body(asked), _needed(asked, "StackName")
        wanted = Template(templates.read(text), _parameters(asked), name, self._region)
        rollback = asked.get("DisableRollback", "").lower() != "true"
        stack = self.stacks.create(name, text, wanted, rollback=rollback)
        if token:
            self._tokens[token] = stack.id
        return {"StackId": stack.id}

    def _continue(self, asked: Asked) -> Answer:
        """Continue with the parameters and the template from before, where none are given.

        No condition may hold now that did not, or the other way round:
        https://www.alibabacloud.com/help/doc-detail/131952.htm
        """
        stack = self.stacks.get(_needed(asked, "StackId"))
        text = asked.get("TemplateBody") or stack.text
        given = {**stack.values, **_parameters(asked)}
        wanted = Template(templates.read(text), given, stack.name, self._region)
        before = Template(templates.read(stack.text), stack.values, stack.name, self._region)
        if before.conditions() != wanted.conditions():
            raise ApiError(400, "StackValidationFailed", "The conditions cannot be changed.")
        self.stacks.resume(stack, text, wanted)
        return {"StackId": stack.id}

    def _update(self, asked: Asked) -> Answer:
        stack = self.stacks.get(_needed(asked, "StackId"))
        token = asked.get("ClientToken", "")
        if token not in self._tokens:
            text = _body(asked)
            replace = asked.get("ReplacementOption") == "Enabled"
            self.stacks.update(stack, text, self._wanted(asked, stack, text), replace=replace)
        if token:
            self._tokens[token] = stack.id
        return {"StackId": stack.id}

    def _preview(self, asked: Asked) -> Answer:
        text = _body(asked)
        if asked.get("StackId"):
            stack = self.stacks.get(asked["StackId"])
            want, have = self._wanted(asked, stack, text).resources(), stack.resources
            name = stack.name
        else:
            name = _needed(asked, "StackName")
            self.stacks.check_free(name)
            document = templates.read(text)
            want = Template(document, _parameters(asked), name, self._region).resources()
            have = {}
        resources = [_described(each) for each in differences(have, want)]
        return {"Stack": {"StackName": name, "Resources": resources, "Parameters": []}}

    def _get(self, asked: Asked) -> Answer:
        stack = self.stacks.get(_needed(asked, "StackId"))
        self.stacks.advance(stack)
        secret = templates.Template(
            templates.read(stack.text), stack.values, stack.name, self._region
        ).secret()
        return {
            **self._line(stack),
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": HIDDEN if name in secret else value}
                for name, value in stack.values.items()
            ],
            "Outputs": [
                {"OutputKey": name, "OutputValue": value, "Description": ""}
                for name, value in stack.outputs.items()
            ],
        }

    def _list(self, asked: Asked) -> Answer:
        names = [value for key, value in asked.items() if key.startswith("StackName.")]
        found = [each for each in self.stacks.all() if not names or each.name in names]
        return {
            "Stacks": [self._line(each) for each in found],
            "TotalCount": len(found),
            "PageNumber": 1,
            "PageSize": 50,
        }

    def _line(self, stack: LiveStack) -> Answer:
        return {
            "StackId": stack.id,
            "StackName": stack.name,
            "Status": stack.status,
            "StatusReason": stack.reason,
            "RegionId": self._region,
        }

    def _events(self, asked: Asked) -> Answer:
        stack = self.stacks.get(_needed(asked, "StackId"))
        size, page = int(asked.get("PageSize", "10")), int(asked.get("PageNumber", "1"))
        if not 1 <= size <= 50:
            raise ApiError(400, "InvalidParameter", "PageSize must be between 1 and 50.")
        newest = stack.events[::-1]
        shown = newest[(page - 1) * size : page * size]
        return {
            "Events": [
                {
                    "EventId": each.id,
                    "CreateTime": _moment(each.time),
                    "LogicalResourceId": each.resource,
                    "ResourceType": each.type,
                    "Status": each.status,
                    "StatusReason": each.reason,
                    "StackId": stack.id,
                    "StackName": stack.name,
                }
                for each in shown
            ],
            "TotalCount": len(newest),
            "PageNumber": page,
            "PageSize": size,
        }

    def _resources(self, asked: Asked) -> Answer:
        stack = self.stacks.get(_needed(asked, "StackId"))
        return {
            "Resources": [
                {
                    "LogicalResourceId": each.name,
                    "PhysicalResourceId": each.physical(each.name),
                    "ResourceType": each.type,
                    "Status": "CREATE_COMPLETE",
                }
                for each in stack.resources.values()
            ]
        }

    def _template(self, asked: Asked) -> Answer:
        return {"TemplateBody": self.stacks.get(_needed(asked, "StackId")).text}

    def _regions(self, _asked: Asked) -> Answer:
        return {"Regions": [{"RegionId": each, "LocalName": each} for each in self.regions]}

    def _delete(self, asked: Asked) -> Answer:
        self.stacks.delete(self.stacks.get(_needed(asked, "StackId")))
        return {}

    def _wanted(self, asked: Asked, stack: LiveStack, text: str) -> Template:
        """Return the template of an update, with UsePreviousParameters."""
        document = templates.read(text)
        given = _parameters(asked)
        if asked.get("UsePreviousParameters", "").lower() == "true":
            declared = document.get("Parameters") or {}
            kept = {name: value for name, value in stack.values.items() if name in declared}
            given = {**kept, **given}
        return Template(document, given, stack.name, self._region)


def render_answer(answer: Answer, request_id: str) -> bytes:
    """Return the JSON of an answer, with the request's ID."""
    return json.dumps({**answer, "RequestId": request_id}).encode()


def _described(change: Difference) -> Answer:
    described = {
        "LogicalResourceId": change.resource.name,
        "ResourceType": change.resource.type,
        "Action": change.action,
        "Properties": {},
    }
    if change.action == "Modify":
        described["Replacement"] = "True" if change.replaces else "False"
    return described


def _parameters(asked: Asked) -> dict[str, str]:
    numbers = [found[1] for key in asked if (found := _PARAMETER.fullmatch(key))]
    return {
        asked[f"Parameters.{number}.ParameterKey"]: asked.get(
            f"Parameters.{number}.ParameterValue", ""
        )
        for number in numbers
    }


def _needed(asked: Asked, name: str) -> str:
    if not asked.get(name):
        raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
    return asked[name]


def _body(asked: Asked) -> str:
    text = _needed(asked, "TemplateBody")
    if len(text.encode()) > _LARGEST_TEMPLATE:
        raise ApiError(400, "InvalidTemplate", "The template is larger than 524288 bytes.")
    return text


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"
