"""Waits for a stack, and prints its events meanwhile."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from deploy.errors import DeployError
from deploy.ros import TIMEOUT_MINUTES, Event, Ros, Stack
from deploy.settings import Settings

_COLOURS = {"COMPLETE": "green", "FAILED": "red", "PROGRESS": "cyan"}
_LONGEST_MINUTES = TIMEOUT_MINUTES * 2  # including its rollback


class StackWatcher:
    """Prints each event of a stack once; earlier ones are skipped after begin_after()."""

    def __init__(self, ros: Ros, settings: Settings, console: Console) -> None:
        self._ros = ros
        self._settings = settings
        self._console = console
        self._last = ""
        self.failures: list[Event] = []

    def begin_after(self, stack: Stack) -> None:
        """Skip the events up to now."""
        self._last = next((event.id for event in self._ros.events(stack.id)), "")

    def wait(self, stack_id: str) -> Stack | None:
        """Wait until no action is in progress; returns the stack, or None if it was deleted."""
        end = time.monotonic() + _LONGEST_MINUTES * 60
        while time.monotonic() < end:
            stack = self._ros.get(stack_id)
            self._show_new(stack_id)
            if stack is None or not stack.busy:
                return stack
            time.sleep(self._settings.workspace.poll_seconds)
        raise DeployError(
            f"The stack is still being changed after {_LONGEST_MINUTES} minutes.",
            "Look at it in the ROS console, or run the command again to continue waiting.",
        )

    def _show_new(self, stack_id: str) -> None:
        for event in reversed(self._unseen(stack_id)):
            self._last = event.id
            self._show(event)

    def _unseen(self, stack_id: str) -> list[Event]:
        unseen: list[Event] = []
        try:
            for event in self._ros.events(stack_id):
                if event.id == self._last:
                    break
                unseen.append(event)
        except DeployError as error:
            if error.code != "StackNotFound":  # deleted between two calls
                raise
        return unseen

    def _show(self, event: Event) -> None:
        if event.status.endswith("FAILED"):
            self.failures.append(event)
        colour = _COLOURS.get(event.status.rpartition("_")[2], "")
        line = Text(f"{event.time[11:19]}  ")
        line.append(f"{event.status:<20}", colour).append(f"  {event.resource:<20}")
        line.append(event.type, "dim")
        self._console.print(line, soft_wrap=True)
        if event.status.endswith("FAILED") and event.reason:
            reason = self._settings.keys.redact(event.reason)
            self._console.print(Text(f"          {reason}", "red"), soft_wrap=True)
