"""What to do about each type of problem, in a sentence or two (docs/operations.md has more)."""

from __future__ import annotations

_REPLAY = "then replay the job."
_REMEDIES = {
    "access-denied": f"Let the function's role read the object, {_REPLAY}",
    "ambiguous": "Several runs match the output template. Make the template unique for each"
    f" run, or delete the old files, {_REPLAY}",
    "bucket-not-allowed": f"Add the bucket to ALLOWED_BUCKETS and to the role, {_REPLAY}",
    "changed": "Another program wrote the file while it was read. Replay the job.",
    "digest-mismatch": "Two reads of the file gave different content. Replay the job.",
    "empty": "The service left an empty file. Submit the job again.",
    "expired": "Was the job ever started? If it ends after all, replay it.",
    "internal-fault": "This is a defect of the function: please report it, and replay the job with"
    " a fixed release.",
    "invalid-path": "The service did not save the file. Check the region and the permissions of the"
    " output bucket, and submit the job again.",
    "item-failed": "Correct the input that failed, and submit the job again.",
    "job-failed": "Correct the input or the parameters as the service says, and submit the job"
    " again.",
    "missing": "Is the output bucket in the job's region, was the file deleted? Restore the file"
    f" or submit the job again, {_REPLAY}",
    "nothing-listed": "The answer is kept below, word for word: please report its format.",
    "out-of-time": "Replay the job; if the error remains, give the function more time.",
    "own-object": "The job's output is under the function's own prefixes: write job output to"
    " another folder.",
    "recovered-result": "The answer is kept below, word for word: please report its format.",
    "too-many-files": "The job exceeds a limit: split it into several.",
    "too-many-keys": "Give the output template its own prefix, and use each placeholder once.",
    "too-much-found": "The job exceeds a limit; docs/operations.md says which.",
    "truncated": "The file is as the service wrote it: submit the job again.",
    "unknown-source": "Do not use {source} in the template if the input is not an object.",
    "unreachable": "Replay the job; if the error remains, check OSS_ENDPOINT.",
    "unreadable-result": "The answer is kept below, word for word: please report its format.",
}


def remedy(kind: str) -> str:
    """Return what to do about a type of problem; empty where there is nothing to be done."""
    return _REMEDIES.get(kind, "")
