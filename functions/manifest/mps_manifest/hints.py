"""What a job tells about its files beside their content."""

from __future__ import annotations

from collections.abc import Callable

from mps_manifest.answers.model import Job
from mps_manifest.contents.model import Hints
from mps_manifest.resources import Resource
from mps_manifest.templates import compile_template, result_type


def hints_of(job: Job) -> Callable[[Resource], Hints]:
    """Give what tells the hints for each file of a job."""
    home = job.home
    template = compile_template(home.key, job.source) if home and home.key else None
    params = job.facts.get("jobParams")

    def hints(resource: Resource) -> Hints:
        key = resource.location.key if resource.location else ""
        return Hints(result_type(key, template), params if isinstance(params, str) else None)

    return hints
