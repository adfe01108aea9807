"""The jobs and task reports in the data folder."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from local.jobs.plan import Job, JobPlan

_TABLES = (
    """CREATE TABLE IF NOT EXISTS jobs
       (api TEXT, job_id TEXT, answer TEXT, plan TEXT, created REAL, queries INTEGER,
        PRIMARY KEY (api, job_id))""",
    """CREATE TABLE IF NOT EXISTS task_reports
       (number INTEGER PRIMARY KEY, task_token TEXT UNIQUE, action TEXT, output TEXT,
        error TEXT, cause TEXT)""",
)


MAX_ERROR, MAX_CAUSE = 128, 4096
"""Characters of the parameters of ReportTaskFailed."""
MAX_OUTPUT_BYTES = 64 * 1024


@dataclass(frozen=True)
class TaskReport:
    """A report for a task token; `error` and `cause` are those of a failed task."""

    action: str
    task_token: str
    output: str = ""
    error: str = ""
    cause: str = ""

    @property
    def refusal(self) -> str:
        """Why the service refuses it; empty where it doesn't."""
        if self.action == "ReportTaskSucceeded":
            size = len(self.output.encode())
            is_too_long = size > MAX_OUTPUT_BYTES
            return f"Output has {size} bytes, more than {MAX_OUTPUT_BYTES}" if is_too_long else ""
        for name, text, most in (
            ("Error", self.error, MAX_ERROR),
            ("Cause", self.cause, MAX_CAUSE),
        ):
            if len(text) > most:
                return f"{name} has {len(text)} characters, more than {most}"
        return ""


class JobStore:
    """All jobs of both APIs, and the task reports."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        for table in _TABLES:
            database.execute(table)

    def reset(self) -> None:
        """Delete everything."""
        self._database.execute("DELETE FROM jobs")
        self._database.execute("DELETE FROM task_reports")

    def put(self, jobs: Iterable[Job]) -> None:
        """Add jobs, replacing those with the same ID."""
        rows = [
            (
                job.api,
                job.job_id,
                json.dumps(dict(job.answer), ensure_ascii=False),
                json.dumps(asdict(job.plan)),
                job.created,
                job.queries,
            )
            for job in jobs
        ]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def query(self, api: str, job_id: str) -> Job | None:
        """Return a job as it was before this query, and count the query."""
        row = self._database.execute(
            "SELECT * FROM jobs WHERE api = ? AND job_id = ?", (api, job_id)
        ).fetchone()
        if row is None:
            return None
        self._database.execute(
            "UPDATE jobs SET queries = queries + 1 WHERE api = ? AND job_id = ?", (api, job_id)
        )
        answer, plan = json.loads(row[2]), JobPlan(**json.loads(row[3]))
        return Job(row[0], row[1], answer, plan, row[4], row[5])

    def report(self, report: TaskReport) -> bool:
        """Record a report; returns False if the token was used before."""
        try:
            self._database.execute(
                """INSERT INTO task_reports (action, task_token, output, error, cause)
                   VALUES (?, ?, ?, ?, ?)""",
                (report.action, report.task_token, report.output, report.error, report.cause),
            )
        except sqlite3.IntegrityError:
            return False
        return True

    def reports(self) -> list[TaskReport]:
        """Return all reports in order."""
        rows = self._database.execute(
            "SELECT action, task_token, output, error, cause FROM task_reports ORDER BY number"
        )
        return [TaskReport(*row) for row in rows]
