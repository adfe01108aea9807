"""The charts of the dashboard and the saved searches, each with its query.

A query is a search statement, `|`, and SQL like Presto's. Lines of the log are JSON text in the
field `message`, so four words are short for what reads them:

    text(status)      the text of a field
    number(waited)    its number
    step()            the ten minutes that a line belongs to, for the axis of a chart
    moment()          the line's time

SLS returns a hundred rows unless a query has a LIMIT of its own.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from tools.costs import (
    CU,
    CU_PER_10_000_CALLS,
    CU_PER_GB_SECOND,
    CU_PER_VCPU_SECOND,
    LEAST_PER_FUNCTION_AND_HOUR,
)

STEP = 600
_STEP = f"date_format(from_unixtime(__time__ - __time__ % {STEP}), '%Y-%m-%d %H:%i')"
_MOMENT = "date_format(from_unixtime(__time__), '%Y-%m-%d %H:%i:%s')"
_TEXT = r"json_extract_scalar(message, '$.\1')"


def _double(number: float) -> str:
    """Return a number as a double: without an exponent it may be a decimal, which SQL rounds."""
    return f"{number:.3E}"


_CNY, _LEAST = _double(CU.cny), _double(LEAST_PER_FUNCTION_AND_HOUR)
_VCPU, _GB = _double(CU_PER_VCPU_SECOND), _double(CU_PER_GB_SECOND)
_CALL = _double(CU_PER_10_000_CALLS / 10_000)


class Chart(NamedTuple):
    """A chart: its ID, its title with the unit, its query, and the columns that it draws.

    A line chart has the column `time` on its axis, and a line for each of `drawn`. A table shows
    all columns.
    """

    id: str
    title: str
    type: Literal["linepro", "tablepro"]
    query: str
    drawn: tuple[str, ...] = ()
    is_wide: bool = False


class SavedSearch(NamedTuple):
    """A saved search: what its resource and it are called, and its query."""

    resource: str
    name: str
    title: str
    query: str


def written_out(query: str) -> str:
    """Return a query as SLS takes it, in one line."""
    query = " ".join(query.split())
    query = query.replace("step()", _STEP).replace("moment()", _MOMENT)
    query = re.sub(r"\bnumber\(([\w.]+)\)", rf"cast({_TEXT} AS double)", query)
    return re.sub(r"\btext\(([\w.]+)\)", _TEXT, query)


# What ended a job: a manifest that was written, or a rejection. A replay that keeps what stands is
# none (`kept`), and a job that waits has not ended. One that expired says nothing of how long
# manifests take: it was given up after JOB_TTL_HOURS.
CHARTS = (
    Chart(
        "jobs-by-outcome",
        "Jobs by outcome (per 10 min)",
        "linepro",
        """
        message: job
        | SELECT step() AS time,
          count_if(text(status) = 'complete') AS complete,
          count_if(text(status) = 'partial') AS partial,
          count_if(text(status) = 'failed') AS failed,
          count_if(text(status) = 'expired') AS expired,
          count_if(text(status) = 'rejected') AS rejected
        FROM log
        WHERE text(message) = 'job' AND text(kept) IS NULL AND text(status) <> 'pending'
        GROUP BY time ORDER BY time LIMIT 10000
        """,
        ("complete", "partial", "failed", "expired", "rejected"),
    ),
    Chart(
        "event-to-manifest",
        "From event to manifest (s)",
        "linepro",
        """
        message: job and message: written
        | SELECT step() AS time,
          approx_percentile(number(waited), 0.5) AS p50_seconds,
          approx_percentile(number(waited), 0.95) AS p95_seconds
        FROM log
        WHERE text(message) = 'job' AND text(written) = 'true' AND text(status) <> 'expired'
        GROUP BY time ORDER BY time LIMIT 10000
        """,
        ("p50_seconds", "p95_seconds"),
    ),
    Chart(
        "backlog-age",
        "Backlog: age of the oldest job, and how overdue entries are (s)",
        "linepro",
        """
        message: metrics and message: backlogEntries
        | SELECT step() AS time,
          max(coalesce(number(metrics.backlogOldestSeconds), 0)) AS oldest_seconds,
          max(coalesce(number(metrics.backlogLagSeconds), 0)) AS overdue_seconds
        FROM log
        WHERE text(message) = 'metrics'
        GROUP BY time ORDER BY time LIMIT 10000
        """,
        ("oldest_seconds", "overdue_seconds"),
    ),
    Chart(
        "backlog-size",
        "Backlog: entries (at least)",
        "linepro",
        """
        message: metrics and message: backlogEntries
        | SELECT step() AS time, max(number(metrics.backlogEntries)) AS entries
        FROM log
        WHERE text(message) = 'metrics'
        GROUP BY time ORDER BY time LIMIT 10000
        """,
        ("entries",),
    ),
    Chart(
        "query-calls",
        "Query calls, and the quota (per s)",
        "linepro",
        f"""
        message: metrics and message: queryCalls
        | SELECT step() AS time,
          sum(number(metrics.queryCalls)) / {STEP} AS calls_per_second,
          ${{ApiQps}} AS quota_per_second
        FROM log
        WHERE text(message) = 'metrics'
        GROUP BY time ORDER BY time LIMIT 10000
        """,  # noqa: S608 - a number of ours
        ("calls_per_second", "quota_per_second"),
    ),
    Chart(
        "throttling",
        "Query calls that were throttled or repeated (per 10 min)",
        "linepro",
        """
        message: metrics and message: queryCalls
        | SELECT step() AS time,
          sum(coalesce(number(metrics.throttled), 0)) AS throttled,
          sum(coalesce(number(metrics.retries), 0)) AS repeated
        FROM log
        WHERE text(message) = 'metrics'
        GROUP BY time ORDER BY time LIMIT 10000
        """,
        ("throttled", "repeated"),
    ),
    Chart(
        "jobs-by-algorithm",
        "Jobs by algorithm",
        "tablepro",
        """
        message: job
        | SELECT coalesce(text(algorithm), 'not known') AS algorithm, count(*) AS jobs,
          count_if(text(status) = 'complete') AS complete,
          count_if(text(status) = 'partial') AS partial,
          count_if(text(status) = 'failed') AS failed,
          count_if(text(status) = 'expired') AS expired,
          approx_percentile(
            CASE WHEN text(status) <> 'expired' THEN number(waited) END, 0.95) AS p95_seconds
        FROM log
        WHERE text(message) = 'job' AND text(kept) IS NULL
          AND text(status) IN ('complete', 'partial', 'failed', 'expired')
        GROUP BY algorithm ORDER BY jobs DESC LIMIT 100
        """,
    ),
    Chart(
        "quarantine-by-cause",
        "Quarantine by cause",
        "tablepro",
        """
        message: unusable or (message: job and message: rejected)
        | SELECT coalesce(text(cause), split_part(text(reason), ':', 1)) AS cause,
          count(*) AS pieces,
          max(coalesce(text(job_id), text(kept))) AS example
        FROM log
        WHERE text(message) = 'unusable'
          OR (text(message) = 'job' AND text(status) = 'rejected')
        GROUP BY cause ORDER BY pieces DESC LIMIT 100
        """,
    ),
    # By the lines of Function Compute, of which there is one for each call; by the hour, since
    # there is a least price of each.
    Chart(
        "cost-of-functions",
        "Functions: calls, and what their compute units cost (CNY)",
        "tablepro",
        f"""
        hasFunctionError: true or hasFunctionError: false
        | SELECT function_name, sum(calls) AS calls, sum(failures) AS failures,
          round(sum(seconds), 1) AS seconds,
          round(sum(greatest({_CNY} * units, {_LEAST})), 2) AS cny
        FROM (
          SELECT functionName AS function_name, __time__ - __time__ % 3600 AS hour_began,
            count(*) AS calls,
            count_if(hasFunctionError = 'true') AS failures,
            sum(durationMs) / 1000 AS seconds,
            sum(durationMs) / 1000 * CASE functionName WHEN '${{Name}}-sweep'
              THEN {_VCPU} * ${{SweepCpu}} + {_GB} * ${{SweepMemorySize}} / 1024
              ELSE {_VCPU} * ${{Cpu}} + {_GB} * ${{MemorySize}} / 1024
              END + {_CALL} * count(*) AS units
          FROM log
          WHERE functionName IN ('${{Name}}', '${{Name}}-sweep')
          GROUP BY functionName, hour_began)
        GROUP BY function_name ORDER BY function_name LIMIT 100
        """,  # noqa: S608 - numbers of ours
        is_wide=True,
    ),
)

SEARCHES = (
    SavedSearch(
        "NotCompleteSearch",
        "not-complete",
        "jobs not complete",
        """
        message: job and (message: partial or message: failed or message: expired)
        | SELECT moment() AS time, text(job_id) AS job, text(algorithm) AS algorithm,
          text(status) AS status, text(reason) AS reason
        FROM log
        WHERE text(message) = 'job' AND text(kept) IS NULL
          AND text(status) IN ('partial', 'failed', 'expired')
        ORDER BY time DESC LIMIT 1000
        """,
    ),
    # of lines of one second, the one with more attempts is the later one
    SavedSearch(
        "WaitingSearch",
        "waiting",
        "jobs that wait, oldest first",
        """
        message: job
        | SELECT text(job_id) AS job, max(number(waited)) AS waited_seconds,
          max_by(text(due), __time__ * 1000 + number(attempts)) AS due,
          max_by(text(reason), __time__ * 1000 + number(attempts)) AS reason
        FROM log
        WHERE text(message) = 'job'
        GROUP BY job
        HAVING max_by(text(status), __time__ * 1000 + number(attempts)) = 'pending'
        ORDER BY waited_seconds DESC LIMIT 1000
        """,
    ),
    SavedSearch(
        "QuarantineSearch",
        "quarantine",
        "quarantine",
        """
        message: unusable or (message: job and message: rejected)
        | SELECT moment() AS time, coalesce(text(job_id), text(kept)) AS job_or_key,
          coalesce(text(cause), text(reason)) AS cause, text(origin) AS origin
        FROM log
        WHERE text(message) = 'unusable'
          OR (text(message) = 'job' AND text(status) = 'rejected')
        ORDER BY time DESC LIMIT 1000
        """,
    ),
    SavedSearch(
        "WarningsSearch",
        "warnings",
        "warnings and errors",
        """
        message: warning or message: error
        | SELECT moment() AS time, text(level) AS level, text(message) AS said,
          text(job_id) AS job,
          coalesce(text(reason), text(error), text(cause), text(key)) AS about
        FROM log
        WHERE text(level) IN ('WARNING', 'ERROR')
        ORDER BY time DESC LIMIT 1000
        """,
    ),
)
