"""What is worth telling about a job, all at once."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Problem(NamedTuple):
    """One finding about an answer or a file.

    An `error` keeps a job from `complete`, a `note` doesn't. `pointer` is an RFC 6901 pointer into
    the manifest's `answer`; `resource` the name of a resource.
    """

    severity: Literal["error", "note"]
    type: str
    title: str
    detail: str = ""
    pointer: str = ""
    resource: str = ""


def error(kind: str, title: str, detail: str = "", *, pointer: str = "") -> Problem:
    """Describe what keeps the job from complete."""
    return Problem("error", kind, title, detail, pointer)


def note(kind: str, title: str, detail: str = "", *, pointer: str = "") -> Problem:
    """Describe what a reader may want to know."""
    return Problem("note", kind, title, detail, pointer)
