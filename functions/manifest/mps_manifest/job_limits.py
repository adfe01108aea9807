"""What one job, or one piece of an event, may cost at most; docs/operations.md has it for people.

Where a job's limit was met its manifest has a problem that says so.
"""

from __future__ import annotations

MAX_FILES = 1_000
"""Files of a job that are listed and looked at."""
MAX_TEMPLATE_KEYS = 5_000
"""Keys that are compared with an output template."""
LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of an answer that is read at all."""
SHORT_ANSWER = 256 * 1024
"""Bytes of an answer that is read whatever other jobs hold."""
MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""What is kept of an answer."""
MAX_FACT_BYTES = 64 * 1024
"""What is kept of a text of the job's own, as its user data."""
MAX_FINDINGS = 10_000
"""What is read of an answer, and the entries of `analysis` and of `problems`, each."""
MAX_CUES = 50_000
"""Captions that are read of a file."""
MAX_CAPTION_LINES = 250_000
MAX_WEBVTT = 2 * 1024 * 1024
"""Characters of captions that are written as WebVTT."""
MAX_TEXT = 2_000
"""Characters of what is listed in place of a path."""
MAX_TITLE = 400
"""Characters of a title that was found."""
MAX_DETAIL = 2_000
"""Characters of a problem's detail."""
MAX_MANIFEST_BYTES = 8 * 1024 * 1024
MAX_POINTER = 512
"""Characters of a pointer into an answer."""
MAX_ORIGIN = 512
"""Characters of where an event came from."""
MAX_REASON = 300
"""Characters of a reason in the answer to an event, in an error and of a parked ticket."""
MAX_FAULTS = 16 * 1024
"""Characters of all that is wrong with a piece in the quarantine."""
MAX_JSON_BYTES = 8 * 1024 * 1024
"""A body, a message or a ticket that is one JSON text."""
MAX_ERROR = 1_500
"""Characters of the error that brings an event back, whatever the reasons."""
MAX_FAILED_EVENT = 40 * 1024
"""Bytes of an event, as text within JSON, that surely fit the queue of failed events.

A queue takes 64 KB (Function Compute's page on asynchronous invocation), perhaps of Base64: 48 KiB.
The record of a failed call also has our error (MAX_ERROR) and its places, 8 KiB at most.
"""
MAX_ASYNC_EVENT = 256 * 1024
"""Bytes of the event of an asynchronous call: 128 KiB, more on request (limits page)."""
