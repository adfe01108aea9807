"""A job and its findings, independent of the API that answered."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from mps_manifest.parsing.locations import Location
from mps_manifest.problems import Problem
from mps_manifest.settings import Api


class State(Enum):
    """The state of a job; UNKNOWN is an answer without a state, as for a foreign job ID."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ListedFile(NamedTuple):
    """A place in an answer where a path is expected; `value` is what the answer has there."""

    value: Any
    pointer: str
    roles: tuple[str, ...]


class Job(NamedTuple):
    """The content of an answer.

    `output_location` is where the job writes: bare keys are in its bucket, its key may be a
    template. `input_location` is the object it reads, `input_stem` that object's file name without
    its extension. `facts` are the contract's `job` fields. `role` is the purpose of the files;
    `resolve_template` means that the answer does not list them, `requires_files` that success
    without any file is an error. `findings` are what the readers found (jobs/result_readers.py), in
    the order of the answer. `user_data_sha256` is the digest of the user data as the service has
    it.
    """

    job_id: str
    api: Api
    state: State
    state_text: str
    function_name: str
    output_location: Location | None
    input_stem: str | None
    input_location: Location | None
    facts: Mapping[str, Any]
    answer: Mapping[str, Any]
    role: str
    requires_files: bool = False
    resolve_template: bool = False
    files: tuple[ListedFile, ...] = ()
    findings: tuple[object, ...] = ()
    problems: tuple[Problem, ...] = ()
    failure: str = ""
    user_data_sha256: str = ""
