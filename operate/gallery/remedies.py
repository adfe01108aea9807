"""What to do about each type of problem, in a sentence or two (docs/operations.md has more)."""

from __future__ import annotations

_REPLAY = "then replay the job."
_REMEDIES = {
    "access-denied": f"Let the function's role read the object, {_REPLAY}",
    "ambiguous": "Several runs match the output template. Put something unique into the template,"
    f" or delete the files that are old, {_REPLAY}",
    "bucket-not-allowed": f"Add the bucket to ALLOWED_BUCKETS and to the role, {_REPLAY}",
    "changed": "Somebody wrote the file while it was read. Replay the job.",
    "digest-mismatch": "The file was read differently twice. Replay the job.",
    "empty": "The service left an empty file. Submit the job again.",
    "expired": "Was the job ever started? If it ends after all, replay it.",
    "internal-fault": "This is a defect of the function: please report it, and replay the job with"
    " the version that mends it.",
    "invalid-path": "The service did not save the file. Look at the region and the rights of the"
    " output bucket, and submit the job again.",
    "item-failed": "Mend the input that failed, and submit the job again.",
    "job-failed": "Mend the input or the parameters as the service says, and submit the job again.",
    "missing": "Was the output bucket in the job's region, has the file been deleted? Write it anew"
    f" or submit the job again, {_REPLAY}",
    "nothing-listed": "The answer is kept below, word for word: please report its form.",
    "out-of-time": "Replay the job; if it stays, give the function more time.",
    "own-object": "The job's output lies below the function's own prefixes: give jobs a folder of"
    " their own.",
    "recovered-result": "The answer is kept below, word for word: please report its form.",
    "too-many-files": "A limit was met: split the job into several.",
    "too-many-keys": "Give the output template a beginning of its own.",
    "too-much-found": "A limit was met; docs/operations.md says which.",
    "truncated": "The file is as the service left it: submit the job again.",
    "unknown-source": "Use no template with {source} where the input is no object.",
    "unreachable": "Replay the job; if it stays, look at OSS_ENDPOINT.",
    "unreadable-result": "The answer is kept below, word for word: please report its form.",
}


def remedy(kind: str) -> str:
    """Return what to do about a type of problem; empty where there is nothing to be done."""
    return _REMEDIES.get(kind, "")
