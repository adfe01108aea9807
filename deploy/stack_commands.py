"""The commands for the stack: plan, deploy, rollback, destroy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace

from deploy.code_bucket import CodeBucket
from deploy.command_context import CommandContext
from deploy.concurrency_limits import keep_in_force
from deploy.deployment_history import OBJECTS, DeploymentHistory
from deploy.errors import CORRECT_SETTINGS, DeployError
from deploy.manifest_bucket import stands_in_the_way
from deploy.parameter_checks import check_parameters
from deploy.ros import TEMPORARY, Change, Stack
from deploy.settings import Settings
from deploy.stack_watcher import StackWatcher
from deploy.template_outline import TemplateOutline, read_outline
from deploy.wanted_zips import Zip, wanted_zips

_UNNAMED = "not-built-yet.zip"
# Errors that say nothing about what ROS thinks of the stack
_NOT_ABOUT_THE_STACK = (
    *("Forbidden", "NoPermission", "AccessDenied", "Unauthorized", "ImplicitDeny", "ExplicitDeny"),
    *TEMPORARY,
)


def plan(context: CommandContext) -> None:
    """Print what deploying would change."""
    template, outline = _template(context.settings)
    _check(context, outline)
    zips = wanted_zips(context.settings, context.say)
    wanted = _parameters(context.settings, outline, zips)
    context.ros.validate(template)
    stack = context.ros.find(context.settings.name)
    changes = _planned(context, stack, template, wanted)
    if stands_in_the_way(context.settings, stack, wanted):
        context.say(
            f"The bucket {wanted['Bucket']} exists already: set BucketExists = true to use it.",
            "yellow",
        )
    if stack and not stack.dead:
        context.show_parameters(stack, wanted, outline)
    if not changes:
        context.say("No changes.", "green")
        return
    context.show_changes(changes)
    context.say("Nothing was changed. Run make deploy to apply the changes.")


def _planned(
    context: CommandContext, stack: Stack | None, template: str, wanted: Mapping[str, str]
) -> list[Change]:
    """Return what deploying would change, raising DeployError while somebody changes the stack."""
    if stack and stack.busy:
        raise DeployError(
            f"The stack is {stack.status}: another deployment is in progress.",
            "Run make plan again when it is finished; make deploy would wait for it.",
        )
    if stack and not stack.dead and not stack.unfinished:
        return context.ros.preview(template, wanted, stack_id=stack.id)
    # ROS refuses to preview a new stack under the name of one that exists
    name = f"{context.settings.name}-plan-{secrets.token_hex(4)}" if stack else None
    changes = context.ros.preview(template, wanted, name=name or context.settings.name)
    if stack is None:
        return changes
    if stack.dead:
        context.say(f"The stack is {stack.status}: it would be deleted and created again.")
        return changes
    context.say(f"The stack is {stack.status}: its creation would go on with what is missing.")
    there = context.ros.completed(stack.id)
    return [change for change in changes if change.resource not in there]


def deploy(context: CommandContext, *, create_code_bucket: bool = False) -> None:
    """Create or update the stack with the template, the parameters and the packages."""
    template, outline = _template(context.settings)
    _check(context, outline)
    zips = wanted_zips(context.settings, context.say)
    wanted = _parameters(context.settings, outline, zips)
    context.ros.validate(template)
    with _code_bucket(context.settings) as bucket:
        if bucket.ensure(create=create_code_bucket):
            context.say(f"Created the private bucket {context.settings.code_bucket}.")
        stack = _ready_stack(context)
        if stands_in_the_way(context.settings, stack, wanted):
            context.say(f"The bucket {wanted['Bucket']} exists already, as after make destroy.")
            context.confirm("Use it as it is (BucketExists = true)?")
            wanted["BucketExists"] = "true"
            context.say("Set BucketExists = true in the settings file, too.")
        _check_named(bucket, {wanted[name] for name, each in zips.items() if each is None})
        for each in filter(None, zips.values()):
            done = "was uploaded" if bucket.upload(each.key, each.path) else "exists already"
            context.say(f"{each.key} {done}")
        records = DeploymentHistory(bucket, context.settings.name)
        key = records.save_template(template)
        deployed = _create_or_update(context, stack, template, wanted)
        records.add(key, outline.shown(wanted))
    keep_in_force(context.settings, deployed, context.say)
    context.show_outputs(deployed)


def rollback(context: CommandContext, to: str = "") -> None:
    """Restore the deployment before the active one, or a named one."""
    stack = context.stack()
    with _code_bucket(context.settings) as bucket:
        records = DeploymentHistory(bucket, context.settings.name)
        record = records.named(to) if to else records.previous()
        deleted = records.missing_zips(record)
        if deleted:
            raise DeployError(
                f"Packages were deleted from the code bucket: {', '.join(deleted)}.",
                "Check out that version and run make deploy.",
            )
        template = records.template_of(record)
        outline = read_outline(template)
        secret = {
            name: value
            for name, value in context.settings.parameters.items()
            if name in outline.secret
        }
        wanted = {**record.parameters, **secret}
        context.say(f"The deployment of {record.deployed_at} is restored. Parameters that change:")
        context.show_parameters(stack, wanted, outline)
        context.confirm("Restore this deployment?")
        ready = _ready_stack(context)
        deployed = _create_or_update(context, ready, template, wanted, rollback=True)
        records.add(record.template, record.parameters, rollback_of=record.restored_key)
    keep_in_force(context.settings, deployed, context.say)
    context.show_outputs(deployed)


def destroy(context: CommandContext) -> None:
    """Delete the stack; the buckets stay."""
    stack = context.stack()
    retained = read_outline(context.ros.template(stack.id)).retained
    bucket = stack.outputs.get("BucketName", "")
    context.say(
        f"All resources of the stack {stack.name} in {context.settings.region} will be deleted."
    )
    if bucket or retained:
        context.say(f"The bucket {bucket or ', '.join(retained)} with all manifests stays.")
        context.say("A later deployment can use it with BucketExists = true.")
    context.say("The code bucket with its packages and records stays, too.")
    context.confirm(f"Delete the stack {stack.name}?")
    context.delete(stack)
    context.say(f"The stack {stack.name} was deleted.", "green")


def _template(settings: Settings) -> tuple[str, TemplateOutline]:
    try:
        text = settings.workspace.template.read_text(encoding="utf-8")
    except OSError:
        raise DeployError(
            f"{settings.workspace.template} cannot be read.", "Check --template."
        ) from None
    return text, read_outline(text)


def _check(context: CommandContext, outline: TemplateOutline) -> None:
    """Raise DeployError for unknown, missing and wrong parameters; packages are named later."""
    given = set(context.settings.parameters)
    unknown = sorted(given - outline.parameters)
    missing = sorted(outline.required - given - set(OBJECTS))
    if unknown or missing:
        problems = [f"Not parameters of the template: {', '.join(unknown)}."] if unknown else []
        problems += [f"Required, but not set: {', '.join(missing)}."] if missing else []
        raise DeployError(" ".join(problems), CORRECT_SETTINGS)
    unnamed = dict.fromkeys(OBJECTS, _UNNAMED)
    wanted = outline.completed({**unnamed, **context.settings.parameters})
    known = {name: value for name, value in wanted.items() if name in outline.parameters}
    for remark in check_parameters(outline, known):
        context.say(remark, "yellow")


def _parameters(
    settings: Settings, outline: TemplateOutline, zips: Mapping[str, Zip | None]
) -> dict[str, str]:
    """Return the parameters of the deployment."""
    objects = {name: each.key for name, each in zips.items() if each}
    wanted = {**settings.parameters, **objects}
    known = {name: value for name, value in wanted.items() if name in outline.parameters}
    return outline.completed(known)


def _check_named(bucket: CodeBucket, keys: AbstractSet[str]) -> None:
    """Raise DeployError for a package that was named in the settings and is not there."""
    missing = bucket.missing(sorted(keys - {""}))
    if missing:
        raise DeployError(
            f"Packages are not in the code bucket: {', '.join(missing)}.",
            "Upload them, or leave their parameters out to have them built.",
        )


@contextmanager
def _code_bucket(settings: Settings) -> Iterator[CodeBucket]:
    bucket = CodeBucket(settings)
    try:
        yield bucket
    finally:
        bucket.close()


def _ready_stack(context: CommandContext) -> Stack | None:
    """Return the stack, or None, after waiting for its action and deleting a failed one."""
    stack = context.ros.find(context.settings.name)
    if stack is not None and stack.busy:
        context.say(f"The stack is {stack.status}: waiting until that is finished.")
        stack = StackWatcher(context.ros, context.settings, context.console).wait(stack.id)
    if stack is not None and stack.dead:
        context.say(f"The stack is {stack.status} and cannot be updated.")
        context.confirm(f"Delete the failed stack {stack.name} and create it again?")
        context.delete(stack)
        return None
    return None if stack is None or stack.gone else stack


def _create_or_update(
    context: CommandContext,
    stack: Stack | None,
    template: str,
    wanted: Mapping[str, str],
    *,
    rollback: bool = False,
) -> Stack:
    """Create or update the stack, and wait; a rollback keeps secrets and asks nothing more."""
    if stack is not None and stack.unfinished:
        resumed = _resume(context, stack, template, wanted)
        if resumed is not None:
            return resumed
        stack = None
    if stack is None:
        context.say(f"Creating the stack {context.settings.name} in {context.settings.region}.")
        stack_id = context.ros.create(context.settings.name, template, wanted)
        return _existing(context.follow(None, stack_id))
    changes = [] if rollback else context.ros.preview(template, wanted, stack_id=stack.id)
    if any(change.destroys for change in changes):
        context.show_changes(changes)
        context.confirm("Delete or replace these resources?")
    watcher = StackWatcher(context.ros, context.settings, context.console)
    watcher.begin_after(stack)
    if not context.ros.update(stack.id, template, wanted, keep=rollback):
        context.say("No changes: the stack is up to date.", "green")
        return stack
    context.say(f"Updating the stack {stack.name} in {context.settings.region}.")
    return _existing(context.watch(watcher, stack.id))


def _resume(
    context: CommandContext, stack: Stack, template: str, wanted: Mapping[str, str]
) -> Stack | None:
    """Continue a creation that failed, and wait; returns None if it had to be deleted."""
    context.say(f"The stack is {stack.status}: going on with what is missing.")
    watcher = StackWatcher(context.ros, context.settings, context.console)
    watcher.begin_after(stack)
    try:
        context.ros.resume(stack, template, wanted)
    except DeployError as error:
        if not error.code or error.code.startswith(_NOT_ABOUT_THE_STACK):
            raise
        context.say(f"ROS does not go on with it: {error.what}")
        context.confirm(f"Delete the unfinished stack {stack.name} and create it again?")
        context.delete(stack)
        return None
    return _existing(context.watch(watcher, stack.id))


def _existing(stack: Stack | None) -> Stack:
    if stack is None:
        raise DeployError("The stack was deleted meanwhile.", "Run make deploy to create it again.")
    return replace(stack)
