"""Which sample job is meant by a name, an ID or its beginning.

Standard library only: `make run JOB=` asks `python -m local.sample_ids` before anything is
installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from tools.complaints import UserError, print_error

JOBS = Path(__file__).with_name("samples") / "jobs"
_MOST_NAMED = 4


class NoSuchJobError(UserError):
    """No sample job, or several, are meant; the message says what to do."""


def ids_by_name() -> dict[str, str]:
    """Return the job IDs of the samples by their names."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))["answer"]["JobId"]
        for path in sorted(JOBS.glob("*.json"))
    }


def find(wanted: str, ids: Mapping[str, str]) -> str:
    """Return the ID of the job of that name, or the only ID that is or begins so.

    Raises NoSuchJobError.
    """
    if wanted in ids:
        return ids[wanted]
    found = {name: job_id for name, job_id in ids.items() if job_id.startswith(wanted.lower())}
    if len(found) == 1:
        return found.popitem()[1]
    if found:
        some = [f"{job_id[:12]} ({name})" for name, job_id in found.items()]
        raise NoSuchJobError(
            f"{wanted!r} begins {len(found)} job IDs.",
            "Say more of it:"
            f" {', '.join(some[:_MOST_NAMED])}{', ...' if len(some) > _MOST_NAMED else ''}",
        )
    near = get_close_matches(wanted, ids, 1) or ["mps-Cover"]
    raise NoSuchJobError(
        f"{wanted!r} is not a sample job.",
        "Take an ID, or its beginning, from the table of make run, or a name in"
        f" local/samples/jobs, as in make run JOB={near[0]}",
    )


def main(arguments: Sequence[str]) -> int:
    """Return 0 if one sample job is meant, and else 2 after saying what to do."""
    try:
        find(arguments[0], ids_by_name())
    except NoSuchJobError as error:
        print_error(error.what, error.remedy)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
