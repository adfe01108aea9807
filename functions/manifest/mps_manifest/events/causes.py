"""What is wrong with an unusable piece, in a word that may be counted and shown.

A reason quotes the piece, which is why no log line has it; its cause is one of the words here.
"""

from __future__ import annotations

from typing import Literal, get_args

Cause = Literal[
    "bucket-not-allowed",
    "died",
    "empty",
    "internal-fault",
    "invalid-option",
    "invalid-record",
    "not-a-job-id",
    "other",
    "too-large",
    "too-nested",
    "trigger-event",
    "unreadable",
    "unrecognized",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)

# The words of reasons, most telling first: a ticket's reason may end with one about its name.
_PHRASES: tuple[tuple[str, Cause], ...] = (
    ("which is not in ALLOWED_BUCKETS", "bucket-not-allowed"),
    ("times over it", "died"),
    ("an unexpected ", "internal-fault"),
    ("the ticket cannot be read", "unreadable"),
    ("the ticket could not be read in time", "unreadable"),
    ("the entry of a parked ticket is broken", "unreadable"),
    ("the ticket is empty", "empty"),
    ("the envelope has no content", "empty"),
    ("the event of a trigger, which is not followed", "trigger-event"),
    ("one JSON text of more than ", "too-large"),
    ("envelopes are nested more than ", "too-nested"),
    ("unrecognized JSON object", "unrecognized"),
    ("the content is not JSON", "unrecognized"),
    ("is neither an event nor a job ID", "unrecognized"),
    ("is marked as Base64, but is not valid", "unrecognized"),
    ("OSS event record", "invalid-record"),
    ("must be 'mps' or 'ims'", "invalid-option"),
    ("onPending must be ", "invalid-option"),
    ("taskToken ", "invalid-option"),
    ("is not a job ID", "not-a-job-id"),
    ("are not job IDs", "not-a-job-id"),
    ("JobId", "not-a-job-id"),
)


def cause_of(reason: str) -> Cause:
    """Return the cause that a reason tells first; `other` for words that are not known here."""
    return next((cause for phrase, cause in _PHRASES if phrase in reason), "other")
