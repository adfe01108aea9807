"""What happened, as an onlooker sees it, and what of it must never happen."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mps_manifest.settings import Api, Settings
from tests.fakes import HOME, Held
from tests.model.plans import STATE

BACKLOG = f"{STATE}backlog/"
MOST_STARTS = 6
RANK = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}


def quarantine_name(api: Api, job_id: str) -> str:
    """Return the name of a job's quarantine entry."""
    payload = json.dumps({"api": api, "jobId": job_id}, separators=(",", ":"))
    return hashlib.sha256(payload.encode()).hexdigest()


@dataclass
class Ledger:
    """The onlooker's notes. A violation is noted where it happens; the test ends by it."""

    objects: Mapping[tuple[str, str], Held]
    settings: Settings
    strict_ranks: bool
    violations: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    statuses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    first_given: dict[str, float] = field(default_factory=dict)
    first_partial: dict[str, float] = field(default_factory=dict)
    present_since: dict[str, float] = field(default_factory=dict)
    expiry_tried: set[str] = field(default_factory=set)
    tickets: dict[str, set[str]] = field(default_factory=dict)
    killed: int = 0
    denied: set[str] = field(default_factory=set)
    reports: dict[str, tuple[str, Any]] = field(default_factory=dict)
    failed_reports: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def violate(self, what: str) -> None:
        """Note that something happened that must not."""
        self.violations.append(what)
        self.journal.append(f"!!! {what}")

    # --- looking -------------------------------------------------------------------------------

    def keys(self, prefix: str) -> list[str]:
        """List the home bucket."""
        return sorted(key for bucket, key in self.objects if bucket == HOME and prefix in key)

    def manifest(self, job_id: str) -> dict[str, Any] | None:
        """Read the manifest of a job."""
        held = self.objects.get((HOME, f"manifests/{job_id}.json"))
        document: dict[str, Any] | None = json.loads(held.body) if held else None
        return document

    def entries(self) -> list[dict[str, Any]]:
        """Read the backlog, with an entry for each job of a parked ticket."""
        entries = [json.loads(self.objects[HOME, key].body) for key in self.keys(BACKLOG)]
        return [job for entry in entries for job in self._jobs_of(entry)]

    def _jobs_of(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        if "bucket" not in entry:
            return [entry]
        return [{"api": "mps", "jobId": job_id} for job_id in sorted(self.tickets[entry["key"]])]

    def rejected(self, api: Api, job_id: str) -> bool:
        """Return whether a job is in the quarantine."""
        return (HOME, f"{STATE}rejected/{quarantine_name(api, job_id)}.json") in self.objects

    def kept(self, api: Api, job_id: str) -> bool:
        """Return whether a job is finished, rejected or in the backlog."""
        return (
            self.manifest(job_id) is not None
            or self.rejected(api, job_id)
            or any((e["api"], e["jobId"]) == (api, job_id) for e in self.entries())
        )

    def has_ended(self, api: Api, job_id: str) -> bool:
        """Return whether nothing more can come of a job, by whomever it is asked about."""
        document = self.manifest(job_id)
        if document is None:
            return self.rejected(api, job_id)
        return document["status"] in {"complete", "failed"} and document["job"]["api"] == api

    # --- watching ------------------------------------------------------------------------------

    def written(self, key: str, before: Held | None, after: Held, now: float) -> None:
        """Record that an object changes."""
        if not key.startswith((STATE, "manifests/")):
            self.violate(f"written outside of the two prefixes: {key}")
        if not key.startswith("manifests/"):
            return
        job_id = key.removeprefix("manifests/").removesuffix(".json")
        document = json.loads(after.body)
        status = document["status"]
        self.statuses[job_id].append(status)
        for file in document.get("resources", ()):
            if not file["key"].startswith(f"out/{job_id}/"):
                self.violate(f"the manifest of {job_id[:1]} names a file of another job")
        if status == "partial":
            self.first_partial.setdefault(job_id, now)
        old = json.loads(before.body)["status"] if before else "none"
        if self.strict_ranks and RANK[status] < RANK.get(old, 0):
            self.violate(f"the manifest of {job_id[:1]} went from {old} to {status}")

    def taken_back(self, key: str, held: Held) -> None:
        """Record that a writer withdrew its version; a status that may change never counted."""
        if not key.startswith("manifests/"):
            return
        status = json.loads(held.body)["status"]
        known = self.statuses[key.removeprefix("manifests/").removesuffix(".json")]
        if status in {"partial", "expired"} and status in known:
            known.remove(status)

    def to_be_written(self, key: str, body: bytes, now: float, *, last_word: bool) -> None:
        """Check a write that is tried; `last_word` says whether the service told how it ended."""
        if not key.startswith("manifests/") or json.loads(body)["status"] != "expired":
            return
        job_id = key.removeprefix("manifests/").removesuffix(".json")
        self.expiry_tried.add(job_id)
        if b"internal-fault" in body:
            if self.killed < MOST_STARTS:
                self.violate(f"{job_id[:1]} is given up after {self.killed} deaths")
            return
        waited = now - self.first_given[job_id]
        if waited < self.settings.job_ttl_hours * 3600 - 1:
            self.violate(f"{job_id[:1]} expires after {waited:.0f} seconds")
        if last_word:
            self.violate(f"{job_id[:1]} expires though the service said how it ended")

    def deleted(self, key: str, before: Held | None) -> None:
        """Check the deletion of an object."""
        if key.startswith("manifests/") and self.strict_ranks:
            self.violate(f"deleted: {key}")
        if not key.startswith(BACKLOG) or before is None:
            return
        for entry in self._jobs_of(json.loads(before.body)):
            if not self.kept(entry["api"], entry["jobId"]):
                self.violate(f"the last entry of {entry['jobId'][:1]} ({entry['api']}) is gone")

    def reported(self, token: str, kind: str, text: str, jobs: Any) -> None:
        """Record the first use of a token, and check what it told."""
        answer = json.loads(text)
        said = {job["jobId"]: job["status"] for job in answer["jobs"]}
        self.reports[token] = (kind, said)
        if set(said) != {job_id for _, job_id in jobs}:
            self.violate(f"{token} told of {sorted(j[:1] for j in said)}, not of all its jobs")
        for api, job_id in jobs:
            status = said.get(job_id)
            ended = status in self.statuses[job_id] or (
                status == "rejected" and self.rejected(api, job_id)
            )
            if status and not ended:
                self.violate(f"{token} told of {job_id[:1]} as {status}, which it was not")
        sound = any(status in {"complete", "partial"} for status in said.values())
        if sound != (kind == "succeeded"):
            self.violate(f"{token} told as {kind} of {said}")
