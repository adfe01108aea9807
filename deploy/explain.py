"""Turns what services answer into one sentence and a remedy, without anything secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from deploy.errors import DeployError
from deploy.settings import Keys

_ACTION = re.compile(r"\b(?:ros|oss|fc|ram|log|mns|fnf|eventbridge|resourcemanager):[A-Z]\w+")
_LONGEST = 400


@dataclass(frozen=True)
class _Case:
    """Codes that begin alike, what they mean, and the remedy; {action} is what was called."""

    codes: tuple[str, ...]
    what: str
    remedy: str


_CASES = (
    _Case(
        ("InvalidAccessKeyId", "InvalidAccessKey", "MissingAccessKeyId"),
        "The service does not know the access key.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_ID; temporary keys need ALIBABA_CLOUD_SECURITY_TOKEN too.",
    ),
    _Case(
        ("SignatureDoesNotMatch", "SignatureNotMatch", "IncompleteSignature", "InvalidSignature"),
        "The access key's secret is wrong.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET for a stray blank or another key's secret.",
    ),
    _Case(
        ("InvalidSecurityToken", "SecurityTokenExpired", "SecurityTokenMalformed"),
        "The security token is expired or belongs to another key.",
        "Get new temporary keys and export all three variables.",
    ),
    _Case(
        ("RequestTimeTooSkewed", "InvalidTimeStamp"),
        "This machine's clock is off by more than 15 minutes.",
        "Set the clock and run the command again.",
    ),
    _Case(
        (
            "Forbidden",
            "NoPermission",
            "AccessDenied",
            "Unauthorized",
            "ImplicitDeny",
            "ExplicitDeny",
        ),
        "These keys may not call {action}.",
        "Add {action} to the deployer's policy; docs/deploy.md has the whole of it.",
    ),
    _Case(
        ("NoSuchBucket",),
        "The code bucket does not exist.",
        "Check CodeBucket, or let --create-code-bucket make it.",
    ),
    _Case(
        ("BucketAlreadyExists", "BucketAlreadyOwnedByYou"),
        "The bucket's name is taken.",
        "Bucket names are shared by all accounts: choose another one.",
    ),
    _Case(
        ("InvalidLocationConstraint", "AccessDeniedByRegion", "SecondLevelDomainForbidden"),
        "The code bucket is in another region.",
        "Take a code bucket in the region of the stack.",
    ),
    _Case(
        ("UserDisable", "ServiceNotActivated", "NotOpen", "NoService", "InvalidProduct.NotFound"),
        "A service is not activated in this account, or a bill is overdue.",
        "Activate it in the console (docs/deploy.md lists all) and run the command again.",
    ),
    _Case(
        ("QuotaExceed", "StackLimitExceeded", "LimitExceeded"),
        "A quota of the account is used up.",
        "Delete what is not needed, or raise the quota in the Quota Center.",
    ),
    _Case(
        ("Throttling", "ServiceUnavailable", "InternalError"),
        "The service is busy.",
        "Run the command again in a minute: it goes on where it stopped.",
    ),
    _Case(
        ("StackExists",),
        "A stack of this name exists in this region already.",
        "Choose another NAME, or run the command again to update it.",
    ),
    _Case(
        ("ActionInProgress",),
        "Somebody else is changing the stack at this moment.",
        "Run the command again: it waits for the other change.",
    ),
    _Case(
        ("StackNotFound",),
        "There is no such stack.",
        "Check NAME and REGION, or deploy it first.",
    ),
    _Case(
        ("FunctionNotFound",),
        "There is no such function in this region.",
        "Run make deploy: the stack's function is gone.",
    ),
    _Case(
        ("ProjectNotExist", "LogStoreNotExist", "IndexConfigNotExist"),
        "The log project, log store or its index does not exist.",
        "Run make deploy; logs of a new stack take a minute to appear.",
    ),
    _Case(
        ("InvalidTemplate", "StackValidationFailed", "InvalidParameter", "MissingParameter"),
        "The service refuses the template or a parameter: {message}",
        "Correct the named parameter in the settings file, or the template.",
    ),
)


def explain(code: str, message: str, action: str, keys: Keys) -> DeployError:
    """Explain an error code of any of the services; `action` is the call in RAM's spelling."""
    text = keys.redact(" ".join(message.split()))[:_LONGEST]
    for case in _CASES:
        if any(code.startswith(each) for each in case.codes):
            named = _ACTION.search(text)
            words = {"action": named.group() if named else action, "message": text}
            return DeployError(case.what.format(**words), case.remedy.format(**words), code=code)
    # What a signature was made of may stand in the message.
    shown = "" if "Signature" in code else f": {text}"
    return DeployError(f"{action} failed with {code}{shown}", "", code=code)


def unreachable(action: str) -> DeployError:
    """Explain that no answer came; the SDKs' own texts hold whole URLs."""
    return DeployError(
        f"No answer to {action}.",
        "Check the network, proxies and REGION, then run the command again.",
        code="Unreachable",
    )


def explain_sdk(fault: Exception, action: str, keys: Keys) -> DeployError:
    """Explain an exception of the OpenAPI SDKs, told by its attributes."""
    code = str(getattr(fault, "code", "") or "")
    status = getattr(fault, "status_code", None) or getattr(fault, "statusCode", None)
    if not code or code == "None" or status is None:
        return unreachable(action)
    denied: Any = getattr(fault, "access_denied_detail", None) or {}
    needed = str(denied.get("AuthAction", "")) if isinstance(denied, dict) else ""
    return explain(code, _plain(str(getattr(fault, "message", ""))), needed or action, keys)


def explain_reason(reason: str, keys: Keys) -> DeployError | None:
    """Explain why a resource failed, where its reason names a code that is known."""
    for code in re.findall(r"\b[A-Z][A-Za-z]+(?:\.[A-Z]\w+)*\b", reason):
        if any(code.startswith(each) for case in _CASES[:-1] for each in case.codes):
            return explain(code, reason, "what the reason above names", keys)
    return None


def _plain(message: str) -> str:
    """Take off what the SDK puts around the service's message."""
    return re.sub(r"^code: \d+, | request id: \S+$", "", message)
