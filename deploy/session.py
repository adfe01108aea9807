"""What every command works with, and the one place where questions are asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.errors import DeployError
from deploy.explain import explain_reason
from deploy.follow import Follower
from deploy.reading import Outline
from deploy.ros import Change, Ros, Stack
from deploy.settings import Settings


@dataclass(frozen=True)
class Session:
    """One run of a command."""

    settings: Settings
    ros: Ros
    console: Console
    assume_yes: bool

    def say(self, text: str, style: str = "") -> None:
        """Print a line; nothing in it is markup."""
        self.console.print(Text(text, style), soft_wrap=True)

    def confirm(self, question: str) -> None:
        """Return if the answer is yes, raising DeployError otherwise."""
        if self.assume_yes:
            self.say(f"{question} Yes, as told by --yes.")
            return
        if not sys.stdin.isatty():
            raise DeployError(
                f"{question} There is nobody to ask, so nothing was changed.",
                "Look at what is listed, and give --yes if it is wanted.",
            )
        if self.console.input(Text(f"{question} [y/N] ")).strip().lower() not in {"y", "yes"}:
            raise DeployError("Nothing was changed, as you said.")

    def stack(self) -> Stack:
        """Return the stack, raising DeployError if there is none."""
        found = self.ros.find(self.settings.name)
        if found is None:
            raise DeployError(
                f"There is no stack {self.settings.name} in {self.settings.region}.",
                "Check NAME and REGION, or run make deploy first.",
            )
        return found

    def follow(self, stack: Stack | None, stack_id: str = "") -> Stack | None:
        """Show what happens from now on until the stack is still."""
        follower = Follower(self.ros, self.settings, self.console)
        if stack is not None:
            follower.begin_after(stack)
        return self.watch(follower, stack_id or (stack.id if stack else ""))

    def watch(self, follower: Follower, stack_id: str) -> Stack | None:
        """Wait for the end and explain a failure by the resource that failed first."""
        ended = follower.wait(stack_id)
        if ended is None or (ended.status.endswith("_COMPLETE") and "ROLLBACK" not in ended.status):
            return ended
        first = next((event for event in follower.failures if event.resource != ended.name), None)
        reason = first.reason if first else ended.reason
        where = f"{first.resource} ({first.type})" if first else "the stack"
        known = explain_reason(reason, self.settings.keys)
        what = f"{where} failed, and the stack is {ended.status}."
        if known:
            raise DeployError(f"{what} {known.what}", f"{known.remedy} {_next(ended)}")
        raise DeployError(f"{what} {self.settings.keys.redact(reason)}", _next(ended))

    def show_changes(self, changes: Sequence[Change]) -> None:
        """Print what would happen to each resource."""
        table = Table("resource", "type", "what happens", title_justify="left", box=None)
        for change in changes:
            words, style = _words(change)
            table.add_row(change.resource, change.type, Text(words, style))
        self.console.print(table)

    def show_parameters(self, stack: Stack, wanted: dict[str, str], outline: Outline) -> None:
        """Print which parameters have other values now."""
        shown = outline.shown(wanted)
        for name in sorted(shown):
            before = stack.parameters.get(name, "")
            if before != shown[name]:
                self.say(f"  {name}: {before or '(empty)'} -> {shown[name] or '(empty)'}")

    def show_outputs(self, stack: Stack) -> None:
        """Print what a user of the stack needs to know."""
        for name in sorted(stack.outputs):
            self.say(f"  {name:<22} {stack.outputs[name]}")


def _next(stack: Stack) -> str:
    if stack.dead:
        return "Then run make deploy again: it offers to delete what is left, and creates anew."
    if stack.status.startswith("DELETE"):
        return "Then run make destroy again."
    if stack.status == "ROLLBACK_FAILED":
        return "Taking the update back failed, too: continue the rollback in the ROS console first."
    return "What ran before still runs; correct it and run make deploy again."


def _words(change: Change) -> tuple[str, str]:
    if change.action == "Remove":
        return "is deleted", "red"
    if change.replacement == "True":
        return "is deleted and made anew", "red"
    if change.replacement == "Conditional":
        return "may be deleted and made anew", "yellow"
    return ("is made", "green") if change.action == "Add" else ("is changed", "yellow")
