"""Whether a manifest is expected to be there already: what was met last tells what comes next."""

from __future__ import annotations


class Habit:
    """What an instance has come to expect of manifests that it has not met.

    New jobs come after new ones, and replays after replays: after a write that was refused the
    next jobs are looked up first, until one has no manifest.
    """

    def __init__(self) -> None:
        self._expects = False

    @property
    def looks_first(self) -> bool:
        """Whether to look before the next write."""
        return self._expects

    def met(self, *, there: bool) -> None:
        """Learn whether a manifest was there."""
        self._expects = there
