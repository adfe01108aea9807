"""What a replay has come to, for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from operate.console.screen import Screen
from operate.console.words import number
from operate.replay.jobs import Ended
from operate.replay.json_diff import Difference
from operate.replay.replayer import OPEN, Replayed

MOST_OPEN = 1_000
"""Sources that are told one by one where something is left to do."""
MOST_DONE = 100
"""Those of the others."""
_MOST_JOBS_OF_MANY = 5
_MOST_ROWS = 20
_MOST_CHANGES = 20
_LONGEST_VALUE = 100


class Report:
    """Counts what became of sources, and keeps some, in memory that does not grow with them."""

    def __init__(self, target: str, *, is_dry: bool) -> None:
        self.target = target
        self.is_dry = is_dry
        self.sources: Counter[str] = Counter()
        self.jobs: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self._open: list[Replayed] = []
        self._done: list[Replayed] = []

    def add(self, replayed: Replayed) -> None:
        """Count a source."""
        self.sources[replayed.state] += 1
        self.jobs.update(replayed.counts)
        self.verdicts.update(each.verdict for each in replayed.jobs if each.verdict)
        kept, most = (self._open, MOST_OPEN) if replayed.state == OPEN else (self._done, MOST_DONE)
        if len(kept) >= MOST_DONE:
            replayed.jobs = replayed.jobs[:_MOST_JOBS_OF_MANY]
        if len(kept) < most:
            kept.append(replayed)

    @property
    def is_good(self) -> bool:
        """Whether nothing is left to do, and nothing was rejected."""
        return not (self.sources[OPEN] or self.jobs["rejected"])

    @property
    def shown(self) -> list[Replayed]:
        """The sources that are told one by one, those with something left to do first."""
        return [*self._open, *self._done]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "target": self.target,
            "dryRun": self.is_dry,
            "sources": dict(sorted(self.sources.items())),
            "jobs": dict(sorted(self.jobs.items())),
            "verdicts": dict(sorted(self.verdicts.items())),
            "replayed": [each.document() for each in self.shown],
            "truncated": len(self.shown) < sum(self.sources.values()),
        }


def print_report(report: Report, screen: Screen) -> None:
    """Print what became of sources, and of a dry run what would change."""
    if screen.as_json:
        screen.document(report.document())
        return
    done = "would be replayed" if report.is_dry else "replayed"
    total = sum(report.sources.values())
    screen.say(f"{report.target}: {number(total)} {done}", "bold")
    rows = [(count, status) for status, count in sorted(report.jobs.items())]
    if rows:
        screen.table(("number", "jobs"), rows)
    if report.sources[OPEN]:
        screen.say(f"Left to do: {number(report.sources[OPEN])}", "red")
    for replayed in report.shown[:_MOST_ROWS]:
        _print_source(replayed, screen, is_dry=report.is_dry)
    left = total - min(total, _MOST_ROWS)
    if left > 0:
        screen.say(f"and {number(left)} others; --json has more of them")


def _print_source(replayed: Replayed, screen: Screen, *, is_dry: bool) -> None:
    screen.say(f"{replayed.source.name}: {replayed.state}")
    if replayed.why:
        screen.fields([("because", replayed.why)])
    for ended in replayed.jobs[:_MOST_ROWS]:
        screen.fields([(ended.job_id, words_of(ended, is_dry=is_dry))])
        for change in ended.changes[:_MOST_CHANGES]:
            screen.fields([(f"  {change.op}", f"{change.path}{_values(change)}")])
        if len(ended.changes) > _MOST_CHANGES:
            screen.fields([("  more", f"{len(ended.changes) - _MOST_CHANGES} changes, see --json")])


def words_of(ended: Ended, *, is_dry: bool) -> str:
    """Return what became of a job in a few words."""
    words = {
        "better": "better: there is no manifest yet" if ended.is_new else "better",
        "same": "same: nothing would be written" if is_dry else "same: nothing was written",
    }
    if ended.verdict == "kept":
        said = f"kept because {ended.reason.removeprefix('kept: ')}"
    else:
        said = "; ".join(filter(None, (words.get(ended.verdict, ""), ended.reason)))
    due = f"; due {ended.due}" if ended.due and not is_dry else ""
    return f"{ended.status}, {said}{due}" if said else f"{ended.status}{due}"


def _values(change: Difference) -> str:
    old, new = _short(change.old), _short(change.new)
    return {"add": f": {new}", "remove": f": {old}"}.get(change.op, f": {old} -> {new}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
