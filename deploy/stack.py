"""The commands about the stack: plan, deploy, rollback, destroy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from deploy.errors import DeployError
from deploy.follow import Follower
from deploy.reading import Outline, outline
from deploy.records import Records
from deploy.ros import Stack
from deploy.session import Session
from deploy.settings import Settings
from deploy.uploads import CodeBucket, Zip, zips_of


def plan(session: Session) -> None:
    """Tell what deploying would change, and change nothing."""
    template, shape = _template(session.settings)
    zips = zips_of(session.settings)
    wanted = _parameters(session.settings, shape, zips)
    session.ros.validate(template)
    stack = session.ros.find(session.settings.name)
    if stack is None or stack.dead:
        if stack:
            session.say(f"The stack is {stack.status}: it would be deleted and created anew.")
        changes = session.ros.preview(template, wanted, name=session.settings.name)
    else:
        changes = session.ros.preview(template, wanted, stack_id=stack.id)
        session.show_parameters(stack, wanted, shape)
    if not changes:
        session.say("No changes.", "green")
        return
    session.show_changes(changes)
    session.say("Nothing was changed; make deploy does it.")


def deploy(session: Session, *, create_code_bucket: bool = False) -> None:
    """Bring the stack to what the template, the parameters and the zips say."""
    template, shape = _template(session.settings)
    zips = zips_of(session.settings)
    wanted = _parameters(session.settings, shape, zips)
    session.ros.validate(template)
    with _code_bucket(session.settings) as bucket:
        if bucket.ensure(create=create_code_bucket):
            session.say(f"Created the private bucket {session.settings.code_bucket}.")
        stack = _settled(session)
        for each in filter(None, zips.values()):
            done = "uploaded" if bucket.upload(each.key, each.path) else "is there already"
            session.say(f"{each.key} {done}")
        records = Records(bucket, session.settings.name)
        key = records.save_template(template)
        ended = _bring(session, stack, template, wanted)
        records.add(key, shape.shown(wanted))
    session.show_outputs(ended)


def rollback(session: Session, to: str = "") -> None:
    """Go back to the deployment before the one that runs, or to a named one."""
    stack = session.stack()
    with _code_bucket(session.settings) as bucket:
        records = Records(bucket, session.settings.name)
        record = records.named(to) if to else records.before_the_running_one()
        gone = records.missing_zips(record)
        if gone:
            raise DeployError(
                f"{', '.join(gone)} is gone from the code bucket.",
                "Check out that version and run make deploy.",
            )
        template = records.template_of(record)
        shape = outline(template)
        secret = {
            name: value
            for name, value in session.settings.parameters.items()
            if name in shape.secret
        }
        wanted = {**record.parameters, **secret}
        session.say(f"Back to the deployment of {record.deployed_at}:")
        session.show_parameters(stack, wanted, shape)
        session.confirm("Go back to it?")
        settled = _settled(session)
        ended = _bring(session, settled, template, wanted, back=True)
        records.add(record.template, record.parameters, of=record.stands_for)
    session.show_outputs(ended)


def destroy(session: Session) -> None:
    """Delete the stack; buckets stay."""
    stack = session.stack()
    retained = outline(session.ros.template(stack.id)).retained
    bucket = stack.outputs.get("BucketName", "")
    session.say(f"All resources of the stack {stack.name} in {session.settings.region} go.")
    if bucket or retained:
        session.say(f"The bucket {bucket or ', '.join(retained)} with all manifests stays.")
    session.say("The code bucket with its zips and records stays, too.")
    session.confirm(f"Delete the stack {stack.name}?")
    _delete(session, stack)
    session.say(f"The stack {stack.name} is deleted.", "green")


def _template(settings: Settings) -> tuple[str, Outline]:
    try:
        text = settings.place.template.read_text(encoding="utf-8")
    except OSError:
        raise DeployError(
            f"{settings.place.template.name} cannot be read.", "Is it there?"
        ) from None
    return text, outline(text)


def _parameters(
    settings: Settings, shape: Outline, zips: Mapping[str, Zip | None]
) -> dict[str, str]:
    """Return the parameters to deploy with, raising DeployError for names nobody knows."""
    objects = {name: each.key for name, each in zips.items() if each}
    wanted = {**settings.parameters, **objects}
    unknown = sorted(set(settings.parameters) - shape.parameters)
    missing = sorted(shape.required - set(wanted))
    if unknown or missing:
        said = [f"{', '.join(unknown)} is no parameter of the template"] if unknown else []
        said += [f"{', '.join(missing)} is required"] if missing else []
        raise DeployError(
            f"{'; '.join(said)}.", "Correct the settings file; docs/deploy.md lists all parameters."
        )
    known = {name: value for name, value in wanted.items() if name in shape.parameters}
    return shape.completed(known)


@contextmanager
def _code_bucket(settings: Settings) -> Iterator[CodeBucket]:
    bucket = CodeBucket(settings)
    try:
        yield bucket
    finally:
        bucket.close()


def _settled(session: Session) -> Stack | None:
    """Return the stack at rest: waits for what is under way, and clears away what is dead."""
    stack = session.ros.find(session.settings.name)
    if stack is not None and stack.busy:
        session.say(f"The stack is {stack.status}: waiting for that first.")
        stack = Follower(session.ros, session.settings, session.console).wait(stack.id)
    if stack is not None and stack.dead:
        session.say(f"The stack is {stack.status}, which no update can mend.")
        session.confirm(f"Delete the failed stack {stack.name} and create it anew?")
        _delete(session, stack)
        return None
    return None if stack is None or stack.gone else stack


def _bring(
    session: Session,
    stack: Stack | None,
    template: str,
    wanted: Mapping[str, str],
    *,
    back: bool = False,
) -> Stack:
    """Create or update, and wait for the end; going `back` was asked for and keeps secrets."""
    if stack is None:
        session.say(f"Creating the stack {session.settings.name} in {session.settings.region}.")
        stack_id = session.ros.create(session.settings.name, template, wanted)
        return _alive(session.follow(None, stack_id))
    changes = [] if back else session.ros.preview(template, wanted, stack_id=stack.id)
    if any(change.destroys for change in changes):
        session.show_changes(changes)
        session.confirm("Replace or delete what is listed so?")
    follower = Follower(session.ros, session.settings, session.console)
    follower.begin_after(stack)
    if not session.ros.update(stack.id, template, wanted, keep=back):
        session.say("No changes: the stack is as wanted.", "green")
        return stack
    session.say(f"Updating the stack {stack.name} in {session.settings.region}.")
    return _alive(session.watch(follower, stack.id))


def _delete(session: Session, stack: Stack) -> None:
    follower = Follower(session.ros, session.settings, session.console)
    follower.begin_after(stack)
    session.ros.delete(stack.id)
    session.watch(follower, stack.id)


def _alive(stack: Stack | None) -> Stack:
    if stack is None:
        raise DeployError("The stack is gone: somebody deleted it meanwhile.", "Deploy anew.")
    return replace(stack)
