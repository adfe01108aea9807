"""The report of `make verify-live`: one Markdown file, with the same as JSON in it.

It is to be sent to strangers: nothing of the account is in it. Texts of services and of the log
are the only ones that could have something, so each is redacted, and nothing else is taken over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from deploy.live_facts import Observation
from deploy.live_triggers import Arrival
from deploy.open_facts import BY_ID, NOT_OBSERVED
from deploy.settings import Keys

_PATTERNS = (
    (re.compile(r"https?://[^\s\"'<>)]+"), "<url>"),
    (re.compile(r"(?i)\b(?:Signature|OSSAccessKeyId|security-token)=[^\s&\"']+"), "<signed>"),
    (re.compile(r"\b(?:LTAI|STS\.)[0-9A-Za-z.]{8,}"), "<access key>"),
    (re.compile(r"acs:[a-z]+:[^\s\"',]*"), "<arn>"),
    (re.compile(r"\b[0-9]{14,20}\b"), "<account>"),
    (re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"), "<request>"),
)


class Subject(NamedTuple):
    """What was verified, as far as it may be told: no name of anything."""

    region: str
    runtime: str
    version: str
    job_api: str
    has_queue_trigger: bool
    has_flow: bool


class Redactor:
    """Takes out of texts what is the account's own."""

    def __init__(self, keys: Keys, names: Mapping[str, Iterable[str]]) -> None:
        """Make one for names by their placeholders, as `{"<bucket>": ["media"]}`."""
        self._keys = keys
        pairs = {
            name: placeholder for placeholder, every in names.items() for name in every if name
        }
        pairs[keys.access_key_id] = "<access key>"
        self._pairs = sorted(pairs.items(), key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        """Return a text without names, keys, accounts, addresses and IDs of requests."""
        text = self._keys.redact(text)
        for pattern, placeholder in _PATTERNS:
            text = pattern.sub(placeholder, text)
        for name, placeholder in self._pairs:
            text = text.replace(name, placeholder)
        return text


def render(
    subject: Subject,
    arrivals: Sequence[Arrival],
    observations: Sequence[Observation],
    notes: Sequence[str],
    redact: Redactor,
) -> str:
    """Return the report; `notes` are what was not harmless, or is left behind."""
    document = _document(subject, arrivals, observations, notes, redact)
    seen = [each for each in observations if each.outcome != NOT_OBSERVED]
    unseen = [each for each in observations if each.outcome == NOT_OBSERVED]
    lines = [
        "# What mps-manifest did on a real account",
        "",
        f"Version {document['version']}, {subject.runtime}, {subject.region}, {document['time']}.",
        "Names, accounts, keys and addresses are left out.",
        "",
        "## Triggers",
        "",
        "| trigger | outcome | seconds | |",
        "| --- | --- | --- | --- |",
        *(_row(each) for each in document["triggers"]),
        "",
        *(f"- {note}" for note in document["notes"]),
        *([""] if notes else []),
        "## Open facts that were observed",
        "",
        *(
            f"- **`{each.fact}`**: {BY_ID[each.fact].sentence} **{each.outcome}**"
            f"{f' ({redact(each.detail)})' if each.detail else ''}"
            for each in seen
        ),
        "",
        "## Open facts that were not observed",
        "",
        "If you can look at one of these, please tell what you saw.",
        "",
        *(
            f"- **`{each.fact}`**: {BY_ID[each.fact].sentence} Look at: {BY_ID[each.fact].look}"
            for each in unseen
        ),
        "",
        "## The same for programs",
        "",
        "```json",
        json.dumps(document, indent=2),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _document(
    subject: Subject,
    arrivals: Sequence[Arrival],
    observations: Sequence[Observation],
    notes: Sequence[str],
    redact: Redactor,
) -> dict[str, Any]:
    return {
        "report": "mps-manifest verify-live 1",
        "time": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%MZ}",
        **subject._asdict(),
        "version": redact(subject.version),
        "triggers": [
            {
                "trigger": each.trigger,
                "outcome": each.outcome,
                "seconds": round(each.seconds, 1),
                "detail": redact(each.detail),
            }
            for each in arrivals
        ],
        "notes": [redact(note) for note in notes],
        "facts": [
            {"id": each.fact, "outcome": each.outcome, "detail": redact(each.detail)}
            for each in observations
        ],
    }


def _row(each: Mapping[str, Any]) -> str:
    words = " ".join(str(each["detail"]).replace("|", "/").split())
    return f"| {each['trigger']} | {each['outcome']} | {each['seconds']} | {words} |"
