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
from deploy.template_resources import (
    Function,
    Resource,
    Statement,
    Trigger,
    function,
    statement,
    trigger,
)
from deploy.yaml_loader import safe_load

__all__ = ["Function", "Resolved", "Resource", "Statement", "Template", "TemplateError", "Trigger"]

REGION, ACCOUNT = "cn-shanghai", "1234567890123456"
"""The default values of pseudo parameters."""

# The properties with the name of a resource, if the attribute or Ref has another name
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
    """A template, unresolved."""

    document: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Template:
        """Read a template from a file. Raises TemplateError if it is not a template."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Parse a template. Raises TemplateError if it is not a template."""
        try:
            document = safe_load(text)
        except yaml.YAMLError as error:
            raise TemplateError(f"not valid YAML: {error}") from None
        if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
            raise TemplateError("a template is a mapping with Resources")
        return cls(document)

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The declarations of the parameters."""
        declared: Mapping[str, Mapping[str, Any]] = self.document.get("Parameters") or {}
        return declared

    def resolve(
        self, given: Mapping[str, Any], *, region: str = REGION, account: str = ACCOUNT
    ) -> Resolved:
        """Evaluate all values. Raises TemplateError naming all invalid parameters."""
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
    """A template with the values of all parameters."""

    template: Template
    parameters: Mapping[str, Any]
    pseudo: Mapping[str, str]

    def checked(self) -> Resolved:
        """Evaluate all values, raising TemplateError for those that are invalid."""
        _ = self.resources, self.outputs
        return self

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The resources whose conditions are true."""
        return {name: self._resource(name) for name in self._present}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The outputs whose conditions are true."""
        written: Mapping[str, Any] = self.template.document.get("Outputs") or {}
        return {
            name: self._functions.value(output["Value"])
            for name, output in written.items()
            if self._holds(output)
        }

    def functions(self) -> list[Function]:
        """Return the functions."""
        return [function(found) for found in self._of_type("ALIYUN::FC3::Function")]

    def triggers(self) -> list[Trigger]:
        """Return the triggers."""
        return [trigger(found) for found in self._of_type("ALIYUN::FC3::Trigger")]

    def role_statements(self, resource: str) -> list[Statement]:
        """Return the statements of a role's policies; `resource` is its name in the template."""
        policies = self.resources[resource].properties.get("Policies", [])
        return [
            statement(written)
            for policy in policies
            for written in policy["PolicyDocument"]["Statement"]
        ]

    def flow(self) -> Mapping[str, Any] | None:
        """Return the definition of the flow, or None."""
        for found in self._of_type("ALIYUN::FNF::Flow"):
            definition: Mapping[str, Any] = safe_load(found.properties["Definition"])
            return definition
        return None

    def ref(self, name: str) -> Any:
        """Return the value of a parameter, a pseudo parameter or a resource."""
        for table in (self.parameters, self.pseudo):
            if name in table:
                return table[name]
        return self.attribute(name, _NAMES.get(self._written(name)["Type"], "Id"))

    def attribute(self, resource: str, name: str) -> Any:
        """Return an attribute of a resource; `<Resource.Name>` if only the service knows it."""
        kind = self._written(resource)["Type"]
        if resource not in self._present:
            raise TemplateError(
                f"{resource}.{name} is used, but the condition of {resource} is false"
            )
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
