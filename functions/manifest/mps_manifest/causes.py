"""What is wrong with an unusable piece of an event, in a word that may be counted and shown.

A reason quotes the piece, which is why no log line has it; docs/operations.md explains each cause.
"""

from __future__ import annotations

from typing import Literal

Cause = Literal[
    "bucket-not-allowed",
    "died",
    "empty",
    "internal-fault",
    "invalid-option",
    "invalid-record",
    "not-a-job-id",
    "too-large",
    "too-nested",
    "trigger-event",
    "unreadable",
    "unrecognized",
]
