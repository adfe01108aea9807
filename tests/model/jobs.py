"""Jobs that are told beforehand: how often they are asked about in vain, and what they come to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from mps_manifest.errors import NotFound
from mps_manifest.settings import Api
from tests.unit.samples import files_answer, mps_answer

ENDS = (
    *("complete", "late", "gone", "vanish", "fail", "swapped"),
    *("foreign", "unknown", "malformed", "never"),
)
REJECTED = ("foreign", "unknown", "malformed")
DEADLY = ("poison", "bomb")
"""Ends of jobs over which every instance dies: that asks about them, or that reads their files."""
NEWCOMER = "newcomer"
"""The end of a job that the service does not know when it is asked for the first time."""
IDS = tuple(letter * 32 for letter in "abcde")
_WITH_FILES = ("complete", "late", "gone", "vanish", "swapped", NEWCOMER, *DEADLY)


@dataclass(frozen=True)
class Script:
    """The life of one job; `after` is when its last file appears or vanishes, in seconds."""

    job_id: str
    api: Api
    queuing: int
    analysing: int
    end: str
    files: int
    after: float

    def __repr__(self) -> str:
        """Return a short form of it."""
        told = f"{self.job_id[:1]}-{self.api} {self.queuing}+{self.analysing} {self.end}"
        return f"<{told} {self.files} {self.after:g}>"

    @property
    def keys(self) -> list[str]:
        """Return the keys of its files."""
        return [f"out/{self.job_id}/{number}.srt" for number in range(self.files)]

    def known_to(self, api: Api) -> bool:
        """Return whether this API ever says anything but that it knows no such job."""
        return api == self.api and self.end not in REJECTED

    def answer(self, asked: int) -> Mapping[str, Any]:
        """Return what the service says when it was asked so often before."""
        if asked < self.queuing:
            return mps_answer(JobId=self.job_id, State="Queuing", Result=None)
        if asked < self.queuing + self.analysing or self.end == "never":
            return mps_answer(JobId=self.job_id, State="Analysing", Result=None)
        if self.is_swapped(asked):
            other = next(job_id for job_id in IDS if job_id != self.job_id)
            return files_answer(f"out/{other}/0.srt", JobId=other)
        if self.end == "fail":
            result = json.dumps({"Code": "InternalError", "Message": "no such codec"})
            return mps_answer(JobId=self.job_id, State="Fail", result=result)
        return files_answer(*self.keys, JobId=self.job_id)

    def ended(self, asked: int) -> bool:
        """Return whether that answer is the last word."""
        is_over = self.end != "never" and asked >= self.queuing + self.analysing
        return is_over and not self.is_swapped(asked)

    def is_swapped(self, asked: int) -> bool:
        """Return whether the service then answers about another job."""
        return self.end == "swapped" and asked == self.queuing + self.analysing


def api_of(job_id: str) -> Api:
    """Return whose job it is; whether it is known there is another question."""
    return "ims" if job_id == IDS[-1] else "mps"


def _script(drawn: tuple[str, Api, int, int, str, int, float]) -> Script:
    return Script(*drawn)


def scripts(job_id: str) -> st.SearchStrategy[Script]:
    """Write the life of a job."""
    return st.tuples(
        st.just(job_id),
        st.just(api_of(job_id)),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from(["complete", "late", "late", "gone", "vanish", "fail", "never", *ENDS]),
        st.integers(1, 3),
        st.sampled_from([0.5, 40.0, 1000.0, 3500.0]),
    ).map(_script)


class JobWorld:
    """What the services know of all jobs, and when files come and go."""

    def __init__(self, known: list[Script]) -> None:
        self.scripts = {script.job_id: script for script in known}
        self.changes: list[tuple[float, str, bool]] = []
        self.last_words: dict[tuple[Api, str], float] = {}
        self._asked: dict[str, int] = defaultdict(int)
        self._met: set[str] = set()
        self._is_done: dict[str, bool] = defaultdict(bool)

    def answer(self, api: Api, job_id: str, now: float) -> tuple[Mapping[str, Any], bool]:
        """Answer a query, and tell whether that is the last word; may raise as the port does."""
        script = self.scripts[job_id]
        is_new = script.end == NEWCOMER and job_id not in self._met
        self._met.add(job_id)
        if is_new or not script.known_to(api):
            self.last_words[api, job_id] = now
        if is_new or api != script.api or script.end == "unknown":
            raise NotFound("The job is not found.", code="InvalidParameter.JobNotFound", status=404)
        if script.end == "malformed":
            code = "InvalidParameter.UUIDFormatInvalid"
            raise NotFound("The JobId is malformed.", code=code, status=400)
        if script.end == "foreign":
            return {"RequestId": "r", "JobId": job_id}, True
        asked = self._asked[job_id]
        self._asked[job_id] += 1
        if script.end in _WITH_FILES and script.ended(asked) and not self._is_done[job_id]:
            self._is_done[job_id] = True
            self._write_files(script, now)
        if script.ended(asked):
            self.last_words[api, job_id] = now
        return script.answer(asked), script.ended(asked)

    def kills(self, area: str, key: str) -> bool:
        """Return whether an instance dies at a call."""
        if area == "query":
            return self.scripts[key].end == "poison"
        script = self.scripts.get(key.split("/")[1]) if area == "read file" else None
        return script is not None and script.end == "bomb"

    def _write_files(self, script: Script, now: float) -> None:
        *others, last = script.keys
        self.changes += [(now, key, True) for key in others]
        if script.end == "late":
            self.changes.append((now + script.after, last, True))
        elif script.end != "gone":
            self.changes.append((now, last, True))
        if script.end == "vanish":
            self.changes.append((now + script.after, last, False))

    def due_changes(self, now: float) -> list[tuple[float, str, bool]]:
        """Remove and return what has happened to files until now, in order."""
        due = sorted(change for change in self.changes if change[0] <= now)
        self.changes = [change for change in self.changes if change[0] > now]
        return due
