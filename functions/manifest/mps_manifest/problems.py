"""Errors and notes about a job that its manifest lists."""

from __future__ import annotations

from typing import Literal, NamedTuple

from mps_manifest.job_limits import MAX_FILES


class Problem(NamedTuple):
    """One error or note about an answer or a file.

    An `error` keeps a job from `complete`, a `note` does not. `pointer` is an RFC 6901 pointer into
    the manifest's `answer`; `resource` the name of a resource.
    """

    severity: Literal["error", "note"]
    type: str
    title: str
    detail: str = ""
    pointer: str = ""
    resource: str = ""


def error(kind: str, title: str, detail: str = "", *, pointer: str = "") -> Problem:
    """Return an error: it keeps the job from `complete`."""
    return Problem("error", kind, title, detail, pointer)


def note(kind: str, title: str, detail: str = "", *, pointer: str = "") -> Problem:
    """Return a note: it does not change the status of the job."""
    return Problem("note", kind, title, detail, pointer)


def too_many_files(others: int) -> Problem:
    """Return the error of a job that has more files than are looked at."""
    title = f"The job has more than {MAX_FILES} files; the others were not checked"
    return error("too-many-files", title, f"{others} more files were left out")
