"""Checks of the account itself: region, services, and the instances that are left."""

from __future__ import annotations

from collections.abc import Iterator

from deploy import rpc
from deploy.account import Account
from deploy.errors import DeployError
from deploy.findings import Finding, asked, no, unknown, yes
from deploy.log_reader import count_projects
from deploy.parameter_checks import QUOTAS, RESERVED

_LARGEST_PAGE = 100


def check_services(account: Account) -> Iterator[Finding]:
    """Yield whether the services are there that the stack needs."""
    region = account.settings.region
    yield asked("region", f"{region} is a region of ROS", lambda: _region(account))
    yield asked("oss", "OSS is activated", lambda: _oss(account))
    yield asked("fc", "Function Compute is activated", lambda: _functions(account))
    yield asked("mns", "Message Service (MNS) is activated", lambda: _mns(account))
    yield asked("sls", "Log Service is activated", lambda: _logs(account))
    yield asked("jobs", "The service of the jobs is activated", lambda: _jobs(account))
    if account.parameters["CloudFlow"] == "true":
        yield asked("fnf", "CloudFlow is activated", lambda: _flows(account))
    if account.parameters["EventBridge"] == "true":
        yield asked("eventbridge", "EventBridge is activated", lambda: _eventbridge(account))
    yield asked(
        "instances", "Enough instances can be reserved in the region", lambda: _instances(account)
    )


def _region(account: Account) -> Finding:
    if account.settings.region in account.ros.regions():
        return yes()
    return no("ROS does not list it.", "Correct REGION, or region in deploy.ini.")


def _oss(account: Account) -> Finding:
    bucket = account.bucket(account.parameters["Bucket"])
    try:
        account.ask_oss("oss:GetBucketInfo", bucket.get_bucket_info)
    except DeployError as error:
        if error.code != "NoSuchBucket":
            raise
    return yes()


def _functions(account: Account) -> Finding:
    return yes(f"Functions in the region: {len(account.functions)}.")


def _mns(account: Account) -> Finding:
    answer = rpc.ask(account.settings, rpc.MNS, "ListQueue", PageNum=1, PageSize=1)
    if answer.get("Success") is False:
        return unknown(f"ListQueue answered {answer.get('Code')}.")
    return yes()


def _logs(account: Account) -> Finding:
    return yes(f"Log projects in the region: {count_projects(account.settings)}.")


def _jobs(account: Account) -> Finding:
    if account.parameters["JobApi"] == "ims":
        rpc.ask(account.settings, rpc.ICE, "GetEventCallback")
        return yes("IMS answers.")
    rpc.ask(account.settings, rpc.MTS, "SearchPipeline", PageNumber=1, PageSize=1)
    return yes("MPS answers.")


def _flows(account: Account) -> Finding:
    rpc.ask(account.settings, rpc.FNF, "ListFlows", Limit=1)
    return yes()


def _eventbridge(account: Account) -> Finding:
    """Its own calls would need more rights; a trigger of it is a sign that is as good."""
    if account.stack is None:
        return unknown("The first deployment shows it: activate it in its console before.")
    triggers = account.triggers(account.stack.outputs.get("FunctionName", ""))
    if any(each.type == "eventbridge" for each in triggers):
        return yes("The trigger of the queue is there.")
    return unknown("The trigger of the queue is not there.")


def _instances(account: Account) -> Finding:
    """Compare with the quotas of the manual's editions, since none of its calls tells the quota."""
    limits = account.limits()
    others = sum(limit for name, limit in limits.items() if not account.is_own(name))
    wanted = int(account.parameters["MaxInstances"]) + 1
    smallest, largest = (int(quota * RESERVED) for quota in QUOTAS)
    found = f"{others} are reserved by other functions, {wanted} by the stack."
    if others + wanted <= smallest:
        return yes(found)
    if others + wanted <= largest:
        return unknown(
            f"{found} 90 % of the quota may be; it is 100 or 300, and the Quota Center shows yours."
        )
    return no(found, "Lower MaxInstances, or request a higher quota in the Quota Center.")
