"""Which calls the adapters make, and whether the role of the functions allows just those."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import oss2

from deploy.template import Resolved, Template
from mps_manifest.adapters.production_api import _PRODUCTS
from tests.template.given import CODE, PARAMETERS

ADAPTERS = CODE / "mps_manifest/adapters"

OSS_ACTIONS = {
    "head_object": "oss:GetObject",
    "get_object": "oss:GetObject",
    "list_objects_v2": "oss:ListObjects",
    "put_object": "oss:PutObject",
    "delete_object": "oss:DeleteObject",
    "get_bucket_versioning": "oss:GetBucketVersioning",
    "list_object_versions": "oss:ListObjectVersions",
}
"""Methods of oss2.Bucket and what RAM calls them."""

OSS_ACTIONS_OF_VERSIONS = {
    "read_version": "oss:GetObjectVersion",
    "withdraw": "oss:DeleteObjectVersion",
}
"""Methods of OssStore that name a version, which RAM tells apart."""

OF_THE_PLATFORM = {
    "log:PostLogStoreLogs",  # the functions' LogConfig
    "mns:SendMessage",  # the on-failure destination of asynchronous calls
}

NO_RESOURCE_LEVEL = {
    "mts:QueryIProductionJob",
    "ice:QueryIProductionJob",
    "fnf:ReportTaskSucceeded",
    "fnf:ReportTaskFailed",
}


def _tree(name: str) -> ast.Module:
    return ast.parse((ADAPTERS / name).read_text(encoding="utf-8"))


def bucket_methods(tree: ast.AST) -> set[str]:
    """Return the methods of oss2.Bucket that are used on anything but the adapter itself."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "oss2"})
        and callable(getattr(oss2.Bucket, node.attr, None))
    }


def version_methods(tree: ast.AST) -> set[str]:
    """Return the functions that name a version in a request."""
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and node.value == "versionId"
    }


def api_actions(tree: ast.AST) -> set[str]:
    """Return the RAM actions of the requests that are made of literal action names."""
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr == "_report":
            found |= {f"fnf:{text}" for text in _texts(node.args[:1])}
        if node.func.attr == "_request":
            products = _texts(node.args[:1]) or [product for product, _ in _PRODUCTS.values()]
            found |= {f"{one}:{text}" for one in products for text in _texts(node.args[2:])}
    return found


def topic_actions(tree: ast.AST) -> set[str]:
    """Return the RAM action of publishing, if anything is posted to a topic."""
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    return {"mns:PublishMessage"} if {"POST", "/messages"} <= texts else set()


def _texts(nodes: Iterable[ast.expr]) -> list[str]:
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def needed() -> set[str]:
    """Return the actions that the code and the platform call with the role of the functions."""
    oss = _tree("oss.py")
    return (
        {OSS_ACTIONS[method] for method in bucket_methods(oss)}
        | {OSS_ACTIONS_OF_VERSIONS[method] for method in version_methods(oss)}
        | api_actions(_tree("production_api.py"))
        | topic_actions(_tree("mns.py"))
        | OF_THE_PLATFORM
    )


def _resources(stack: Resolved, allowed: list[str]) -> dict[str, set[str]]:
    """Return exactly what each action may be allowed on."""
    chosen, at = (
        stack.parameters,
        f"{stack.pseudo['ALIYUN::Region']}:" + (stack.pseudo["ALIYUN::TenantId"]),
    )
    home = f"acs:oss:*:*:{chosen['Bucket']}"
    state = f"{home}/{chosen['StatePrefix']}*"
    own = {f"{home}/{chosen['ManifestPrefix']}*", state}
    logs = f"project/{stack.outputs['LogProject']}/logstore/{stack.outputs['Logstore']}"
    return {
        "oss:GetObject": own | {f"acs:oss:*:*:{bucket}/*" for bucket in allowed},
        "oss:PutObject": own,
        "oss:GetObjectVersion": own,
        "oss:DeleteObjectVersion": own,
        "oss:DeleteObject": {state},
        "oss:ListObjects": {home} | {f"acs:oss:*:*:{bucket}" for bucket in allowed},
        "oss:ListObjectVersions": {home},
        "oss:GetBucketVersioning": {home},
        "log:PostLogStoreLogs": {f"acs:log:{at}:{logs}"},
        "mns:PublishMessage": {f"acs:mns:{at}:/topics/{chosen['AnnounceTopic']}/messages"},
        "mns:SendMessage": {f"acs:mns:{at}:/queues/{stack.outputs['FailureQueueName']}/messages"},
        **{action: {"*"} for action in NO_RESOURCE_LEVEL},
    }


def function_role(template: Template) -> list[str]:
    """Find where the role of the functions allows too little, too much or too widely."""
    given = {**PARAMETERS, "AllowedBuckets": "results,tickets", "AnnounceTopic": "manifests"}
    stack = template.resolve(given)
    granted: dict[str, set[str]] = {}
    for statement in stack.role_statements("FunctionRole"):
        for action in statement.actions:
            granted.setdefault(action, set()).update(statement.resources)
    expected = _resources(stack, ["results", "tickets"])
    problems = [f"{action} is needed but not allowed" for action in needed() - granted.keys()]
    problems += [f"{action} is allowed but never called" for action in granted.keys() - needed()]
    for action in granted.keys() & expected.keys():
        for arn in granted[action] ^ expected[action]:
            more = arn in granted[action]
            problems.append(f"{action} is {'' if more else 'not '}allowed on {arn}")
    return problems + _unconditional_lists(stack)


def _unconditional_lists(stack: Resolved) -> list[str]:
    """Find lists of the home bucket that reach beyond the two prefixes."""
    chosen = stack.parameters
    wanted = {f"{chosen['ManifestPrefix']}*", f"{chosen['StatePrefix']}*"}
    return [
        f"{', '.join(statement.actions)}: the prefix is not limited to {sorted(wanted)}"
        for statement in stack.role_statements("FunctionRole")
        if any("List" in action for action in statement.actions)
        and any(arn.endswith(f":{chosen['Bucket']}") for arn in statement.resources)
        and set(statement.condition.get("StringLike", {}).get("oss:Prefix", [])) != wanted
    ]


def calling_roles(template: Template) -> list[str]:
    """Find where the roles of triggers and flow allow more than to call the function."""
    stack = template.resolve(PARAMETERS)
    at = f"{stack.pseudo['ALIYUN::Region']}:{stack.pseudo['ALIYUN::TenantId']}"
    arn = f"acs:fc:{at}:functions/{stack.outputs['FunctionName']}"
    problems = []
    for role in ("TriggerRole", "FlowRole"):
        for statement in stack.role_statements(role):
            if statement.actions != ("fc:InvokeFunction",):
                problems.append(f"{role} allows {', '.join(statement.actions)}")
            problems += [
                f"{role} may call {other}"
                for other in statement.resources
                if other not in {arn, f"{arn}/*"}
            ]
    return problems


def trust(template: Template) -> list[str]:
    """Find roles that others than the services in question can assume."""
    stack = template.resolve(PARAMETERS)
    wanted = {
        "FunctionRole": {"fc.aliyuncs.com"},
        "TriggerRole": {"oss.aliyuncs.com", "mns.aliyuncs.com"},
        "FlowRole": {"fnf.aliyuncs.com"},
    }
    problems = []
    for name, resource in stack.resources.items():
        if resource.type != "ALIYUN::RAM::Role":
            continue
        statements = resource.properties["AssumeRolePolicyDocument"]["Statement"]
        who = {service for one in statements for service in one["Principal"].get("Service", [])}
        others = [one for one in statements if set(one["Principal"]) != {"Service"}]
        if who != wanted.get(name) or others:
            problems.append(f"{name} can be assumed by {sorted(who)}")
    return problems
