"""Checks of the buckets: where they are, their rules, and who else watches their objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.account import Account, FoundTrigger, oss_triggers
from deploy.errors import DeployError
from deploy.findings import Finding, asked, no, unknown, yes

_MOST_TRIGGERS = 10
_ELSEWHERE = "must be addressed using the specified endpoint"
_ARCHIVES = ("Archive", "ColdArchive", "DeepColdArchive")
_MISSING = "NoSuchBucket"


def check_buckets(account: Account) -> Iterator[Finding]:
    """Yield whether the buckets are as the functions need them."""
    home = account.parameters["Bucket"]
    code = account.settings.parameters.get("CodeBucket", "")
    if code:
        yield asked("code-bucket", f"The code bucket {code} is there", lambda: _code(account, code))
    yield asked("bucket", f"The bucket {home} can be used", lambda: _home(account, home))
    allowed = [each for each in account.parameters["AllowedBuckets"].split(",") if each]
    for other in (each for each in allowed if each != home):
        yield asked(
            f"allowed-{other}",
            f"The bucket {other} is in the region",
            lambda other=other: _place(account, other),  # type: ignore[misc]
        )
    if _is_there(account, home):
        yield asked("versioning", "Its versioning is off", lambda: _versioning(account, home))
        yield asked("retention", "No retention rule protects it", lambda: _worm(account, home))
        yield asked(
            "lifecycle",
            "No lifecycle rule touches manifests or state",
            lambda: _lifecycle(account, home),
        )
    prefix = account.parameters["TicketPrefix"]
    yield asked(
        "prefix",
        f"No other function watches {prefix}",
        lambda: _prefix(account, home, prefix),
    )


def _code(account: Account, name: str) -> Finding:
    place = _place(account, name)
    if place.answer != "yes":
        return place
    info = account.ask_oss("oss:GetBucketInfo", account.bucket(name).get_bucket_info)
    if info.acl.grant != "private":
        return no(f"It is {info.acl.grant}.", "Make it private: what is in it is deployed.")
    return yes()


def _home(account: Account, name: str) -> Finding:
    """Return whether the bucket is there, or is not where the stack is to create it."""
    to_be_made = account.stack is None and account.parameters["BucketExists"] == "false"
    place = _place(account, name)
    if not to_be_made:
        return place
    if place.answer == "yes":
        return no("It is there, and BucketExists is false.", "Set BucketExists = true.")
    return yes("The stack creates it.") if place.detail == "It does not exist." else place


def _place(account: Account, name: str) -> Finding:
    """Return whether a bucket is there, in the region of the stack."""
    region = account.settings.region
    move = f"Take a bucket in {region}."
    try:
        info = account.ask_oss("oss:GetBucketInfo", account.bucket(name).get_bucket_info)
    except DeployError as error:
        if error.code == _MISSING:
            return no("It does not exist.", "Correct its name, or create it.")
        if error.code == "AccessDeniedByRegion" or _ELSEWHERE in error.message:
            return no("It is in another region.", move)
        raise
    if info.location != f"oss-{region}":
        return no(f"It is in {info.location}.", move)
    return yes()


def _is_there(account: Account, name: str) -> bool:
    try:
        return _place(account, name).answer == "yes"
    except DeployError:
        return False


def _versioning(account: Account, name: str) -> Finding:
    found = account.ask_oss("oss:GetBucketVersioning", account.bucket(name).get_bucket_versioning)
    if found.status == "Suspended":
        return no(
            "It is suspended: the function neither gets a refusal to overwrite nor versions.",
            "Enable it, or take another bucket (docs/operations.md, Buckets with versioning).",
        )
    if found.status == "Enabled":
        return yes("It is enabled, which works and costs more requests (docs/operations.md).")
    return yes()


def _worm(account: Account, name: str) -> Finding:
    try:
        found = account.ask_oss("oss:GetBucketWorm", account.bucket(name).get_bucket_worm)
    except DeployError as error:
        if error.code == "NoSuchWORMConfiguration":
            return yes()
        raise
    if found.state == "Expired":
        return yes()
    return no(
        f"One of {found.retention_period_days} days is {found.state}: entries of the backlog cannot"
        " be deleted.",
        "Take another bucket for manifests and state.",
    )


def _lifecycle(account: Account, name: str) -> Finding:
    try:
        found = account.ask_oss("oss:GetBucketLifecycle", account.bucket(name).get_bucket_lifecycle)
    except DeployError as error:
        if error.code == "NoSuchLifecycle":
            return yes()
        raise
    locks = f"{account.parameters['StatePrefix']}locks/"
    own = (account.parameters["StatePrefix"], account.parameters["ManifestPrefix"])
    bad = [
        rule
        for rule in found.rules
        if _takes_away(rule) and _touches(rule.prefix or "", own) and rule.prefix != locks
    ]
    if not bad:
        return yes()
    names = ", ".join(rule.id or "(no name)" for rule in bad)
    return no(
        f"These delete or archive such objects: {names}.",
        f"Limit them to other prefixes than {own[0]} and {own[1]}.",
    )


def _takes_away(rule: Any) -> bool:
    """Return whether a rule deletes current objects, or makes them unreadable."""
    expires = rule.expiration is not None and any(
        (rule.expiration.days, rule.expiration.date, rule.expiration.created_before_date)
    )
    moves = (each.storage_class for each in rule.storage_transitions or ())
    return rule.status == "Enabled" and (expires or any(each in _ARCHIVES for each in moves))


def _touches(prefix: str, own: tuple[str, ...]) -> bool:
    return any(one.startswith(prefix) or prefix.startswith(one) for one in own)


def _prefix(account: Account, bucket: str, prefix: str) -> Finding:
    here = [each for each in oss_triggers(account) if each.source.rpartition(":")[2] == bucket]
    same = [f"{each.name} of {each.function}" for each in here if _overlaps(each, prefix)]
    if same:
        return no(f"These do: {', '.join(same)}.", "Delete them, or set another TicketPrefix here.")
    if len(here) >= _MOST_TRIGGERS and account.stack is None:
        return no(
            f"None does, but the bucket has {len(here)} OSS triggers, and may have ten.",
            "Delete one, or take another bucket.",
        )
    if account.has_more_functions:
        return unknown(f"Only {len(account.functions)} functions were looked at; none of them.")
    return yes()


def _overlaps(trigger: FoundTrigger, prefix: str) -> bool:
    """Return whether a trigger and ours, which has no suffix, cannot be there together."""
    key = (trigger.config.get("filter") or {}).get("key") or {}
    other = str(key.get("prefix", ""))
    created = any("ObjectCreated" in str(each) for each in trigger.config.get("events") or ())
    return created and (other.startswith(prefix) or prefix.startswith(other))
