"""What must have become of every job when the dust has settled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from tests.model.events import Event
from tests.model.jobs import Script
from tests.model.ledger import RANK
from tests.model.plans import STATE
from tests.model.world import World

LOOK_AGAIN = 3600.0


def verdict(world: World, accepted: list[Event]) -> Iterator[str]:
    """Yield everything that is wrong in the end."""
    wanted = {token for event in accepted for token in event.tasks}
    given_up = tuple(
        f"{STATE}tasks/{_digest(token)}"
        for token in world.tasks
        if token not in wanted or _nobody_listened(world, token)
    )
    for place in ("backlog/", "locks/", "started/", "tasks/", "tickets/"):
        for key in world.ledger.keys(STATE + place):
            if not key.startswith(given_up):
                yield f"left behind: {key}"
    for job_id, script in world.jobs.scripts.items():
        yield from _of_job(world, script, accepted)
        ranks = [RANK[status] for status in world.ledger.statuses[job_id]]
        document = world.ledger.manifest(job_id)
        if ranks and (document is None or RANK[document["status"]] < max(ranks)):
            yield f"a worse manifest of {job_id[:1]} stands: {world.ledger.statuses[job_id]}"
    for event in accepted:
        for token in event.tasks:
            if token not in world.ledger.reports and not _nobody_listened(world, token):
                yield f"{token} was never reported"


def _of_job(world: World, script: Script, accepted: list[Event]) -> Iterator[str]:
    job_id = script.job_id
    kept = {a.api for e in accepted for a in e.asked if a.job_id == job_id and a.park}
    for api in sorted(kept):
        told = world.ledger.rejected(api, job_id) or job_id in world.ledger.expiry_tried
        if not script.known_to(api) and not told:
            yield f"{job_id[:1]} ({api}) is not in the quarantine"
    document = world.ledger.manifest(job_id)
    if document is None:
        if script.api in kept and script.known_to(script.api):
            yield f"{job_id[:1]} has no manifest"
        return
    status, right = document["status"], _right(world, script, kept=script.api in kept)
    if status not in right:
        yield f"{job_id[:1]} is {status}, but should be {' or '.join(sorted(right))}"
    if status == "complete":
        found = {file["key"] for file in document["resources"] if file["status"] == "available"}
        if found != set(script.keys):
            yield f"the manifest of {job_id[:1]} names {sorted(found)}"


def _right(world: World, script: Script, *, kept: bool) -> set[str]:
    job_id, ledger = script.job_id, world.ledger
    late = {"expired"} if job_id in ledger.expiry_tried else set()
    if script.end == "fail":
        return {"failed"} | late
    if not script.known_to(script.api) or script.end in {"never", "poison"}:
        return {"expired"}
    if script.end == "gone":
        return {"partial"} | late
    if script.end == "vanish":
        return {"partial", "complete"} | late
    partial = ledger.first_partial.get(job_id)
    since = [ledger.present_since.get(key) for key in script.keys]
    in_time = partial is None or all(s is not None and s < partial + LOOK_AGAIN for s in since)
    if kept and in_time and job_id not in ledger.denied and not late:
        return {"complete"}
    return {"partial", "complete"} | late


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _nobody_listened(world: World, token: str) -> bool:
    """Return whether CloudFlow took no report for as long as a job may take."""
    failed = world.ledger.failed_reports[token]
    return bool(failed) and failed[-1] - failed[0] >= world.settings.job_ttl_hours * 3600
