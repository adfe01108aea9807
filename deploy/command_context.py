"""What every command needs: settings, ROS, the console, and questions to the user."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.errors import DeployError
from deploy.ros import Change, Ros, Stack
from deploy.service_errors import explain_reason
from deploy.settings import Settings
from deploy.stack_watcher import StackWatcher
from deploy.template_outline import TemplateOutline


@dataclass(frozen=True)
class CommandContext:
    """The settings, ROS and the console of a command."""

    settings: Settings
    ros: Ros
    console: Console
    assume_yes: bool

    def say(self, text: str, style: str = "") -> None:
        """Print a line of plain text, without markup."""
        self.console.print(Text(text, style), soft_wrap=True)

    def confirm(self, question: str) -> None:
        """Ask the user, raising DeployError unless the answer is yes."""
        if self.assume_yes:
            self.say(f"{question} Yes (--yes).")
            return
        if not sys.stdin.isatty():
            raise DeployError(
                f"{question} There is no terminal for the answer, so nothing was changed.",
                "Check the changes above, then run the command again with --yes.",
            )
        if self.console.input(Text(f"{question} [y/N] ")).strip().lower() not in {"y", "yes"}:
            raise DeployError("Nothing was changed.")

    def stack(self) -> Stack:
        """Return the stack, raising DeployError if there is none."""
        found = self.ros.find(self.settings.name)
        if found is None:
            raise DeployError(
                f"The stack {self.settings.name} does not exist in {self.settings.region}.",
                "Check NAME and REGION, or run make deploy first.",
            )
        return found

    def follow(self, stack: Stack | None, stack_id: str = "") -> Stack | None:
        """Print the stack's events from now on, until no action is in progress."""
        watcher = StackWatcher(self.ros, self.settings, self.console)
        if stack is not None:
            watcher.begin_after(stack)
        return self.watch(watcher, stack_id or (stack.id if stack else ""))

    def delete(self, stack: Stack) -> None:
        """Delete a stack, and wait until it is gone."""
        watcher = StackWatcher(self.ros, self.settings, self.console)
        watcher.begin_after(stack)
        self.ros.delete(stack.id)
        self.watch(watcher, stack.id)

    def watch(self, watcher: StackWatcher, stack_id: str) -> Stack | None:
        """Wait for the end of the action, raising DeployError for the first failed resource."""
        ended = watcher.wait(stack_id)
        if ended is None or (ended.status.endswith("_COMPLETE") and "ROLLBACK" not in ended.status):
            return ended
        first = next((event for event in watcher.failures if event.resource != ended.name), None)
        reason = first.reason if first else ended.reason
        where = f"{first.resource} ({first.type})" if first else "the stack"
        known = explain_reason(reason, self.settings.keys)
        what = f"{where} failed, and the stack is {ended.status}."
        if known:
            raise DeployError(f"{what} {known.what}", f"{known.remedy} {_next(ended)}")
        raise DeployError(f"{what} {self.settings.keys.redact(reason)}", _next(ended))

    def show_changes(self, changes: Sequence[Change]) -> None:
        """Print the change of each resource."""
        table = Table("resource", "type", "change", title_justify="left", box=None)
        for change in changes:
            words, style = _words(change)
            table.add_row(change.resource, change.type, Text(words, style))
        self.console.print(table)

    def show_parameters(
        self, stack: Stack, wanted: dict[str, str], outline: TemplateOutline
    ) -> None:
        """Print the parameters whose values change."""
        shown = outline.shown(wanted)
        for name in sorted(shown):
            before = stack.parameters.get(name, "")
            if before != shown[name]:
                self.say(f"  {name}: {before or '(empty)'} -> {shown[name] or '(empty)'}")

    def show_outputs(self, stack: Stack) -> None:
        """Print the outputs of the stack."""
        for name in sorted(stack.outputs):
            self.say(f"  {name:<22} {stack.outputs[name]}")


def _next(stack: Stack) -> str:
    if stack.unfinished:
        return (
            "Then run make deploy again: it goes on with what is missing. make destroy removes"
            " what was created."
        )
    if stack.dead:
        return (
            "Then run make deploy again: it asks to delete the failed stack, and creates it again."
        )
    if stack.status.startswith("DELETE"):
        return "Then run make destroy again."
    if stack.status == "ROLLBACK_FAILED":
        return "The rollback failed, too: continue it in the ROS console first."
    return "The previous deployment is still active. Correct the error and run make deploy again."


def _words(change: Change) -> tuple[str, str]:
    if change.action == "Remove":
        return "is deleted", "red"
    if change.replacement == "True":
        return "is deleted and created again", "red"
    if change.replacement == "Conditional":
        return "may be deleted and created again", "yellow"
    return ("is created", "green") if change.action == "Add" else ("is changed", "yellow")
