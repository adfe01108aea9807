"""`make run`: run sample jobs through every trigger on a local cloud, and print the results.

With OSS_ENDPOINT, BUCKET and an access key in the environment the same function runs against the
real service instead: `make run JOB=<id>` prints that job's manifest.
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

from local import real_service, sample_jobs
from local.environment import BUCKET, LocalEnvironment
from local.sample_jobs import SampleJob
from local.trigger_kinds import TriggerKind, assign_trigger_kinds, build_event
from local.triggers import mns_topic_json, timer

OUTPUT = Path("build/run")
STATE = ".mps-manifest/"
SHOWN_IN_FULL = "mps-Cover"
PARKED_JOB = "mps-VideoClip-running"
LONGEST_WAIT = 60.0
EXPECTED_STATUS = {  # of the samples that are not meant to be complete
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
class JobRow:
    """A row of the table."""

    job: str
    api: str
    algorithm: str
    trigger: str
    status: str = ""
    files: str = ""
    key: str = ""
    reason: str = ""


def main(arguments: Sequence[str]) -> int:
    """Run the samples; the exit status is 0 if every job has the expected status."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    wanted = arguments[0] if arguments else None
    if os.environ.get("OSS_ENDPOINT"):
        return real_service.run(wanted, console)
    _empty(OUTPUT)
    with closing(LocalEnvironment(OUTPUT / "cloud")) as environment:
        jobs = [_shortened(job) for job in sample_jobs.load()]
        sample_jobs.seed(environment.cloud, BUCKET, jobs)
        if wanted:
            return _run_one(environment, jobs, wanted, console)
        return _run_all(environment, jobs, console)


def _shortened(job: SampleJob) -> SampleJob:
    """Return the job with its end at the second query, so that there is no long wait."""
    return replace(job, plan=replace(job.plan, analysing_queries=0))


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


# --- one job ---------------------------------------------------------------------------------


def _run_one(
    environment: LocalEnvironment, jobs: Sequence[SampleJob], wanted: str, console: Console
) -> int:
    job = next((job for job in jobs if wanted in {job.job_id, job.name}), None)
    body = {"jobs": [{"jobId": job.job_id, "api": job.api}]} if job else {"jobId": wanted}
    answer = json.loads(environment.invoke(json.dumps(body).encode()).payload)
    if "jobs" in answer and answer["jobs"] and "manifest" in answer["jobs"][0]:
        found = answer["jobs"][0]["jobId"]
        console.print_json(_save_manifest(environment, found).read_text(encoding="utf-8"))
        return 0
    console.print_json(json.dumps(answer))
    if job is None:
        console.print(f"\n{wanted} is not a sample job. The sample jobs are:")
        for each in jobs:
            console.print(f"  {each.job_id}  {each.title}", highlight=False)
    return 1


# --- all jobs --------------------------------------------------------------------------------


def _run_all(environment: LocalEnvironment, jobs: Sequence[SampleJob], console: Console) -> int:
    cloud = environment.cloud
    console.print(f"The local cloud is running: OSS at {cloud.oss_endpoint},", highlight=False)
    console.print(f"MPS and IMS at {cloud.api_endpoint}. Running {len(jobs)} sample jobs takes")
    console.print("half a minute: one of them is not finished at first and is queried again.\n")
    rows = []
    with _progress(console) as progress:
        task = progress.add_task("", total=len(jobs) + 1)
        for job, kind in assign_trigger_kinds(jobs):
            progress.update(task, description=f"{kind.name}: {job.title}")
            rows.append(_run_job(environment, job, kind))
            progress.advance(task)
        rows.append(_run_unknown_job(environment))
        progress.update(task, description="waiting for the job in the backlog to be due")
        rows = _sweep_until_done(environment, rows)
    console.print(_table(rows))
    _print_reasons(environment, rows, console)
    shown = next(job for job in jobs if job.name == SHOWN_IN_FULL)
    console.print(f"\nOne manifest in full ({shown.title}):")
    console.print_json((OUTPUT / "manifests" / f"{shown.job_id}.json").read_text(encoding="utf-8"))
    console.print(
        f"\nAll manifests are in {OUTPUT / 'manifests'}. Print one with make run JOB=<id>."
    )
    return 0 if _all_as_expected(jobs, rows) else 1


def _progress(console: Console) -> Progress:
    columns = SpinnerColumn(), TextColumn("{task.completed}/{task.total} {task.description}")
    return Progress(*columns, console=console, transient=True)


def _run_job(environment: LocalEnvironment, job: SampleJob, kind: TriggerKind) -> JobRow:
    if job.name == PARKED_JOB:
        kind = replace(kind, name="MNS topic, then timer", event=_topic_event)
    answer = _answer(environment.invoke(build_event(environment.cloud, BUCKET, job, kind)).payload)
    return _with_answer(environment, JobRow(job.job_id, job.api, job.algorithm, kind.name), answer)


def _topic_event(job: SampleJob, _ticket: object) -> bytes:
    return mns_topic_json(json.dumps({"jobId": job.job_id}))


def _run_unknown_job(environment: LocalEnvironment) -> JobRow:
    job_id = sample_jobs.FOREIGN_JOB_ID
    answer = _answer(environment.invoke(mns_topic_json(json.dumps({"jobId": job_id}))).payload)
    row = JobRow(job_id, "mps", "(no such job)", "MNS topic, JSON")
    return _with_answer(environment, row, answer)


def _answer(payload: bytes) -> dict[str, Any]:
    """Decode a return value; for an HTTP trigger it is in the body of a response."""
    answer: dict[str, Any] = json.loads(payload)
    return json.loads(answer["body"]) if "statusCode" in answer else answer


def _with_answer(environment: LocalEnvironment, row: JobRow, answer: dict[str, Any]) -> JobRow:
    job_id = row.job
    jobs: list[dict[str, Any]] = answer.get("jobs", [])
    mine = next((job for job in jobs if job["jobId"] == job_id), {})
    status = mine.get("status", answer.get("errorType", answer.get("status", "?")))
    key = mine.get("manifest", {}).get("key", "")
    files = _files(environment, job_id) if key else ""
    reason = mine.get("reason", answer.get("errorMessage", ""))
    return replace(row, status=status, files=files, key=key, reason=reason)


def _files(environment: LocalEnvironment, job_id: str) -> str:
    """Save the manifest, and return how many of the listed files exist."""
    manifest = json.loads(_save_manifest(environment, job_id).read_text(encoding="utf-8"))
    resources = manifest["resources"]
    there = sum(resource["status"] == "available" for resource in resources)
    return f"{there} of {len(resources)}" if resources else "none"


def _save_manifest(environment: LocalEnvironment, job_id: str) -> Path:
    path = OUTPUT / "manifests" / f"{job_id}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(environment.cloud.get_object(BUCKET, f"manifests/{job_id}.json"))
    return path


def _sweep_until_done(environment: LocalEnvironment, rows: Sequence[JobRow]) -> list[JobRow]:
    """Send timer events, as the sweep's timer does, until no job is pending."""
    rows_by_job = {row.job: row for row in rows}
    for answer in _timer_answers(environment):
        for job in answer.get("jobs", []):
            rows_by_job[job["jobId"]] = _with_answer(environment, rows_by_job[job["jobId"]], answer)
        if not any(row.status == "pending" for row in rows_by_job.values()):
            break
    return list(rows_by_job.values())


def _timer_answers(environment: LocalEnvironment) -> Iterator[dict[str, Any]]:
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        yield _answer(environment.invoke(timer()).payload)
        time.sleep(1)


# --- output ----------------------------------------------------------------------------------


def _table(rows: Sequence[JobRow]) -> Table:
    table = Table(title="Every job and its trigger", title_justify="left")
    for heading in ("job", "API", "algorithm", "trigger", "status", "files", "manifest"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        status = Text(row.status, COLOURS.get(row.status, "red"))
        key = row.key.replace(row.job, f"{row.job[:8]}…") or "-"
        job, files = f"{row.job[:8]}…", row.files or "-"
        table.add_row(job, row.api.upper(), row.algorithm, row.trigger, status, files, key)
    return table


def _print_reasons(environment: LocalEnvironment, rows: Sequence[JobRow], console: Console) -> None:
    console.print("\nJobs that are not complete, and the reasons:")
    for row in rows:
        if row.status != "complete":
            console.print(f"  {row.job}  {row.status}: {row.reason}", highlight=False)
    parked = environment.cloud.list_keys(BUCKET, f"{STATE}backlog/")
    rejected = environment.cloud.list_keys(BUCKET, f"{STATE}rejected/")
    console.print(f"\nBacklog: {len(parked)} to be queried again. Quarantine: {len(rejected)}.")


def _all_as_expected(jobs: Sequence[SampleJob], rows: Sequence[JobRow]) -> bool:
    """Return whether every job has the status that its sample should have."""
    expected = {job.job_id: EXPECTED_STATUS.get(job.name, "complete") for job in jobs}
    expected[sample_jobs.FOREIGN_JOB_ID] = "rejected"
    return {row.job: row.status for row in rows} == expected


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
