"""Errors of the services, explained with a remedy and without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from deploy.errors import DeployError
from deploy.settings import Keys

_ACTION = re.compile(
    r"\b(?:ros|oss|fc|ram|log|mns|fnf|cms|mts|ice|eventbridge|resourcemanager):[A-Z]\w+"
)
_LONGEST = 400


@dataclass(frozen=True)
class _Case:
    """Error codes by their prefixes, their meaning and the remedy; {action} is the call."""

    codes: tuple[str, ...]
    what: str
    remedy: str


_NOT_ACTIVATED = (
    *("UserDisable", "ServiceNotActivated", "NotOpen", "NoService", "InvalidProduct.NotFound"),
    *("InvalidIdentity.ServiceDisabled", "Forbidden.SubscriptionRequired"),  # of MPS, and of IMS
)
_DENIED = (
    "Forbidden",
    "NoPermission",
    "AccessDenied",
    "Unauthorized",
    "ImplicitDeny",
    "ExplicitDeny",
)

_CASES = (
    _Case(
        ("InvalidAccessKeyId", "InvalidAccessKey", "MissingAccessKeyId"),
        "The access key does not exist.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_ID; temporary keys also need ALIBABA_CLOUD_SECURITY_TOKEN.",
    ),
    _Case(
        ("SignatureDoesNotMatch", "SignatureNotMatch", "IncompleteSignature", "InvalidSignature"),
        "The secret of the access key is wrong.",
        "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET: it may have a blank or be another key's secret.",
    ),
    _Case(
        ("InvalidSecurityToken", "SecurityTokenExpired", "SecurityTokenMalformed"),
        "The security token has expired or belongs to another key.",
        "Request new temporary keys and export all three variables.",
    ),
    _Case(
        ("RequestTimeTooSkewed", "InvalidTimeStamp"),
        "This machine's clock is off by more than 15 minutes.",
        "Set the clock and run the command again.",
    ),
    _Case(
        _NOT_ACTIVATED,
        "A service is not activated in this account, or a payment is overdue.",
        "Activate it in the console (docs/deploy.md lists the services) and run the command again.",
    ),
    _Case(
        _DENIED,
        "The access key lacks the permission {action}.",
        "Add {action} to the deployer's policy; make policy prints the whole policy.",
    ),
    _Case(
        ("NoSuchBucket",),
        "The code bucket does not exist.",
        "Check CodeBucket, or create the bucket with --create-code-bucket.",
    ),
    _Case(
        ("BucketAlreadyExists", "BucketAlreadyOwnedByYou"),
        "The bucket exists already.",
        "If it is yours, as after make destroy, set BucketExists = true; else choose another name:"
        " bucket names are unique among all accounts.",
    ),
    _Case(
        ("InvalidLocationConstraint", "AccessDeniedByRegion", "SecondLevelDomainForbidden"),
        "The code bucket is in another region.",
        "Use a code bucket in the region of the stack.",
    ),
    _Case(
        ("ResourceExhausted",),
        "Function Compute has not enough instances left: all functions together may reserve at most"
        " 90 % of the account's instances in a region.",
        "Lower MaxInstances or what other functions have reserved, or request a higher quota of"
        " instances in the Quota Center.",
    ),
    _Case(
        ("QuotaExceed", "StackLimitExceeded", "LimitExceeded"),
        "A quota of the account is exhausted.",
        "Delete unused resources, or request a higher quota in the Quota Center.",
    ),
    _Case(
        ("Throttling", "ServiceUnavailable", "InternalError"),
        "The service is overloaded.",
        "Run the command again in a minute: it continues where it stopped.",
    ),
    _Case(
        ("StackExists",),
        "A stack with this name already exists in this region, and was not there a moment ago or"
        " may not be seen with this access key.",
        "Run the command again to update it; if it says the same, choose another NAME, or add"
        " ros:ListStacks and ros:GetStack to the deployer's policy.",
    ),
    _Case(
        ("ActionInProgress",),
        "Another change of the stack is in progress.",
        "Run the command again: it waits for that change.",
    ),
    _Case(
        ("StackNotFound",),
        "The stack does not exist.",
        "Check NAME and REGION, or run make deploy first.",
    ),
    _Case(
        ("FunctionNotFound",),
        "The function does not exist in this region.",
        "Run make deploy to create it again.",
    ),
    _Case(
        ("ProjectNotExist", "LogStoreNotExist", "IndexConfigNotExist"),
        "The log project, the Logstore or its index does not exist.",
        "Run make deploy. The first logs of a new stack appear after about a minute.",
    ),
    _Case(
        ("InvalidTemplate", "StackValidationFailed", "InvalidParameter", "MissingParameter"),
        "The service rejects the template or a parameter: {message}",
        "Correct the parameter in the settings file, or the template.",
    ),
)


_OF_KEYS = _CASES[:3]
"""The cases of keys: their ID, their secret, their token."""


def is_not_activated(code: str) -> bool:
    """Return whether an error code says that the account has not activated the service."""
    return code.startswith(_NOT_ACTIVATED)


def is_denied(code: str) -> bool:
    """Return whether an error code says that a permission is missing."""
    return code.startswith(_DENIED) and not is_not_activated(code)


def is_refused(code: str) -> bool:
    """Return whether an error code says that the keys are refused, or lack a permission."""
    return is_denied(code) or any(code.startswith(each) for case in _OF_KEYS for each in case.codes)


def explain(code: str, message: str, action: str, keys: Keys) -> DeployError:
    """Return the error for a service's error code; `action` is the call, as RAM names it."""
    text = keys.redact(" ".join(message.split()))[:_LONGEST]
    for case in _CASES:
        if any(code.startswith(each) for each in case.codes):
            named = _ACTION.search(text)
            words = {"action": named.group() if named else action, "message": text}
            what, remedy = case.what.format(**words), case.remedy.format(**words)
            return DeployError(what, remedy, code=code, message=text)
    # The message may contain the string to sign.
    shown = "" if "Signature" in code else f": {text}"
    return DeployError(f"{action} failed with {code}{shown}", "", code=code, message=text)


def unreachable(action: str) -> DeployError:
    """Return the error of a call without an answer; the SDKs' own texts contain whole URLs."""
    return DeployError(
        f"There was no answer to {action}.",
        "Check the network, the proxy settings and REGION, then run the command again.",
        code="Unreachable",
    )


def explain_sdk(error: Exception, action: str, keys: Keys) -> DeployError:
    """Return the error for an exception of the OpenAPI SDKs, from its attributes."""
    code = str(getattr(error, "code", "") or "")
    status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
    if not code or code == "None" or status is None:
        return unreachable(action)
    denied: Any = getattr(error, "access_denied_detail", None) or {}
    needed = str(denied.get("AuthAction", "")) if isinstance(denied, dict) else ""
    return explain(code, _plain(str(getattr(error, "message", ""))), needed or action, keys)


def explain_reason(reason: str, keys: Keys) -> DeployError | None:
    """Return the error for the reason of a failed resource, or None if it has no known code."""
    for code in re.findall(r"\b[A-Z][A-Za-z]+(?:\.[A-Z]\w+)*\b", reason):
        if any(code.startswith(each) for case in _CASES[:-1] for each in case.codes):
            return explain(code, reason, "the action named above", keys)
    return None


def _plain(message: str) -> str:
    """Return the service's message without the text that the SDK adds."""
    return re.sub(r"^code: \d+, | request id: \S+$", "", message)
