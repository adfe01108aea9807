"""`make doctor`: what an account is like before and after a deployment. It only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from deploy.account import Account
from deploy.checks_buckets import check_buckets
from deploy.checks_services import check_services
from deploy.checks_stack import check_stack
from deploy.deployer_policy import resolved_for
from deploy.errors import DeployError
from deploy.findings import Finding, as_json, asked, print_findings, status_of, yes
from deploy.ros import Ros, Stack
from deploy.settings import Settings
from deploy.template import Resolved, Template, TemplateError

_SECONDS_BETWEEN_ATTEMPTS = 0.1


def doctor(settings: Settings, console: Console, *, json: bool = False) -> int:
    """Print what is found, and return the exit status.

    Raises DeployError if the template or a parameter is not valid.
    """
    findings = list(examine(settings))
    if json:
        console.print(Text(as_json(findings)), soft_wrap=True)
    else:
        print_findings(findings, console)
    return status_of(findings)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield all findings. Raises DeployError if the template or a parameter is not valid."""
    workspace = replace(settings.workspace, poll_seconds=_SECONDS_BETWEEN_ATTEMPTS)
    settings = replace(settings, workspace=workspace)
    ros = Ros(settings)
    planned = resolved_for(settings)
    try:
        stack, resolved, reason = *deployed(settings, ros, planned), None
    except DeployError as error:
        stack, resolved, reason = None, planned, error
    account = Account(settings, ros, stack, resolved)
    try:
        yield asked("ros", "ROS is activated", lambda: _ros(stack, reason))
        yield from check_services(account)
        yield from check_buckets(account)
        if reason is None:
            yield from check_stack(account)
    finally:
        account.close()


def deployed(settings: Settings, ros: Ros, planned: Resolved) -> tuple[Stack | None, Resolved]:
    """Return the stack and its template with its parameters, or None and what is planned.

    Raises DeployError if ROS cannot be asked, or its template is none that is understood here.
    """
    stack = ros.find(settings.name)
    if stack is None or stack.gone or not stack.outputs:  # or its creation has not ended
        return stack, planned
    declared = Template.parse(ros.template(stack.id))
    given = {name: stack.parameters.get(name, "") for name in declared.parameters}
    try:
        return stack, declared.resolve(given, region=settings.region, account="*")
    except TemplateError as error:
        raise DeployError(f"The template of the stack is not understood: {error}.") from None


def _ros(stack: Stack | None, reason: DeployError | None) -> Finding:
    if reason is not None:
        raise reason
    return yes(f"The stack is {stack.status}." if stack else "There is no such stack yet.")
