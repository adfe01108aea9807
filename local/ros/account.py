"""The rest of an account, as far as it is looked at: roles, pipelines, callbacks, flows, metrics.

Actions and answers are those of the vendor's SDKs: alibabacloud_ram20150501 1.3.0, mts20140618
6.0.3, ice20201109 6.20.2, fnf20190315 2.0.1, mns_open20220119 1.4.1, cms20190101 4.0.10.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.identity import ACCOUNT
from local.jobs.errors import ApiError
from local.ros.stacks import Stacks

Asked = Mapping[str, str]
Answer = dict[str, Any]
Flow = Callable[[Answer], tuple[str, Answer]]

VERSIONS = {
    "2019-09-10": "ros",
    "2015-05-01": "ram",
    "2014-06-18": "mts",
    "2020-11-09": "ice",
    "2019-03-15": "fnf",
    "2022-01-19": "mns",
    "2019-01-01": "cms",
}
"""The services by the versions of their APIs."""


class Account:
    """The account beside its stacks; tests may set its attributes.

    `roles` maps names of roles to the services that they trust, or to None for one that is not
    there; the roles of stacks are there. `pipelines` are those of MPS, `callback` is that of IMS.
    `metrics` are the names that CloudMonitor knows. `run_flow` gets the input of an execution and
    returns its status and output.
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self.roles: dict[str, list[str] | None] = {}
        self.pipelines: list[Answer] = []
        self.callback: Answer = {}
        self.metrics = {("acs_mns_new", "ActiveMessages")}
        self.run_flow: Flow = lambda _given: ("Running", {})
        self.executions: dict[str, Answer] = {}
        self.actions: Mapping[tuple[str, str], Callable[[Asked], Answer]] = {
            ("ram", "GetRole"): self._role,
            ("mts", "SearchPipeline"): self._pipelines,
            ("ice", "GetEventCallback"): lambda _asked: self.callback,
            ("mns", "ListQueue"): lambda _asked: {"Success": True, "Data": {"PageData": []}},
            ("cms", "DescribeMetricMetaList"): self._metrics,
            ("fnf", "ListFlows"): lambda _asked: {"Flows": []},
            ("fnf", "StartExecution"): self._start,
            ("fnf", "DescribeExecution"): self._execution,
            ("fnf", "StopExecution"): self._stop,
        }

    def _role(self, asked: Asked) -> Answer:
        name = asked["RoleName"]
        trusted = self.roles.get(name, self._of_stacks(name))
        if trusted is None:
            raise ApiError(404, "EntityNotExist.Role", f"The role not exists: {name}.")
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": trusted},
        }
        document = json.dumps({"Version": "1", "Statement": [statement]})
        return {
            "Role": {
                "RoleName": name,
                "Arn": f"acs:ram::{ACCOUNT}:role/{name}",
                "AssumeRolePolicyDocument": document,
            }
        }

    def _of_stacks(self, name: str) -> list[str] | None:
        """Return the services that a role of a stack trusts."""
        for stack in self._stacks.all():
            for each in stack.resources.values():
                if each.type == "ALIYUN::RAM::Role" and each.properties["RoleName"] == name:
                    [statement] = each.properties["AssumeRolePolicyDocument"]["Statement"]
                    return list(statement["Principal"]["Service"])
        return None

    def _pipelines(self, asked: Asked) -> Answer:
        size, page = int(asked.get("PageSize", "10")), int(asked.get("PageNumber", "1"))
        if not 1 <= size <= 100:
            raise ApiError(400, "InvalidParameter.PageSize", "PageSize must be between 1 and 100.")
        shown = self.pipelines[(page - 1) * size : page * size]
        return {"PipelineList": {"Pipeline": shown}, "TotalCount": len(self.pipelines)}

    def _metrics(self, asked: Asked) -> Answer:
        wanted = (asked["Namespace"], asked["MetricName"])
        known = (
            [{"Namespace": wanted[0], "MetricName": wanted[1]}] if wanted in self.metrics else []
        )
        return {"Success": True, "Code": 200, "Resources": {"Resource": known}}

    def _start(self, asked: Asked) -> Answer:
        name, flow = asked["ExecutionName"], asked["FlowName"]
        if not any(self._is_flow(flow)):
            raise ApiError(400, "FlowNotExists", f"Flow {flow} does not exist")
        status, output = self.run_flow(json.loads(asked["Input"]))
        self.executions[name] = {"Name": name, "FlowName": flow, "Status": status}
        if output:
            self.executions[name]["Output"] = json.dumps(output)
        return {"Name": name, "FlowName": flow, "Status": "Starting"}

    def _is_flow(self, name: str) -> list[bool]:
        return [
            each.properties["Name"] == name
            for stack in self._stacks.all()
            for each in stack.resources.values()
            if each.type == "ALIYUN::FNF::Flow"
        ]

    def _execution(self, asked: Asked) -> Answer:
        found = self.executions.get(asked["ExecutionName"])
        if found is None:
            raise ApiError(400, "ExecutionNotExists", "The execution does not exist")
        return found

    def _stop(self, asked: Asked) -> Answer:
        self._execution(asked)["Status"] = "Stopped"
        return {}
