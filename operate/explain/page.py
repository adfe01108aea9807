"""The page of one subject, for people, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mps_manifest.parsing.foreign_text import shown
from operate.console.screen import Screen
from operate.console.words import both_ends, duration, moment, number
from operate.explain.diagnosis import Diagnosis
from operate.explain.evidence import Evidence, Parked, Standing, other_api
from operate.explain.files_now import FileNow, not_as_listed

_MOST_FILES = 12
_MOST_PROBLEMS = 8
_SHORT = 160
_PAYLOAD = 600
_STYLES = {"complete": "bold green", "failed": "bold red", "rejected": "bold red"}


def print_page(evidence: Evidence, found: Diagnosis, screen: Screen) -> None:
    """Print what is known, and before it what it means."""
    kind = found.kind
    screen.say(f"{_title(evidence)}: {kind.title}", _STYLES.get(kind.status, "bold yellow"))
    screen.say(found.why)
    if kind.remedy:
        screen.say(kind.remedy)
    screen.say(f"Next: {found.command}", "bold")
    if evidence.subject.what == "job":
        _print_service(evidence, screen)
        _print_manifest(evidence, screen)
        _print_files(evidence.files, screen)
    if evidence.parked:
        screen.say("Backlog", "bold")
        for entry in evidence.parked:
            _print_parked(entry, evidence.at, screen)
    if evidence.rejected:
        _print_rejected(evidence, screen)
    if evidence.subject.what == "job":
        _print_log(evidence, screen)


def as_document(evidence: Evidence, found: Diagnosis) -> dict[str, Any]:
    """Return the page as JSON; docs/mpsm.md describes it."""
    now, standing = evidence.now, evidence.standing
    return {
        "target": evidence.target,
        "at": moment(evidence.at),
        "subject": {"kind": evidence.subject.what, "id": evidence.subject.name},
        "status": found.kind.status,
        "kind": found.kind.title,
        "why": found.why,
        "remedy": found.kind.remedy,
        "next": found.command,
        "service": {
            "api": evidence.api,
            "status": now.status,
            "reason": _reason(evidence),
            "state": now.state,
            "algorithm": now.algorithm,
            "queries": now.query_calls,
            "other": evidence.other.status if evidence.other else None,
        }
        if now
        else None,
        "manifest": {
            "key": standing.key,
            "etag": standing.etag,
            "bytes": standing.bytes,
            "status": standing.status,
            "content": dict(standing.content),
        }
        if standing
        else None,
        "files": [file.document() for file in evidence.files],
        "backlog": [entry.document() for entry in evidence.parked],
        "quarantine": [each._asdict() for each in evidence.rejected],
        "log": [line.document() for line in evidence.log.lines],
        "logProblem": evidence.log.problem or None,
    }


def _title(evidence: Evidence) -> str:
    names = {"job": "Job", "ticket": "Entry", "piece": "Quarantine entry"}
    return f"{names[evidence.subject.what]} {evidence.subject.name}"


def _reason(evidence: Evidence) -> str:
    now = evidence.now
    if now is None:
        return ""
    return now.reason or (now.document.summary if now.document else "")


def _print_service(evidence: Evidence, screen: Screen) -> None:
    now = evidence.now
    if now is None:
        return
    screen.say("The service now", "bold")
    rows = [
        ("asked", f"{evidence.api}, {_queries(now.query_calls)}"),
        ("state", now.state),
        ("algorithm", now.algorithm),
        ("that means", now.status),
        ("because", shown(_reason(evidence), _SHORT)),
        ("the other", _other(evidence)),
    ]
    screen.fields([(name, value) for name, value in rows if value])


def _other(evidence: Evidence) -> str:
    if evidence.other is None:
        return ""
    return f"{other_api(evidence.api)}: {evidence.other.status}"


def _queries(count: int) -> str:
    return "1 query" if count == 1 else f"{number(count)} queries"


def _print_manifest(evidence: Evidence, screen: Screen) -> None:
    standing = evidence.standing
    if standing is None:
        screen.say("Manifest: none", "bold")
        return
    screen.say("Manifest", "bold")
    screen.fields(
        [
            ("key", standing.key),
            ("status", standing.status),
            ("size", f"{number(standing.bytes)} bytes"),
        ]
    )
    _print_problems(standing, screen)


def _print_problems(standing: Standing, screen: Screen) -> None:
    """Print problems, those that say the same once."""
    told = Counter(
        tuple(str(problem.get(name, "")) for name in ("severity", "type", "title"))
        for problem in standing.problems
    )
    rows = [
        (count, *(shown(text, _SHORT) for text in texts))
        for texts, count in list(told.items())[:_MOST_PROBLEMS]
    ]
    if rows:
        screen.table(("number", "problem", "type", "says"), rows)
    _say_left(len(told) - len(rows), "kinds of problems", screen)


def _print_files(files: tuple[FileNow, ...], screen: Screen) -> None:
    if not files:
        return
    differ = not_as_listed(files)
    same = [file for file in files if file not in differ] if len(files) <= _MOST_FILES else files
    chosen = [*differ, *same][:_MOST_FILES]
    verdict = f"; {number(len(differ))} not as listed" if differ else ""
    screen.say(f"Files: {number(len(files))}{verdict}", "bold")
    rows = [(both_ends(_place(file), _SHORT), file.listed, _now(file)) for file in chosen]
    screen.table(("file", "in the manifest", "now"), rows)
    _say_left(len(files) - len(chosen), "files", screen)


def _place(file: FileNow) -> str:
    return f"{file.bucket}/{file.key}" if file.key else file.name


def _now(file: FileNow) -> str:
    return shown(f"{file.now}: {file.detail}" if file.detail else file.now, _SHORT)


def _print_parked(entry: Parked, at: float, screen: Screen) -> None:
    ahead = entry.due - at
    when = f"in {duration(ahead)}" if ahead > 0 else f"for {duration(-ahead)}"
    rows = [
        ("due", f"{moment(entry.due)}, {when}"),
        ("first seen", f"{moment(entry.first_seen)}, {duration(at - entry.first_seen)} ago"),
        ("attempts", number(entry.attempts)),
        ("waits for", shown(entry.reason, 2 * _SHORT)),
        *((name, shown(value, _SHORT)) for name, value in entry.fields.items()),
    ]
    screen.fields([(name, value) for name, value in rows if value])


def _print_rejected(evidence: Evidence, screen: Screen) -> None:
    screen.say("Quarantine", "bold")
    for each in evidence.rejected:
        rows = [
            ("key", each.key),
            ("reason", shown(each.reason, 2 * _SHORT)),
            ("origin", shown(each.origin, _SHORT)),
            ("payload", shown(each.payload, _PAYLOAD if evidence.subject.what == "piece" else 80)),
        ]
        screen.fields([(name, value) for name, value in rows if value])


def _print_log(evidence: Evidence, screen: Screen) -> None:
    log = evidence.log
    if log.problem:
        screen.say("Log", "bold")
        screen.say(f"  Not read: {log.problem}")
    elif log.lines:
        screen.say("Log", "bold")
        rows = [(moment(line.at), shown(line.summary, 2 * _SHORT)) for line in log.lines]
        screen.fields(rows)


def _say_left(count: int, what: str, screen: Screen) -> None:
    if count > 0:
        screen.say(f"  and {number(count)} more {what}: --json has all of them", "dim")
