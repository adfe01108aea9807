"""The project's own rules for its template; each check tells what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from deploy.template import Template, TemplateError
from mps_manifest.errors import ConfigurationError
from tests.template import permissions, wiring

Check = Callable[[Template], list[str]]

CHECKS: tuple[Check, ...] = (
    wiring.names,
    wiring.accounts,
    wiring.handlers,
    wiring.settings,
    wiring.loops,
    wiring.budget,
    wiring.sizes,
    wiring.bucket,
    wiring.failures,
    wiring.callbacks,
    wiring.triggers,
    wiring.flow,
    wiring.queries,
    wiring.alerts,
    permissions.function_role,
    permissions.calling_roles,
    permissions.trust,
)


def problems(template: Template) -> list[str]:
    """Run all checks; what cannot even be resolved or read as settings is one problem."""
    try:
        return [problem for check in CHECKS for problem in check(template)]
    except (TemplateError, ConfigurationError) as fault:
        return [str(fault)]
