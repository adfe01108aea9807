"""The calls of ROS that a deployment needs, with the vendor's SDK."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.errors import DeployError
from deploy.sdk import client_of, load
from deploy.service_errors import explain_sdk
from deploy.settings import Settings

TIMEOUT_MINUTES = 30

_ATTEMPTS = 6
TEMPORARY = ("Throttling", "ServiceUnavailable", "InternalError", "Unreachable")
_PAGE = 50


@dataclass(frozen=True)
class Stack:
    """A stack as ROS describes it."""

    id: str
    name: str
    status: str
    reason: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def busy(self) -> bool:
        """Whether an action is in progress."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def unfinished(self) -> bool:
        """Whether its creation failed and can be continued."""
        return self.status == "CREATE_FAILED"

    @property
    def dead(self) -> bool:
        """Whether it can only be deleted."""
        return self.status.startswith(("CREATE_ROLLBACK", "DELETE_F"))

    @property
    def gone(self) -> bool:
        """Whether it has been deleted."""
        return self.status == "DELETE_COMPLETE"


@dataclass(frozen=True)
class Event:
    """An event of a resource of a stack."""

    id: str
    time: str
    resource: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class Change:
    """A change that an update would make; `replacement` is True, False or Conditional."""

    resource: str
    type: str
    action: str
    replacement: str

    @property
    def destroys(self) -> bool:
        """Whether an existing resource may be deleted."""
        return self.action == "Remove" or self.replacement in {"True", "Conditional"}


class Ros:
    """ROS in one region; calls that fail temporarily are repeated with the same client token."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = client_of("alibabacloud_ros20190910", settings, "ROS")
        self._models = load("alibabacloud_ros20190910.models")

    def find(self, name: str) -> Stack | None:
        """Return the stack with this name, or None."""
        body = self._call("ListStacks", stack_name=[name], page_size=_PAGE)
        ids = [
            each.stack_id
            for each in body.stacks or []
            if each.stack_name == name and each.status != "DELETE_COMPLETE"
        ]
        return self.get(ids[0]) if ids else None

    def get(self, stack_id: str) -> Stack | None:
        """Return a stack, or None if ROS does not know it any more."""
        try:
            body = self._call("GetStack", stack_id=stack_id)
        except DeployError as error:
            if error.code == "StackNotFound":
                return None
            raise
        return Stack(
            id=body.stack_id,
            name=body.stack_name,
            status=body.status,
            reason=body.status_reason or "",
            parameters={each.parameter_key: each.parameter_value for each in body.parameters or []},
            outputs={
                str(each["OutputKey"]): str(each.get("OutputValue", ""))
                for each in body.outputs or []
            },
        )

    def regions(self) -> frozenset[str]:
        """Return the regions that ROS is in."""
        body = self._call("DescribeRegions")
        return frozenset(each.region_id for each in body.regions or [])

    def validate(self, template: str) -> None:
        """Validate the template in ROS, raising DeployError if ROS rejects it."""
        self._call("ValidateTemplate", template_body=template)

    def create(self, name: str, template: str, parameters: Mapping[str, str]) -> str:
        """Start to create a stack, and return its ID.

        What was created stays if something fails, so that `resume` can go on.
        """
        body = self._call(
            "CreateStack",
            stack_name=name,
            template_body=template,
            parameters=self._parameters("CreateStack", parameters),
            timeout_in_minutes=TIMEOUT_MINUTES,
            disable_rollback=True,
            client_token=_token(),
        )
        return str(body.stack_id)

    def resume(self, stack: Stack, template: str, parameters: Mapping[str, str]) -> None:
        """Continue a creation that failed: what failed, and what had not begun.

        Only what has changed is sent, since ROS takes no change of what was created already.
        Raises DeployError if it refuses such a change.
        https://www.alibabacloud.com/help/en/ros/developer-reference/api-ros-2019-09-10-continuecreatestack
        """
        changed = {
            name: value for name, value in parameters.items() if stack.parameters.get(name) != value
        }
        same = self.template(stack.id) == template
        try:
            self._call(
                "ContinueCreateStack",
                stack_id=stack.id,
                mode="Recreate",
                template_body=None if same else template,
                parameters=self._parameters("ContinueCreateStack", changed),
            )
        except DeployError as error:
            if error.code != "ActionInProgress":  # the answer to the first attempt was lost
                raise

    def completed(self, stack_id: str) -> frozenset[str]:
        """Return the resources of a stack that were created."""
        body = self._call("ListStackResources", stack_id=stack_id)
        return frozenset(
            each.logical_resource_id
            for each in body.resources or []
            if each.status == "CREATE_COMPLETE"
        )

    def update(
        self, stack_id: str, template: str, parameters: Mapping[str, str], *, keep: bool = False
    ) -> bool:
        """Start to update a stack; returns False if there is nothing to change.

        Replacement is enabled because layers and concurrency limits cannot be updated. With `keep`
        a missing parameter keeps its value, otherwise it gets its default.
        """
        try:
            self._call(
                "UpdateStack",
                stack_id=stack_id,
                template_body=template,
                parameters=self._parameters("UpdateStack", parameters),
                use_previous_parameters=keep,
                replacement_option="Enabled",
                timeout_in_minutes=TIMEOUT_MINUTES,
                disable_rollback=False,
                client_token=_token(),
            )
        except DeployError as error:
            if _is_unchanged(error):
                return False
            raise
        return True

    def preview(
        self,
        template: str,
        parameters: Mapping[str, str],
        *,
        name: str = "",
        stack_id: str = "",
    ) -> list[Change]:
        """Return what creating or updating a stack would change.

        Without an ID, `name` must be one that no stack has.
        """
        about = {"stack_id": stack_id} if stack_id else {"stack_name": name}
        try:
            body = self._call(
                "PreviewStack",
                template_body=template,
                parameters=self._parameters("PreviewStack", parameters),
                **about,
            )
        except DeployError as error:
            if _is_unchanged(error):
                return []
            raise
        changes = [
            Change(
                each.logical_resource_id,
                each.resource_type,
                each.action or "Add",
                str(each.replacement or "False"),
            )
            for each in body.stack.resources or []
        ]
        return [change for change in changes if change.action != "None"]

    def template_policy(
        self, template: str, parameters: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        """Return the statements of the policy that a deployer of the template needs, by ROS.

        The SDK's own method puts the template into the URL, which is too long for many gateways;
        here it is in the form, as ROS recommends for large templates.
        """
        utils = load("alibabacloud_tea_openapi.utils_models")
        form = {
            "RegionId": self._settings.region,
            "TemplateBody": template,
            "GenerateOptions.1": "ResolveParameters",
            "GenerateOptions.2": "MandatoryPolicy",
        }
        for number, (key, value) in enumerate(sorted(parameters.items()), 1):
            form[f"Parameters.{number}.ParameterKey"] = key
            form[f"Parameters.{number}.ParameterValue"] = value
        wanted = utils.Params(
            action="GenerateTemplatePolicy",
            version="2019-09-10",
            protocol="HTTPS",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        options = load("darabonba.runtime").RuntimeOptions()
        try:
            answer = self._client.call_api(wanted, utils.OpenApiRequest(body=form), options)
        except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
            raise explain_sdk(error, "ros:GenerateTemplatePolicy", self._settings.keys) from None
        policy = (answer.get("body") or {}).get("Policy") or {}
        return list(policy.get("Statement") or ())

    def template(self, stack_id: str) -> str:
        """Return the template of the latest deployment of a stack."""
        return str(self._call("GetTemplate", stack_id=stack_id).template_body or "")

    def events(self, stack_id: str) -> Iterator[Event]:
        """Yield the events of a stack, newest first."""
        page = 1
        while True:
            body = self._call(
                "ListStackEvents", stack_id=stack_id, page_number=page, page_size=_PAGE
            )
            for each in body.events or []:
                yield Event(
                    each.event_id,
                    each.create_time or "",
                    each.logical_resource_id or "",
                    each.resource_type or "",
                    each.status or "",
                    each.status_reason or "",
                )
            if page * _PAGE >= (body.total_count or 0):
                return
            page += 1

    def delete(self, stack_id: str) -> None:
        """Start to delete a stack."""
        self._call("DeleteStack", stack_id=stack_id)

    def _parameters(self, action: str, parameters: Mapping[str, str]) -> list[Any]:
        kind = getattr(self._models, f"{action}RequestParameters")
        return [
            kind(parameter_key=key, parameter_value=parameters[key]) for key in sorted(parameters)
        ]

    def _call(self, action: str, **fields: Any) -> Any:
        if action != "DescribeRegions":  # all others are asked in a region
            fields["region_id"] = self._settings.region
        request = getattr(self._models, f"{action}Request")(**fields)
        method: Callable[[Any], Any] = getattr(self._client, _snake(action))
        for attempt in range(_ATTEMPTS):
            try:
                return method(request).body
            except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
                explained = explain_sdk(error, f"ros:{action}", self._settings.keys)
                if not explained.code.startswith(TEMPORARY) or attempt + 1 == _ATTEMPTS:
                    raise explained from None
            time.sleep(self._settings.workspace.poll_seconds * 2**attempt / 4)
        raise AssertionError  # the last attempt returns or raises


def _snake(action: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action)[1:]


def _is_unchanged(error: DeployError) -> bool:
    return error.code == "NotSupported" and "completely same" in error.what


def _token() -> str:
    """Return a token for a request and its repetitions.

    With a token that depends on the content, ROS would return a deleted stack when it is created
    again.
    """
    return secrets.token_hex(16)
