"""Derive from a job what is known about its files besides their content."""

from __future__ import annotations

from collections.abc import Callable

from mps_manifest.files.output_templates import TRIALS, result_type, template_of
from mps_manifest.files.resources import Resource
from mps_manifest.formats.findings import FileContext
from mps_manifest.job_limits import MAX_FINDINGS
from mps_manifest.jobs.job import Job


def file_contexts(job: Job, files: int) -> Callable[[Resource], FileContext]:
    """Return a function from a resource of the job to its context; `files` is their number."""
    template = template_of(job)
    trials = iter(range(TRIALS))
    params = job.facts.get("jobParams")

    def context_of(resource: Resource) -> FileContext:
        key = resource.location.key if resource.location else ""
        return FileContext(
            result_type(key, template, trials),
            params if isinstance(params, str) else None,
            quotable=resource.is_listed,
            most_findings=MAX_FINDINGS // max(1, files),
        )

    return context_of
