"""A job as the product understands it, whichever API answered."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple

from mps_manifest.parsing.locations import Location
from mps_manifest.problems import Problem
from mps_manifest.settings import Api


class State(Enum):
    """Where a job stands; UNKNOWN is an answer without any state, as for a foreign job ID."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ListedFile(NamedTuple):
    """One place of an answer where a path should stand; `value` is what stands there."""

    value: Any
    pointer: str
    roles: tuple[str, ...]


class Cover(NamedTuple):
    """A frame the service proposes as a cover; `file` is the value that also lists the file."""

    file: Any
    score: float | None
    at_ms: int | None


class Segment(NamedTuple):
    """A stretch of the input."""

    kind: Literal["chorus", "slide", "summary"]
    start_ms: int
    end_ms: int
    title: str | None = None


class AudioQuality(NamedTuple):
    """The quality of one channel; `values` has the contract's names."""

    values: Mapping[str, str | int | float]


Finding = ListedFile | Cover | Segment | AudioQuality | Problem


class Job(NamedTuple):
    """What an answer says of a job.

    `home` is where the job writes: its bucket is that of bare keys, its key may be a template;
    `source` is the stem of the input's name. `facts` are the contract's `job` fields. `role` is
    what the algorithm's files are for; `resolve_template` says that it writes files without
    naming them, `requires_files` that success without any file is a fault.
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
