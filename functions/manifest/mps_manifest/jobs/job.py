"""A job and its findings, independent of the API that answered."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple

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


class Cover(NamedTuple):
    """A frame proposed as a cover; `file` is the value of the ListedFile of the same picture."""

    file: Any
    score: float | None
    at_ms: int | None


class Segment(NamedTuple):
    """A time range of the input."""

    kind: Literal["chorus", "slide", "summary"]
    start_ms: int
    end_ms: int
    title: str | None = None


class AudioQuality(NamedTuple):
    """The audio quality of one channel; `values` has the contract's names."""

    values: Mapping[str, str | int | float]


Finding = ListedFile | Cover | Segment | AudioQuality | Problem


class Job(NamedTuple):
    """The content of an answer.

    `output_location` is where the job writes: bare keys are in its bucket, its key may be a
    template. `input_stem` is the input's file name without its extension. `facts` are the
    contract's `job` fields. `role` is the purpose of the files; `resolve_template` means that the
    answer does not list them, `requires_files` that success without any file is an error.
    """

    job_id: str
    api: Api
    state: State
    state_text: str
    function_name: str
    output_location: Location | None
    input_stem: str | None
    facts: Mapping[str, Any]
    answer: Mapping[str, Any]
    role: str
    requires_files: bool = False
    resolve_template: bool = False
    files: tuple[ListedFile, ...] = ()
    covers: tuple[Cover, ...] = ()
    segments: tuple[Segment, ...] = ()
    audio_quality: tuple[AudioQuality, ...] = ()
    problems: tuple[Problem, ...] = ()
