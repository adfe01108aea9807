"""What a person means by an ID, the beginning of one, or the key of an input.

What that costs, in calls: the beginning of an ID one list of manifests and one of the quarantine,
by prefix, however many there are; and one for each thousand entries of the backlog, since their
keys begin with when they are due. An input is asked of OSS's own index, with one call for each
bucket that may be read. Where that finds nothing, as of a key alone that is in another bucket, or
where the bucket has none, it is looked for in the metadata of the first 2,000 manifests, with a
HEAD each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple
from urllib.parse import quote

from oss2.exceptions import OssError
from oss2.models import MetaQuery

from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.keys import hash_of_ticket, ticket_hash
from operate.access.connection import Connection
from operate.console.words import number
from operate.errors import NO, OperatorError
from operate.records.backlog_keys import entry_of, survey_backlog
from operate.records.inputs import input_in, input_test, places
from operate.records.manifest_list import manifest_keys

MOST_HEADS = 2_000
"""Manifests whose metadata are read for the key of an input, where there is no index."""
MOST_NAMED = 10
"""Candidates that are named of an ambiguous beginning."""
_MOST_KEPT = 1_000
_HASH = re.compile(r"[0-9a-f]{1,64}")
_LONG = 32
"""Characters of an ID that is no beginning of one."""

What = Literal["job", "ticket", "piece"]


class Subject(NamedTuple):
    """A job by its ID, or a parked ticket or a piece in the quarantine by its hash.

    `parked` are its entries in the backlog.
    """

    what: What
    name: str
    parked: tuple[DueEntry, ...] = ()


def find_subject(connection: Connection, text: str) -> Subject:
    """Return what a text means. Raises OperatorError where that is nothing, or several things."""
    text = text.strip()
    if not text:
        raise OperatorError("Nothing was named.", "Name a job ID, its beginning, or an input.")
    found = _Found(connection, text)
    found.look()
    subjects = found.subjects()
    exact = [each for each in subjects if each.name == text]
    if len(exact) == 1 or len(subjects) == 1:
        return (exact or subjects)[0]
    if subjects:
        raise _ambiguous(text, subjects, "begin with it", is_all=not found.more)
    if is_bare_job_id(text) or (is_job_id(text) and len(text) >= _LONG):
        return Subject("job", text)
    return _of_input(connection, text, found)


def find_job(connection: Connection, text: str) -> str:
    """Return the ID of the job that a text means; nothing is asked for a whole one.

    Raises OperatorError as above, and for what is no job.
    """
    if is_bare_job_id(text):
        return text
    found = find_subject(connection, text)
    if found.what != "job":
        raise no_job(connection, text, found)
    return found.name


def no_job(connection: Connection, text: str, found: Subject) -> OperatorError:
    """Return the error for a text that means something else than a job."""
    what = "a ticket" if found.what == "ticket" else "a piece in the quarantine"
    command = connection.target.typed(f"mpsm explain {found.name}")
    return OperatorError(f"{text!r} is {what}, not a job.", f"Type: {command}")


class _Found:
    """What begins with a text: manifests, entries of the backlog, pieces in the quarantine."""

    def __init__(self, connection: Connection, text: str) -> None:
        self._connection = connection
        self._text = text
        self._is_id = is_job_id(text)
        self._tickets = set(_ticket_hashes(connection, text))
        self._jobs: set[str] = set()
        self._pieces: set[str] = set()
        self.parked: dict[str, list[DueEntry]] = {}
        self.more = False

    def look(self) -> None:
        """Look into the lists. Raises ServiceError."""
        if self._is_id:
            self._look_into_manifests()
        if _HASH.fullmatch(self._text):
            self._look_into_quarantine()
        survey_backlog(self._connection, self._note)

    def subjects(self) -> list[Subject]:
        """Return all that was found, in order."""
        hashes = {name: found for name in self.parked if (found := ticket_hash(name))}
        jobs = [self.job(name) for name in (self._jobs | self.parked.keys()) - hashes.keys()]
        tickets = [
            Subject("ticket", found, tuple(self.parked[name])) for name, found in hashes.items()
        ]
        pieces = [Subject("piece", name) for name in self._pieces]
        return sorted([*jobs, *tickets, *pieces], key=lambda each: each.name)

    def job(self, name: str) -> Subject:
        """Return a job with its entries."""
        return Subject("job", name, tuple(self.parked.get(name, ())))

    def _look_into_manifests(self) -> None:
        """Take at most a page; WebVTT files of one job must not hide that there are others."""
        keys = self._connection.core.keys
        prefix = keys.manifests + self._text
        page = self._connection.pages.page(prefix)
        while True:
            self._jobs |= _jobs_of(self._connection, page.keys)
            if not page.more or len(self._jobs) > 1:
                break
            page = self._connection.pages.page(prefix, keys.behind_sidecars(page.keys[-1]))
        self.more |= page.more

    def _look_into_quarantine(self) -> None:
        keys = self._connection.core.keys
        page = self._connection.pages.page(keys.rejected + self._text)
        self._pieces |= set(filter(None, map(keys.parse_rejected, page.keys)))
        self.more |= page.more

    def _note(self, page: Sequence[str]) -> None:
        keys = self._connection.core.keys
        for key in page:
            _, name = keys.parse_backlog_entry(key) or (0.0, "")
            is_ticket = ticket_hash(name) in self._tickets
            is_meant = is_ticket or (self._is_id and name.startswith(self._text))
            entry = entry_of(keys, key) if is_meant else None
            if entry is None:
                continue
            if len(self.parked) < _MOST_KEPT or entry.job_id in self.parked:
                self.parked.setdefault(entry.job_id, []).append(entry)
            else:
                self.more = True


def _ticket_hashes(connection: Connection, text: str) -> Iterator[str]:
    """Yield the names that entries of a ticket with this key have."""
    for bucket, key in places(connection, text):
        yield hash_of_ticket(bucket, key)


# --- by the input --------------------------------------------------------------------------------


def _of_input(connection: Connection, text: str, found: _Found) -> Subject:
    indexed = _in_index(connection, text)
    jobs, looked_at, is_all = indexed or [], 0, True
    if not jobs:
        jobs, looked_at, is_all = _in_metadata(connection, input_test(text))
    if len(jobs) == 1:
        return found.job(jobs[0])
    if jobs:
        raise _ambiguous(
            text, [Subject("job", name) for name in jobs], "have it as input", is_all=is_all
        )
    if is_all:
        raise OperatorError(
            f"Nothing here is or begins with {text!r}, and no manifest has it as its input:"
            f" {number(looked_at)} were looked at.",
            "A job that has not ended is found by its ID, a rejected one by its whole ID: "
            f"{connection.target.typed('mpsm ls rejected')}",
            status=NO,
        )
    raise _perhaps_behind(connection, text, looked_at, has_index=indexed is not None)


def _perhaps_behind(
    connection: Connection, text: str, looked_at: int, *, has_index: bool
) -> OperatorError:
    """Return the error for an input that may be that of a manifest that nobody looked at."""
    what = (
        f"None of the first {number(looked_at)} manifests has {text!r} as its input, and there are"
        " more"
    )
    if not has_index:
        remedy = "Give the job's ID, or turn on the bucket's own index (docs/finding.md)."
        return OperatorError(f"{what}.", remedy, status=NO)
    buckets = ", ".join(sorted({bucket for bucket, _ in places(connection, text)}))
    return OperatorError(
        f"{what}; of these OSS's own index has none with that input in {buckets}.",
        "Give the job's ID, or the input with its bucket, as oss://bucket/key.",
        status=NO,
    )


def _in_index(connection: Connection, text: str) -> list[str] | None:
    """Return the jobs that OSS's own index has of an input; None where there is no index.

    Its query wants a whole value, so a key alone is asked for in the buckets that are known here.
    """
    prefix = connection.core.keys.manifests
    jobs: set[str] = set()
    for bucket, key in places(connection, text):
        among = [
            {"Field": "Filename", "Value": prefix, "Operation": "prefix"},
            {
                "Field": "OSSUserMeta.x-oss-meta-input",
                "Value": quote(f"{bucket}/{key}", errors="replace"),
                "Operation": "eq",
            },
        ]
        query = json.dumps({"SubQueries": among, "Operation": "and"})
        try:
            answer = connection.pages.do_bucket_meta_query(
                MetaQuery("", 100, query, "Filename", "asc")
            )
        except OssError:
            return None
        jobs |= _jobs_of(connection, (str(file.file_name) for file in answer.files))
    return sorted(jobs)


def _in_metadata(
    connection: Connection, is_it: Callable[[str], bool]
) -> tuple[list[str], int, bool]:
    """Return the jobs whose manifests' metadata name an input.

    With it how many manifests were looked at, and whether these are all.
    """
    listed = list(islice(manifest_keys(connection), MOST_HEADS + 1))
    first = listed[:MOST_HEADS]
    found = zip(first, connection.threads.map(connection.facts_of, first), strict=True)
    of_it = [key for key, facts in found if facts and is_it(input_in(facts.metadata))]
    return sorted(_jobs_of(connection, of_it)), len(first), len(listed) == len(first)


def _jobs_of(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Return the jobs of the manifests among some keys."""
    return set(filter(None, map(connection.core.keys.parse_manifest, keys)))


def _ambiguous(text: str, subjects: Sequence[Subject], why: str, *, is_all: bool) -> OperatorError:
    named = ", ".join(_named(each) for each in subjects[:MOST_NAMED])
    left = len(subjects) - MOST_NAMED
    rest = "" if is_all else " and more"
    if is_all and left > 0:
        rest = f" and {number(left)} more"
    return OperatorError(
        f"{text!r} may be any of these, which {why}: {named}{rest}.",
        "Name one of them, with enough characters to identify it.",
        status=NO,
    )


def _named(subject: Subject) -> str:
    kinds = {"job": "", "ticket": " (a ticket)", "piece": " (quarantine)"}
    return f"{subject.name}{kinds[subject.what]}"
