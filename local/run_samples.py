"""`make run`: run sample jobs through every trigger on a local cloud, and print the results.

`make run JOB=<ID, its beginning, or a sample's name>` runs one of them and prints its manifest.
Manifests of earlier runs stay. With OSS_ENDPOINT, BUCKET and an access key in the environment the
same function runs against the real service instead.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from local import real_service, sample_jobs
from local.data_folder import FolderLock, unwritable
from local.environment import BUCKET, LocalEnvironment
from local.jobs.plan import JobPlan
from local.run_report import NO_SUCH_JOB, JobRow, ParkedJob, print_report
from local.sample_ids import NoSuchJobError, find
from local.sample_jobs import SampleJob
from local.trigger_kinds import TriggerKind, assign_trigger_kinds, build_event
from local.triggers import mns_topic_json, timer
from tools.complaints import UserError, print_error
from tools.interrupts import STOPPED

OUTPUT = Path("build/run")
MANIFESTS = OUTPUT / "manifests"
CLOUD = OUTPUT / "cloud"
STATE = ".mps-manifest/"
PARKED_JOB = "mps-VideoClip-running"
LONGEST_WAIT = 60.0
EXPECTED_STATUS = {  # of the samples that are not meant to be complete
    "ims-Cover-not-saved": "partial",
    "mps-CaptionExtraction-missing": "partial",
    "mps-VideoH2V-ambiguous": "partial",
    "mps-VideoDetext-failed": "failed",
}
WRONG = 2
"""The exit status for what was asked wrongly, before anything was run."""


def main(arguments: Sequence[str]) -> int:
    """Run the samples; the exit status is 0 if every job has the expected status."""
    wanted = " ".join(arguments).strip()
    try:
        return run(wanted, Console())
    except UserError as error:
        print_error(error.what, error.remedy)
        return WRONG if isinstance(error, NoSuchJobError) else 1
    except KeyboardInterrupt:
        print(f"Stopped. Manifests written so far are in {MANIFESTS}.", file=sys.stderr)
        return STOPPED


def run(wanted: str, console: Console) -> int:
    """Run the sample that is wanted, or all of them; return the exit status.

    Raises UserError, and of these NoSuchJobError for what was asked wrongly.
    """
    if os.environ.get("OSS_ENDPOINT"):
        return real_service.run(wanted, console)
    jobs = sample_jobs.load()
    if not wanted:
        return _run_all([_shortened(job) for job in jobs], console)
    job_id = find(wanted, {job.name: job.job_id for job in jobs})
    return _run_one(next(job for job in jobs if job.job_id == job_id), console)


def _claim(folder: Path) -> None:
    """Raise UserError if the folder cannot be had, before anything that takes a while."""
    try:
        FolderLock(folder).release()
    except OSError as error:
        raise unwritable(folder, error) from None


def _shortened(job: SampleJob) -> SampleJob:
    """Return the job with its end at the second query, so that there is no long wait."""
    return replace(job, plan=replace(job.plan, analysing_queries=0))


def _empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


# --- one job ---------------------------------------------------------------------------------


def _run_one(job: SampleJob, console: Console) -> int:
    """Run a job that has ended, beside what earlier runs have left, and print its manifest."""
    ended = replace(job, plan=JobPlan(error_code=job.plan.error_code))
    _claim(CLOUD)
    with closing(LocalEnvironment(CLOUD)) as environment:
        sample_jobs.seed(environment.cloud, BUCKET, [ended])
        body = {"jobs": [{"jobId": job.job_id, "api": job.api}]}
        answer = json.loads(environment.invoke(json.dumps(body).encode()).payload)
        if "manifest" not in answer.get("jobs", [{}])[0]:
            console.print_json(json.dumps(answer))
            return 1
        path = _save_manifest(environment, job.job_id)
    console.print_json(path.read_text(encoding="utf-8"))
    console.print(f"\nThis is {path}.", highlight=False)
    return 0


# --- all jobs --------------------------------------------------------------------------------


def _run_all(jobs: Sequence[SampleJob], console: Console) -> int:
    _claim(CLOUD)
    _empty(CLOUD)
    with closing(LocalEnvironment(CLOUD)) as environment:
        sample_jobs.seed(environment.cloud, BUCKET, jobs)
        console.print(
            f"Running {len(jobs)} sample jobs, and an unknown one, each by another"
            f" trigger, on a cloud on this machine: OSS at {environment.cloud.oss_endpoint}, MPS"
            f" and IMS at {environment.cloud.api_endpoint}.",
            highlight=False,
        )
        rows = _play(environment, jobs, console)
        backlog = list(_backlog(environment))
    print_report(console, rows, backlog, MANIFESTS, CLOUD)
    return 0 if _all_as_expected(jobs, rows) else 1


def _play(
    environment: LocalEnvironment, jobs: Sequence[SampleJob], console: Console
) -> list[JobRow]:
    rows = []
    with _progress(console) as progress:
        task = progress.add_task("", total=len(jobs) + 1)
        for job, kind in assign_trigger_kinds(jobs):
            progress.update(task, description=f"{kind.name}: {job.title}")
            rows.append(_run_job(environment, job, kind))
            progress.advance(task)
        rows.append(_run_unknown_job(environment))
        progress.update(task, description="waiting for the job in the backlog to be due")
        return _sweep_until_done(environment, rows)


def _progress(console: Console) -> Progress:
    columns = SpinnerColumn(), TextColumn("{task.completed}/{task.total} {task.description}")
    return Progress(*columns, console=console, transient=True)


def _run_job(environment: LocalEnvironment, job: SampleJob, kind: TriggerKind) -> JobRow:
    if job.name == PARKED_JOB:
        kind = replace(kind, name="MNS topic, then timer", event=_topic_event)
    answer = _answer(environment.invoke(build_event(environment.cloud, BUCKET, job, kind)).payload)
    row = JobRow(job.job_id, job.api.upper(), job.algorithm, kind.name)
    return _with_answer(environment, row, answer)


def _topic_event(job: SampleJob, _ticket: object) -> bytes:
    return mns_topic_json(json.dumps({"jobId": job.job_id}))


def _run_unknown_job(environment: LocalEnvironment) -> JobRow:
    job_id = sample_jobs.FOREIGN_JOB_ID
    answer = _answer(environment.invoke(mns_topic_json(json.dumps({"jobId": job_id}))).payload)
    row = JobRow(job_id, "MPS", NO_SUCH_JOB, "MNS topic, JSON")
    return _with_answer(environment, row, answer)


def _answer(payload: bytes) -> dict[str, Any]:
    """Decode a return value; for an HTTP trigger it is in the body of a response."""
    answer: dict[str, Any] = json.loads(payload)
    return json.loads(answer["body"]) if "statusCode" in answer else answer


def _with_answer(environment: LocalEnvironment, row: JobRow, answer: dict[str, Any]) -> JobRow:
    jobs: list[dict[str, Any]] = answer.get("jobs", [])
    mine = next((job for job in jobs if job["jobId"] == row.job), {})
    status = mine.get("status", answer.get("errorType", answer.get("status", "?")))
    files = _files(environment, row.job) if "manifest" in mine else ""
    reason = mine.get("reason", answer.get("errorMessage", ""))
    parked = reason if status == "pending" else row.parked
    return replace(row, status=status, files=files, reason=reason, parked=parked)


def _files(environment: LocalEnvironment, job_id: str) -> str:
    """Save the manifest, and return how many of the listed files exist."""
    manifest = json.loads(_save_manifest(environment, job_id).read_text(encoding="utf-8"))
    resources = manifest["resources"]
    there = sum(resource["status"] == "available" for resource in resources)
    return f"{there} of {len(resources)}" if resources else "none"


def _save_manifest(environment: LocalEnvironment, job_id: str) -> Path:
    path = MANIFESTS / f"{job_id}.json"
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


def _backlog(environment: LocalEnvironment) -> Iterator[ParkedJob]:
    """Yield what is still parked."""
    for key in environment.cloud.list_keys(BUCKET, f"{STATE}backlog/"):
        entry = json.loads(environment.cloud.get_object(BUCKET, key))
        yield ParkedJob(entry["jobId"], key.split("/")[-2], entry["reason"])


def _all_as_expected(jobs: Sequence[SampleJob], rows: Sequence[JobRow]) -> bool:
    """Return whether every job has the status that its sample should have."""
    expected = {job.job_id: EXPECTED_STATUS.get(job.name, "complete") for job in jobs}
    expected[sample_jobs.FOREIGN_JOB_ID] = "rejected"
    return {row.job: row.status for row in rows} == expected
