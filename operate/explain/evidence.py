"""What is known of a job: the service, its manifest, its files, backlog, quarantine, log.

All of it is asked for at the same time. It costs one query of the API, one of the other where that
rejects an ID of which nothing else is known, what the function reads to judge the job's files, a
HEAD for each file, three reads, a search of the log, and what finding the job costs (subject.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from mps_manifest.errors import NotFound
from mps_manifest.manifests.ranking import rank_of, status_of
from mps_manifest.ports import StoredObject
from mps_manifest.settings import Api
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.records import Broken
from mps_manifest.workflow.outcome import Outcome
from operate.access.connection import Connection
from operate.console.words import moment
from operate.explain.files_now import FileNow, files_now, objects_in
from operate.explain.subject import Subject
from operate.records.job_log import JobLog, read_job_log
from operate.records.manifest_list import known_api
from operate.records.rejected_entries import Rejected, read_rejected

_MOST_PARKED = 10
_MOST_LINES = 10
_APIS: tuple[Api, Api] = ("mps", "ims")


class Parked(NamedTuple):
    """An entry of the backlog; what does not apply is left out of `fields`."""

    key: str
    due: float
    first_seen: float
    attempts: int
    reason: str
    fields: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "key": self.key,
            "due": moment(self.due),
            "firstSeen": moment(self.first_seen),
            "attempts": self.attempts,
            "reason": self.reason,
            **self.fields,
        }


class Standing(NamedTuple):
    """The manifest that stands; `content` is empty where it is no JSON."""

    key: str
    etag: str
    bytes: int
    status: str
    rank: int
    content: Mapping[str, Any]

    @property
    def problems(self) -> list[Mapping[str, Any]]:
        """Its problems, errors first."""
        found = objects_in(self.content, "problems")
        return sorted(found, key=lambda each: each.get("severity") != "error")

    @property
    def api(self) -> Api | None:
        """The API that was asked."""
        job = self.content.get("job")
        return known_api(job.get("api")) if isinstance(job, dict) else None


def other_api(api: Api) -> Api:
    """Return the API that is not this one."""
    return "mps" if api == "ims" else "ims"


class Evidence(NamedTuple):
    """All that is known of a subject, at a moment in seconds since the epoch.

    `now` is what the function would make of the job now: None of what is no job. `usual` is the API
    that is asked where nothing names one. `other` is what the other API says, which is asked where
    `api` rejects a job and nothing but that is known of it.
    """

    target: str
    at: float
    subject: Subject
    api: Api
    usual: Api
    now: Outcome | None = None
    other: Outcome | None = None
    standing: Standing | None = None
    files: tuple[FileNow, ...] = ()
    parked: tuple[Parked, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    log: JobLog = JobLog(())


def gather(
    connection: Connection, subject: Subject, *, api: Api | None = None, minutes: int
) -> Evidence:
    """Look at everything about a subject. Raises ServiceError."""
    known = Evidence(
        connection.target.name,
        connection.clock.now(),
        subject,
        api or connection.settings.job_api,
        connection.settings.job_api,
    )
    if subject.what == "piece":
        key = connection.core.keys.rejected_by_hash(subject.name)
        return known._replace(rejected=(read_rejected(connection, key),))
    if subject.what == "ticket":
        read = (read_ticket(connection, due) for due in subject.parked[:_MOST_PARKED])
        return known._replace(parked=tuple(filter(None, read)))
    return _of_job(connection, known, api, minutes)


def _of_job(connection: Connection, known: Evidence, api: Api | None, minutes: int) -> Evidence:
    job_id, core = known.subject.name, connection.core
    log = connection.threads.submit(read_job_log, connection.target, job_id, minutes)
    standing = _standing(connection, job_id)
    entries = [(due, entry) for due in known.subject.parked if (entry := core.backlog.read(due))]
    rejected = _rejected(connection, job_id)
    told = [entry.api for _, entry in entries] + ([standing.api] if standing else [])
    told += [of for of, _ in rejected]
    asked: Api = api or next(filter(None, told), None) or known.api
    now = connection.threads.submit(core.collector.collect_in_time, asked, job_id)
    files = files_now(connection, standing.content) if standing else ()
    outcome, other = now.result(), None
    if outcome.status == "rejected" and not standing and not entries:
        other = core.collector.collect_in_time(other_api(asked), job_id)
    lines = log.result()
    return known._replace(
        api=asked,
        now=outcome,
        other=other,
        standing=standing,
        files=files,
        parked=tuple(parked(due, entry) for due, entry in entries[:_MOST_PARKED]),
        rejected=tuple(each for _, each in rejected),
        log=JobLog(lines.lines[-_MOST_LINES:], lines.problem),
    )


def _standing(connection: Connection, job_id: str) -> Standing | None:
    stored = connection.core.publisher.standing(job_id)
    if stored is None:
        return None
    key = connection.core.keys.manifest(job_id)
    status = status_of(stored)
    return Standing(key, stored.etag, stored.bytes, status, rank_of(stored), content_of(stored))


def content_of(stored: StoredObject) -> Mapping[str, Any]:
    """Return a manifest; empty where it is no JSON object."""
    try:
        content = orjson.loads(stored.body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def first_error(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first problem of a manifest that is an error; an empty one where there is none."""
    problems = objects_in(manifest, "problems")
    return next((each for each in problems if each.get("severity") == "error"), {})


def _rejected(connection: Connection, job_id: str) -> list[tuple[Api, Rejected]]:
    """Return the entries of this job alone; what a larger piece had of it is not known."""
    found: list[tuple[Api, Rejected]] = []
    for api in _APIS:
        with suppress(NotFound):
            key = connection.core.quarantine.job_key(api, job_id)
            found.append((api, read_rejected(connection, key)))
    return found


def parked(due: DueEntry, entry: BacklogEntry) -> Parked:
    """Return the entry of a job as it is shown."""
    fields = {
        "api": entry.api,
        "origin": entry.origin,
        "state": entry.state,
        "class": "bulk" if entry.bulk else "",
        "waits": "a step of CloudFlow" if entry.task_token else "",
        "untold": ", ".join(entry.untold),
        "partialSince": moment(entry.partial_since) if entry.partial_since else "",
        "starts": str(entry.starts) if entry.starts else "",
    }
    return Parked(
        due.key,
        due.due,
        entry.first_seen,
        entry.attempts,
        entry.reason,
        {name: value for name, value in fields.items() if value},
    )


def read_ticket(connection: Connection, due: DueEntry) -> Parked | None:
    """Read the entry of a ticket, or the copy of an event; None where it is gone."""
    entry = connection.core.parked_tickets.read(due.key)
    if entry is None:
        return None
    if isinstance(entry, Broken):
        return Parked(due.key, due.due, due.due, 0, f"the record is broken ({entry.reason})", {})
    ticket = entry.ticket
    place = "an event" if entry.event else f"oss://{ticket.bucket}/{ticket.key}"
    fields = {"of": place, "origin": ticket.origin}
    return Parked(due.key, due.due, entry.first_seen, entry.attempts, entry.reason, fields)
