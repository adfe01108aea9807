"""`make run`: play sample jobs through every trigger on a local cloud, and show what comes out.

With OSS_ENDPOINT, BUCKET and access keys in the environment the same function runs against the
real service instead: `make run JOB=<id>` shows that job's manifest.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from local import catalogue, real
from local.catalogue import SampleJob
from local.laptop import BUCKET, Laptop
from local.triggers import mns_topic_json, timer
from local.ways import Way, assign, event_for

OUTPUT = Path("build/run")
STATE = ".mps-manifest/"
SHOWN_IN_FULL = "mps-Cover"
PARKED_JOB = "mps-VideoClip-running"
LONGEST_WAIT = 60.0
GONE_WRONG = {  # what is wrong with these samples is wrong on purpose
    "ims-Cover-not-saved": "partial",
    "mps-CaptionExtraction-missing": "partial",
    "mps-VideoH2V-ambiguous": "partial",
    "mps-VideoDetext-failed": "failed",
}
COLOURS = {
    "complete": "green",
    "partial": "yellow",
    "failed": "red",
    "expired": "red",
    "pending": "cyan",
    "rejected": "magenta",
}


@dataclass(frozen=True)
class Played:
    """One line of the table."""

    job: str
    api: str
    algorithm: str
    trigger: str
    status: str = ""
    files: str = ""
    key: str = ""
    reason: str = ""


def main(arguments: Sequence[str]) -> int:
    """Run the player; the exit status is 0 when every job ended as its sample should."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    wanted = arguments[0] if arguments else None
    if os.environ.get("OSS_ENDPOINT"):
        return real.run(wanted, console)
    _clear(OUTPUT)
    with closing(Laptop(OUTPUT / "cloud")) as laptop:
        jobs = [_impatient(job) for job in catalogue.load()]
        catalogue.seed(laptop.cloud, BUCKET, jobs)
        if wanted:
            return _one(laptop, jobs, wanted, console)
        return _all(laptop, jobs, console)


def _impatient(job: SampleJob) -> SampleJob:
    """Let the running sample end with its second query, so that the player need not wait long."""
    return replace(job, plan=replace(job.plan, analysing_queries=0))


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


# --- one job ---------------------------------------------------------------------------------


def _one(laptop: Laptop, jobs: Sequence[SampleJob], wanted: str, console: Console) -> int:
    job = next((job for job in jobs if wanted in {job.job_id, job.name}), None)
    body = {"jobs": [{"jobId": job.job_id, "api": job.api}]} if job else {"jobId": wanted}
    answer = json.loads(laptop.invoke(json.dumps(body).encode()).payload)
    if "jobs" in answer and answer["jobs"] and "manifest" in answer["jobs"][0]:
        found = answer["jobs"][0]["jobId"]
        console.print_json(_saved(laptop, found).read_text(encoding="utf-8"))
        return 0
    console.print_json(json.dumps(answer))
    if job is None:
        console.print(f"\n{wanted} is none of the sample jobs. These are:")
        for each in jobs:
            console.print(f"  {each.job_id}  {each.title}", highlight=False)
    return 1


# --- all jobs --------------------------------------------------------------------------------


def _all(laptop: Laptop, jobs: Sequence[SampleJob], console: Console) -> int:
    console.print(f"The local cloud is up: OSS at {laptop.cloud.oss_endpoint},", highlight=False)
    console.print(f"MPS and IMS at {laptop.cloud.api_endpoint}. Playing {len(jobs)} sample jobs;")
    console.print("half a minute, since one of them is parked and must come due.\n")
    played = []
    with _progress(console) as progress:
        task = progress.add_task("", total=len(jobs) + 1)
        for job, way in assign(jobs):
            progress.update(task, description=f"{way.name}: {job.title}")
            played.append(_play(laptop, job, way))
            progress.advance(task)
        played.append(_foreign(laptop))
        progress.update(task, description="waiting for a parked job to come due")
        played = _work_off(laptop, played)
    console.print(_table(played))
    _explain(laptop, played, console)
    shown = next(job for job in jobs if job.name == SHOWN_IN_FULL)
    console.print(f"\nOne manifest in full ({shown.title}):")
    console.print_json((OUTPUT / "manifests" / f"{shown.job_id}.json").read_text(encoding="utf-8"))
    console.print(f"\nAll manifests are in {OUTPUT / 'manifests'}; make run JOB=<id> shows one.")
    return 0 if _as_expected(jobs, played) else 1


def _progress(console: Console) -> Progress:
    columns = SpinnerColumn(), TextColumn("{task.completed}/{task.total} {task.description}")
    return Progress(*columns, console=console, transient=True)


def _play(laptop: Laptop, job: SampleJob, way: Way) -> Played:
    if job.name == PARKED_JOB:
        way = replace(way, name="MNS topic, then timer", event=_by_message)
    answer = _answer(laptop.invoke(event_for(laptop.cloud, BUCKET, job, way)).payload)
    return _played(laptop, Played(job.job_id, job.api, job.algorithm, way.name), answer)


def _by_message(job: SampleJob, _ticket: object) -> bytes:
    return mns_topic_json(json.dumps({"jobId": job.job_id}))


def _foreign(laptop: Laptop) -> Played:
    job_id = catalogue.FOREIGN_JOB_ID
    answer = _answer(laptop.invoke(mns_topic_json(json.dumps({"jobId": job_id}))).payload)
    line = Played(job_id, "mps", "(no such job)", "MNS topic, JSON")
    return _played(laptop, line, answer)


def _answer(payload: bytes) -> dict[str, Any]:
    """Read a return value; an HTTP trigger's is wrapped."""
    answer: dict[str, Any] = json.loads(payload)
    return json.loads(answer["body"]) if "statusCode" in answer else answer


def _played(laptop: Laptop, line: Played, answer: dict[str, Any]) -> Played:
    job_id = line.job
    jobs: list[dict[str, Any]] = answer.get("jobs", [])
    mine = next((job for job in jobs if job["jobId"] == job_id), {})
    status = mine.get("status", answer.get("errorType", answer.get("status", "?")))
    key = mine.get("manifest", {}).get("key", "")
    files = _files(laptop, job_id) if key else ""
    reason = mine.get("reason", answer.get("errorMessage", ""))
    return replace(line, status=status, files=files, key=key, reason=reason)


def _files(laptop: Laptop, job_id: str) -> str:
    """Say how many of the listed files are there, and save the manifest."""
    resources = json.loads(_saved(laptop, job_id).read_text(encoding="utf-8"))["resources"]
    there = sum(resource["status"] == "available" for resource in resources)
    return f"{there} of {len(resources)}" if resources else "none"


def _saved(laptop: Laptop, job_id: str) -> Path:
    path = OUTPUT / "manifests" / f"{job_id}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(laptop.cloud.get_object(BUCKET, f"manifests/{job_id}.json"))
    return path


def _work_off(laptop: Laptop, played: Sequence[Played]) -> list[Played]:
    """Let the timer tick until no job is pending any more, as the sweep does every few minutes."""
    lines = {line.job: line for line in played}
    for answer in _ticks(laptop):
        for job in answer.get("jobs", []):
            lines[job["jobId"]] = _played(laptop, lines[job["jobId"]], answer)
        if not any(line.status == "pending" for line in lines.values()):
            break
    return list(lines.values())


def _ticks(laptop: Laptop) -> Iterator[dict[str, Any]]:
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        yield _answer(laptop.invoke(timer()).payload)
        time.sleep(1)


# --- what a person reads ---------------------------------------------------------------------


def _table(played: Sequence[Played]) -> Table:
    table = Table(title="Every job, whatever woke the function up", title_justify="left")
    for heading in ("job", "API", "algorithm", "trigger", "status", "files", "manifest"):
        table.add_column(heading, no_wrap=True)
    for line in played:
        status = Text(line.status, COLOURS.get(line.status, "red"))
        key = line.key.replace(line.job, f"{line.job[:8]}…") or "-"
        job, files = f"{line.job[:8]}…", line.files or "-"
        table.add_row(job, line.api.upper(), line.algorithm, line.trigger, status, files, key)
    return table


def _explain(laptop: Laptop, played: Sequence[Played], console: Console) -> None:
    console.print("\nWhat is not complete, and why:")
    for line in played:
        if line.status != "complete":
            console.print(f"  {line.job}  {line.status}: {line.reason}", highlight=False)
    parked = laptop.cloud.list_keys(BUCKET, f"{STATE}backlog/")
    rejected = laptop.cloud.list_keys(BUCKET, f"{STATE}rejected/")
    console.print(f"\nBacklog: {len(parked)} to look at again. Quarantine: {len(rejected)}.")


def _as_expected(jobs: Sequence[SampleJob], played: Sequence[Played]) -> bool:
    """Tell whether every job ended as its sample should."""
    expected = {job.job_id: GONE_WRONG.get(job.name, "complete") for job in jobs}
    expected[catalogue.FOREIGN_JOB_ID] = "rejected"
    return {line.job: line.status for line in played} == expected


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
