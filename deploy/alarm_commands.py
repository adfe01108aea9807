"""The command for the alarms of the two queues, which are a stack of their own."""

from __future__ import annotations

from pathlib import Path

from deploy.command_context import CommandContext
from deploy.errors import DeployError
from deploy.ros import Stack
from deploy.stack_watcher import StackWatcher

TEMPLATE = Path(__file__).with_name("queue-alarms.yml")


def alarms(context: CommandContext, contacts: str, metric: str) -> None:
    """Create or update the alarms; `metric` is `<namespace>/<name>`.

    Raises DeployError if the stack with the queues does not exist, or ROS refuses the alarms.
    """
    namespace, _, name = metric.partition("/")
    if not contacts or not name:
        raise DeployError(
            "Somebody has to be told, by a metric.",
            "Run make alarms CONTACTS=<contact group of CloudMonitor>.",
        )
    outputs = context.stack().outputs
    parameters = {
        "Name": context.settings.name,
        "DeadLetterQueue": outputs["DeadLetterQueueName"],
        "FailureQueue": outputs["FailureQueueName"],
        "ContactGroup": contacts,
        "Namespace": namespace,
        "MetricName": name,
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    stack = _found(context)
    if stack is not None and (stack.dead or stack.unfinished):  # alarms hold nothing to be kept
        context.delete(stack)
        stack = None
    if stack is None:
        context.follow(None, context.ros.create(_name(context), template, parameters))
        context.say(f"Alarms of both queues go to {contacts}.", "green")
        return
    watcher = StackWatcher(context.ros, context.settings, context.console)
    watcher.begin_after(stack)
    if context.ros.update(stack.id, template, parameters):
        context.watch(watcher, stack.id)
        context.say(f"Alarms of both queues go to {contacts}.", "green")
    else:
        context.say("No changes: the alarms are up to date.", "green")


def forget(context: CommandContext) -> None:
    """Delete the alarms, if there are any: the queues are gone."""
    stack = _found(context)
    if stack is not None:
        context.delete(stack)
        context.say("The alarms of the queues were deleted.", "green")


def _name(context: CommandContext) -> str:
    return f"{context.settings.name}-alarms"


def _found(context: CommandContext) -> Stack | None:
    return context.ros.find(_name(context))
