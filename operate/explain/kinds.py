"""What outcomes mean, and what to do: the table of docs/operations.md, for one job at a time.

A kind is known by the status, and by the type of the manifest's first error or by what the reason
says. docs/explained.md shows a page for each of them, and a test holds all three together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

REPLAY = "mpsm replay {id}"
AGAIN = "mpsm explain {id}"
ASK_API = "mpsm explain {id} --api "
WATCH = "mpsm watch"
LOGS = "mpsm logs {id}"
DOCTOR = "mpsm doctor"
# what a sender wrote
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class Kind(NamedTuple):
    """A kind of outcome; `name` tells it from the others of its status.

    `command` has `{id}` where the ID of the job or the piece belongs. `begins` are texts with one
    of which a reason begins, and `said` those of which it has one anywhere. Beginnings count first,
    since what follows may quote a stranger.
    """

    status: str
    name: str
    remedy: str
    command: str
    said: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Status and name, as a heading."""
        return f"{self.status}: {self.name}" if self.name else self.status


def _kinds(status: str, remedy: str, command: str, *names: str) -> tuple[Kind, ...]:
    return tuple(Kind(status, name, remedy, command, (name,)) for name in names)


COMPLETE = Kind("complete", "", "Nothing to do.", "mpsm sign {id}")
CHANGED_SINCE = Kind(
    "complete",
    "changed since",
    "Replay the job to record the files as they are now.",
    REPLAY,
)
KEPT = Kind(
    "kept",
    "",
    "Restore what is missing, or do nothing: the manifest stays as it is.",
    "mpsm replay {id} --dry-run",
)
FAILED = Kind("failed", "", "Correct the input and submit the job again.", LOGS)
_EXPIRED = Kind(
    "expired", "did not finish", "Was the job ever started? If it ends after all, replay it.", LOGS
)
_PARTIAL = (
    Kind(
        "partial",
        "missing",
        "The function looks for it again for one hour. After that, check: is the output bucket in"
        " the job's region, does the template have a placeholder, was the file deleted? Restore"
        " the file or submit the job again, then replay.",
        REPLAY,
    ),
    Kind("partial", "access-denied", "Let the function's role read the object.", REPLAY),
    Kind(
        "partial", "bucket-not-allowed", "Add the bucket to ALLOWED_BUCKETS and the role.", REPLAY
    ),
    Kind(
        "partial",
        "ambiguous",
        "Make the output template unique for each run, or delete the old files.",
        REPLAY,
    ),
    Kind(
        "partial",
        "invalid-path",
        "The service did not save the file: check the output bucket's region and permissions, and"
        " submit the job again.",
        LOGS,
    ),
    *_kinds(
        "partial",
        "The answer is in the manifest verbatim; please report its format.",
        "mpsm explain {id} --json",
        "nothing-listed",
        "unreadable-result",
        "recovered-result",
    ),
    *_kinds(
        "partial",
        "If the file's error is retryable, the function checks it again for one hour. If the error"
        " remains: is OSS_ENDPOINT correct, is the timeout long enough, is another program writing"
        " this object?",
        REPLAY,
        "unreachable",
        "out-of-time",
        "changed",
        "digest-mismatch",
    ),
    *_kinds(
        "partial",
        "The file is as the service wrote it: submit the job again.",
        REPLAY,
        "truncated",
        "empty",
    ),
    *_kinds(
        "partial",
        "Give the output template its own prefix, and use each placeholder once; do not use"
        " {source} if the input is not an object.",
        REPLAY,
        "too-many-keys",
        "unknown-source",
    ),
    Kind("partial", "item-failed", "Correct the input that failed, and submit it again.", LOGS),
    Kind(
        "partial",
        "own-object",
        "The job's output is among the function's own objects: write job output to another folder.",
        LOGS,
    ),
    *_kinds(
        "partial",
        "The job exceeds a limit: split it, and read the rest in the manifest's answer.",
        "mpsm explain {id} --json",
        "too-many-files",
        "too-much-found",
    ),
)
_FAULT = (
    "A defect of the function: please report it with the place in the log line `unexpected`, and"
    " replay the job with a fixed release."
)
_FAULTS = (
    Kind("partial", "internal-fault", _FAULT, LOGS),
    Kind("failed", "internal-fault", _FAULT, LOGS),
    Kind(
        "expired",
        "internal-fault",
        "The function crashed each time it processed this job: look at the log of the invocations"
        " that were killed, give the function more memory or time, and replay the job.",
        LOGS,
    ),
)
_NOTHING = "Nothing to do if the problem is temporary: the sweeps ask again."
_PENDING = (
    Kind(
        "pending",
        "the manifest could not be written",
        "Nothing to do if the problem is temporary; otherwise fix the error that it names.",
        DOCTOR,
        begins=("the manifest could not be written: ",),
    ),
    Kind("pending", "the job is", "Nothing to do.", WATCH, begins=("the job is ",)),
    Kind(
        "pending",
        "Throttling",
        "Lower API_QPS, or request a higher quota; the sweeps do the rest.",
        "mpsm status",
        ("Throttling",),
    ),
    *_kinds(
        "pending",
        "Correct the role, the keys or the activation of the service; the sweeps do the rest.",
        DOCTOR,
        "Forbidden",
        "InvalidIdentity",
        "PermissionDenied",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
    ),
    Kind(
        "pending",
        "the API answered about another job",
        _NOTHING,
        AGAIN,
        begins=("the API answered about another job",),
    ),
    Kind("pending", "no answer from the API", _NOTHING, AGAIN, begins=("no answer from the API",)),
    Kind(
        "pending",
        "without a valid JSON body",
        _NOTHING,
        AGAIN,
        begins=("the API answered ",),
    ),
    Kind(
        "pending",
        "the API's answer is longer than",
        "Please report it: every documented answer is more than a hundred times shorter.",
        LOGS,
        begins=("the API's answer is longer than",),
    ),
    Kind(
        "pending",
        "the job has no state yet",
        "Nothing to do: a job without a state expires after JOB_TTL_HOURS.",
        WATCH,
        begins=("the job has no state yet",),
    ),
    Kind(
        "pending",
        "no time left in this invocation",
        "Nothing to do; if there are more and more such jobs, raise the timeout or the number of"
        " instances.",
        "mpsm status",
        begins=("no time left in this invocation",),
    ),
    Kind(
        "pending",
        "named by an event that could not be worked on before",
        "Nothing to do: the event failed, or crashed the function, and a sweep parked its jobs.",
        WATCH,
        begins=("named by an event", "named by a ticket"),
    ),
    Kind(
        "pending",
        "an earlier delivery of the event",
        "Nothing to do: the sweeps process the event's jobs.",
        WATCH,
        begins=("an earlier delivery of the event",),
    ),
    Kind("pending", "an unexpected", _FAULT, LOGS, begins=("an unexpected ",)),
    Kind(
        "pending",
        "could not be notified",
        "Nothing to do if the problem is temporary: a sweep notifies CloudFlow or the topic again.",
        DOCTOR,
        begins=(
            "cloudflow could not be notified",
            "topic could not be notified",
            "the callback failed",  # 0.9.0
        ),
    ),
)
TICKET = Kind(
    "pending",
    "a ticket",
    "Let the function's role read the object; the sweeps do the rest.",
    DOCTOR,
)
EVENT = Kind(
    "pending",
    "a copy of an event",
    "Nothing to do: it is deleted when all its jobs are safe.",
    WATCH,
)
NEVER_ASKED = Kind(
    "pending",
    "not asked for yet",
    "Nothing to do: the next sweep asks for it.",
    WATCH,
)
_OTHER_CODE = Kind(
    "pending",
    "any other code",
    "The error is about the account or the deployment, not about the job: fix it before"
    " JOB_TTL_HOURS have passed.",
    DOCTOR,
)
_OTHER_CODES = tuple(
    _OTHER_CODE._replace(name=name, said=(name,))
    for name in ("InvalidAction.NotFound", "Arrearage")
)
_ANOTHER_KIND = (
    "The ID belongs to another kind of job, to another region, or to the other API: name the API"
    ' in the message ("api": "ims").'
)
NOT_KNOWN = (
    "Neither MPS nor IMS knows this ID: check it, and that REGION and the keys are those of the"
    " pipeline that the job was submitted to."
)
_CORRECT = "Correct the payload and send it again; the valid part of it has been processed."
_REJECTED = (
    Kind(
        "rejected",
        "the function crashed",
        "The function crashed each time it read this ticket: look at the log of the invocations"
        " that were killed, then split the ticket and upload it again.",
        REPLAY,
        begins=("the function crashed ",),
    ),
    Kind(
        "rejected",
        "the ticket",
        "Upload it again, with job IDs in it.",
        REPLAY,
        begins=("the ticket ",),
    ),
    Kind(
        "rejected",
        "no state",
        _ANOTHER_KIND,
        f"{ASK_API}ims",
        ("its answer has no state",),
    ),
    *_kinds(
        "rejected",
        _ANOTHER_KIND,
        f"{ASK_API}mps",
        "JobNotFound",
        "ResourceNotFound",
    ),
    *_kinds(
        "rejected",
        "This is not a job ID of the service.",
        LOGS,
        "UUIDFormatInvalid",
        "NullValue",
        "EmptyValue",
    ),
    Kind(
        "rejected",
        "one JSON text of more than",
        "Send the job IDs as lines of text.",
        "mpsm replay {id} --dry-run",
        said=("one JSON text of more than",),
    ),
    *_kinds(
        "rejected",
        _CORRECT,
        "mpsm replay {id} --dry-run",
        "lines are not job IDs",
        "is not a job ID",
        "unrecognized JSON object",
    ),
)
_ANYTHING_ELSE = Kind("rejected", "anything else", _CORRECT, "mpsm replay {id} --dry-run")
UNKNOWN = Kind(
    "unknown",
    "",
    "There is no record of this job: it was never sent, or its records were deleted.",
    REPLAY,
)
_OF_MANIFESTS = (*_PARTIAL, *_FAULTS)
KINDS = (
    COMPLETE,
    CHANGED_SINCE,
    KEPT,
    FAILED,
    _EXPIRED,
    *_OF_MANIFESTS,
    *_PENDING,
    *_OTHER_CODES,
    TICKET,
    EVENT,
    NEVER_ASKED,
    _OTHER_CODE,
    *_REJECTED,
    _ANYTHING_ELSE,
    UNKNOWN,
)
"""All of them."""


def of_manifest(status: str, problem_type: str) -> Kind:
    """Return the kind of a manifest, by its status and the type of its first error."""
    for kind in _OF_MANIFESTS:
        if (kind.status, kind.name) == (status, problem_type):
            return kind
    if status == "complete":
        return COMPLETE
    if status == "expired":
        return _EXPIRED
    if status == "failed":
        return FAILED
    return Kind("partial", problem_type or "unknown", "Look at its problems.", LOGS)


def of_pending(reason: str) -> Kind:
    """Return the kind of a job that has not ended, by the reason in its entry."""
    if not reason:
        return NEVER_ASKED
    return _by_text(reason, (*_PENDING, *_OTHER_CODES)) or _OTHER_CODE


def of_rejected(reason: str) -> Kind:
    """Return the kind of a piece in the quarantine, by its reason."""
    return _by_text(_QUOTED.sub("", reason), _REJECTED) or _ANYTHING_ELSE


def _by_text(reason: str, kinds: tuple[Kind, ...]) -> Kind | None:
    begins = (kind for kind in kinds if reason.startswith((*kind.begins, *kind.said)))
    has = (kind for kind in kinds if any(said in reason for said in kind.said))
    return next(begins, None) or next(has, None)
