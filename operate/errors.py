"""The error that mpsm prints, and what the errors of others become."""

from __future__ import annotations

from deploy.errors import DeployError
from mps_manifest.errors import (
    ConfigurationError,
    NotFound,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)

YES, NO, USAGE, NO_ANSWER = 0, 1, 2, 3
"""The exit status: done; something is not as it should be; settings; no or a refusing service."""
STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""


class OperatorError(Exception):
    """What went wrong and the remedy, in one sentence each, and the exit status."""

    def __init__(self, what: str, remedy: str = "", *, status: int = USAGE) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.status = status


def of_deploy(error: DeployError) -> OperatorError:
    """Return the error for one of the tools of deployments; without a code nothing was asked."""
    return OperatorError(error.what, error.remedy, status=NO_ANSWER if error.code else USAGE)


def of_settings(error: ConfigurationError) -> OperatorError:
    """Return the error for settings of the function that are not valid."""
    return OperatorError(f"{error}.", "Correct deploy.ini or the environment.")


def of_service(error: ServiceError, where: str = "", remedy: str = "") -> OperatorError:
    """Return the error for a call that failed.

    `where` names what was called; `remedy` is what to do where it is out of reach.
    """
    named = f"{where}: " if where else ""
    return OperatorError(
        f"{named}{error.reason.rstrip('.')}.", _remedy(error, remedy), status=NO_ANSWER
    )


def _remedy(error: ServiceError, out_of_reach: str) -> str:
    if isinstance(error, Unreachable):
        return out_of_reach or "Check the network, the proxy settings and REGION."
    if isinstance(error, Unauthorized):
        return "Check the access key, its token, and that they may do this to the bucket."
    if isinstance(error, Throttled):
        return "Run the command again in a minute."
    if isinstance(error, NotFound):
        return "Check the names of the bucket and of the object."
    return ""
