"""Read template.yml and resolve it for given parameters, without the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from deploy.template_functions import Functions, TemplateError
from deploy.template_parameters import values_of
from deploy.template_views import (
    Function,
    Resource,
    Statement,
    Trigger,
    function,
    statement,
    trigger,
)

__all__ = ["Function", "Resolved", "Resource", "Statement", "Template", "TemplateError", "Trigger"]

REGION, ACCOUNT = "cn-shanghai", "1234567890123456"
"""What pseudo parameters say unless told otherwise."""

# properties that name a resource where the attribute or Ref is called otherwise
_NAMES = {
    "ALIYUN::FC3::Function": "FunctionName",
    "ALIYUN::FC3::LayerVersion": "LayerName",
    "ALIYUN::FC3::Trigger": "TriggerName",
    "ALIYUN::FNF::Flow": "Name",
    "ALIYUN::MNS::Queue": "QueueName",
    "ALIYUN::MNS::Topic": "TopicName",
    "ALIYUN::OSS::Bucket": "BucketName",
    "ALIYUN::RAM::Role": "RoleName",
    "ALIYUN::SLS::Logstore": "LogstoreName",
    "ALIYUN::SLS::Project": "Name",
}
_ARNS = {
    ("ALIYUN::FC3::Function", "ARN"): "acs:fc:{region}:{account}:functions/{name}",
    ("ALIYUN::FC3::LayerVersion", "LayerVersionArn"): (
        "acs:fc:{region}:{account}:layers/{name}/versions/1"
    ),
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{region}:{account}:/queues/{name}",
    ("ALIYUN::MNS::Topic", "ARN.WithSlash"): "acs:mns:{region}:{account}:/topics/{name}",
    ("ALIYUN::OSS::Bucket", "Arn"): "acs:oss:{region}:{account}:{name}",
    ("ALIYUN::RAM::Role", "Arn"): "acs:ram::{account}:role/{name}",
}


@dataclass(frozen=True)
class Template:
    """A template as it is written."""

    document: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Template:
        """Read a template from a file. Raises TemplateError where it is no map."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read a template. Raises TemplateError where it is no map."""
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as fault:
            raise TemplateError(f"no YAML: {fault}") from None
        if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
            raise TemplateError("a template is a map with Resources")
        return cls(document)

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters as they are declared."""
        declared: Mapping[str, Mapping[str, Any]] = self.document.get("Parameters") or {}
        return declared

    def resolve(
        self, given: Mapping[str, Any], *, region: str = REGION, account: str = ACCOUNT
    ) -> Resolved:
        """Evaluate everything. Raises TemplateError naming all parameters that are wrong."""
        pseudo = {
            "ALIYUN::Region": region,
            "ALIYUN::TenantId": account,
            "ALIYUN::AccountId": account,
            "ALIYUN::StackName": given.get("Name", "stack"),
        }
        resolved = Resolved(self, values_of(self.parameters, given), pseudo)
        return resolved.checked()


@dataclass(frozen=True)
class Resolved:
    """A template with all parameters known."""

    template: Template
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, str]

    def checked(self) -> Resolved:
        """Evaluate all there is, so that faults show now."""
        _ = self.resources, self.outputs
        return self

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The resources whose condition holds."""
        return {name: self._resource(name) for name in self._present}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The outputs whose condition holds."""
        written: Mapping[str, Any] = self.template.document.get("Outputs") or {}
        return {
            name: self._functions.value(output["Value"])
            for name, output in written.items()
            if self._holds(output)
        }

    def functions(self) -> list[Function]:
        """Give the functions."""
        return [function(found) for found in self._of_type("ALIYUN::FC3::Function")]

    def triggers(self) -> list[Trigger]:
        """Give the triggers."""
        return [trigger(found) for found in self._of_type("ALIYUN::FC3::Trigger")]

    def role_statements(self, resource: str) -> list[Statement]:
        """Give what a role may do; `resource` is its name in the template."""
        policies = self.resources[resource].properties.get("Policies", [])
        return [
            statement(written)
            for policy in policies
            for written in policy["PolicyDocument"]["Statement"]
        ]

    def flow(self) -> Mapping[str, Any] | None:
        """Give the definition of the flow, if the stack has one."""
        for found in self._of_type("ALIYUN::FNF::Flow"):
            definition: Mapping[str, Any] = yaml.safe_load(found.properties["Definition"])
            return definition
        return None

    def ref(self, name: str) -> Any:
        """Give the value of a parameter, a pseudo parameter or a resource."""
        for table in (self.parameters, self.pseudo):
            if name in table:
                return table[name]
        return self.attribute(name, _NAMES.get(self._written(name)["Type"], "Id"))

    def attribute(self, resource: str, name: str) -> Any:
        """Give an attribute of a resource; `<Resource.Name>` where only the service knows it."""
        kind = self._written(resource)["Type"]
        if resource not in self._present:
            raise TemplateError(f"{resource}.{name} is asked for, but its condition does not hold")
        properties = self._written(resource).get("Properties") or {}
        own = self._functions.value(properties.get(_NAMES.get(kind, ""), ""))
        if name == "Name" and own:
            return own
        if (kind, name) in _ARNS:
            region, account = self.pseudo["ALIYUN::Region"], self.pseudo["ALIYUN::TenantId"]
            return _ARNS[kind, name].format(region=region, account=account, name=own)
        if name in properties:
            return self._functions.value(properties[name])
        return f"<{resource}.{name}>"

    @cached_property
    def _functions(self) -> Functions:
        document = self.template.document
        return Functions(self, document.get("Conditions") or {}, document.get("Mappings") or {})

    @cached_property
    def _present(self) -> tuple[str, ...]:
        written = self.template.document["Resources"]
        return tuple(name for name, resource in written.items() if self._holds(resource))

    def _holds(self, part: Mapping[str, Any]) -> bool:
        return "Condition" not in part or self._functions.holds(part["Condition"])

    def _written(self, name: str) -> Mapping[str, Any]:
        resources: Mapping[str, Mapping[str, Any]] = self.template.document["Resources"]
        if name not in resources:
            raise TemplateError(f"{name!r} is neither a parameter nor a resource")
        return resources[name]

    def _resource(self, name: str) -> Resource:
        written = self._written(name)
        return Resource(
            name,
            written["Type"],
            self._functions.value(written.get("Properties") or {}),
            written.get("DeletionPolicy", "Delete"),
        )

    def _of_type(self, kind: str) -> Iterator[Resource]:
        return (found for found in self.resources.values() if found.type == kind)
