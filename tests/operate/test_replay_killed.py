"""mpsm is killed in the middle of its work, again and again: every job ends once, none is lost."""

from __future__ import annotations

import bisect
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from local.client import LocalCloud
from local.jobs.plan import JobPlan
from tests.e2e.jobs import clip, job_id
from tests.operate.conftest import BUCKET, STATE, Operator
from tests.processes import running

ROOT = Path(__file__).parents[2]
KILLS = 5
UNKNOWN, RUNNING = 40, 30
"""Every so many jobs the service does not know one, and another one has not ended."""
LONGEST = 1200.0

pytestmark = pytest.mark.slow


class Jobs:
    """Jobs in the service: most have ended well, some run, some are not known."""

    def __init__(self, cloud: LocalCloud, total: int, quota: int) -> None:
        self.cloud = cloud
        cloud.configure(api_qps=quota)
        self.all = [job_id(number) for number in range(total)]
        numbers = range(total)
        self.unknown = {job_id(each) for each in numbers if each % UNKNOWN == 1}
        self.running = {job_id(each) for each in numbers if each % RUNNING == 2}
        self.done = {*self.all} - self.unknown - self.running
        for start in range(0, total, 1000):
            part = numbers[start : start + 1000]
            cloud.put_objects(BUCKET, {f"clips/{each}.mp4": b"video" for each in part})
            known = [each for each in part if job_id(each) not in self.unknown]
            cloud.put_jobs([(clip(each), self._plan(each)) for each in known])
        cloud.reset_requests()

    def _plan(self, number: int) -> JobPlan:
        return JobPlan(queuing_queries=100) if job_id(number) in self.running else JobPlan()

    def check(self, quota: int) -> dict[str, object]:
        """Check at the API that each has ended once, and that no second has too many queries."""
        requests = self.cloud.requests()
        written = Counter(
            each.key[len("manifests/") : -len(".json")]
            for each in requests
            if each.action == "PutObject" and each.key.startswith("manifests/")
            if each.status == 200
        )
        assert written == dict.fromkeys(self.done, 1)
        assert names(self.cloud, "manifests/") == self.done
        assert names(self.cloud, f"{STATE}backlog/") == self.running
        kept = {hash_of(each) for each in self.unknown}
        assert names(self.cloud, f"{STATE}rejected/") == kept
        assert not self.cloud.list_keys(BUCKET, f"{STATE}backfills/")
        queries = sorted(each.arrival for each in requests if each.action == "QueryIProductionJob")
        busiest = max(
            bisect.bisect_left(queries, moment + 1) - at for at, moment in enumerate(queries)
        )
        assert busiest <= quota
        assert not [each for each in requests if each.code.startswith("Throttling")]
        asked_twice = len(queries) - len(self.all)
        return {"queries": len(queries), "asked again": asked_twice, "in a second": busiest}


def payload(job: str) -> bytes:
    return json.dumps({"api": "mps", "jobId": job}, separators=(",", ":")).encode()


def hash_of(job: str) -> str:
    return sha256(payload(job)).hexdigest()


def entries_of(jobs: Jobs) -> dict[str, object]:
    """Return quarantine entries of all jobs."""
    return {
        f"rejected/{hash_of(each)}.json": {
            "reason": "why",
            "origin": "a test",
            "payload": payload(each).decode(),
        }
        for each in jobs.all
    }


def read_all(terminal: int) -> str:
    """Return all that is printed to a terminal, until whoever prints has ended."""
    read = b""
    with suppress(OSError):  # what Linux says at the end
        while part := os.read(terminal, 65536):
            read += part
    os.close(terminal)
    return read.decode(errors="replace")


def names(cloud: LocalCloud, prefix: str) -> set[str]:
    listed = cloud.list_keys(BUCKET, prefix)
    return {key.rpartition("/")[2].removesuffix(".json") for key in listed}


def started(
    operator: Operator,
    arguments: list[str],
    quota: int,
    output: int = subprocess.PIPE,
) -> AbstractContextManager[subprocess.Popen[str]]:
    return running(
        [sys.executable, "-m", "operate", *arguments, "--file", str(operator.folder / "none.ini")],
        cwd=ROOT,
        env={**os.environ, **operator.variables(), "API_QPS": str(quota)},
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def killed_at(
    operator: Operator, arguments: list[str], points: Iterator[int], quota: int
) -> tuple[int, str]:
    """Kill the command when so many manifests are there, then let it come to its end."""
    for point in points:
        with started(operator, arguments, quota) as process:  # which kills it at the end
            until = time.monotonic() + LONGEST
            while operator.cloud.count_keys(BUCKET, "manifests/") < point:
                assert process.poll() is None, process.stdout and process.stdout.read()
                assert time.monotonic() < until
                time.sleep(0.02)
    with started(operator, arguments, quota) as process:
        out, _ = process.communicate(timeout=LONGEST)
    return process.returncode, out


def points(total: int) -> Iterator[int]:
    return iter([total * each // (KILLS + 1) for each in range(1, KILLS + 1)])


def replay_is_killed(operator: Operator, total: int, quota: int, *more: str) -> dict[str, object]:
    jobs = Jobs(operator.cloud, total, quota)
    operator.put_state(entries_of(jobs))
    begun = time.monotonic()
    arguments = ["replay", "--all", *more]
    status, out = killed_at(operator, arguments, points(total), quota)
    assert status == 1, out  # some are rejected
    return {**jobs.check(quota), "seconds": round(time.monotonic() - begun)}


def backfill_is_killed(operator: Operator, total: int, quota: int, *more: str) -> dict[str, object]:
    jobs = Jobs(operator.cloud, total, quota)
    file = operator.folder / "jobs.txt"
    file.write_text("\n".join(jobs.all), encoding="utf-8")
    begun = time.monotonic()
    arguments = ["backfill", str(file), "--json", *more]
    status, out = killed_at(operator, arguments, points(total), quota)
    assert status == 1, out
    counted = {"complete": len(jobs.done), "pending": len(jobs.running)}
    assert json.loads(out)["counts"] == counted | {"rejected": len(jobs.unknown)}
    return {**jobs.check(quota), "seconds": round(time.monotonic() - begun)}


def test_a_replay_that_is_killed_loses_nothing(operator: Operator) -> None:
    """Every entry goes when its job has ended, and no manifest is written twice."""
    replay_is_killed(operator, 240, 100, "--qps", "100")


def test_a_backfill_that_is_killed_goes_on(operator: Operator) -> None:
    """From the chunk at which it was killed, whose jobs it finds done."""
    backfill_is_killed(operator, 300, 100, "--qps", "100")


Command = Callable[[Operator, int, int], dict[str, object]]


def test_ctrl_c_ends_what_was_begun_and_says_how_to_go_on(operator: Operator) -> None:
    """On a terminal, with progress: the exit status is 130, and the next run does the rest."""
    jobs = Jobs(operator.cloud, 60, 100)
    operator.put_state(entries_of(jobs))
    ours, theirs = pty.openpty()
    with started(operator, ["replay", "--all", "--qps", "15"], 100, theirs) as process:
        os.close(theirs)
        while operator.cloud.count_keys(BUCKET, "manifests/") < 5:
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        printed = read_all(ours)
        assert process.wait(LONGEST) == 130
    assert (
        "Stopped; the jobs that were running were finished, and nothing else was changed."
        in printed
    )
    assert re.search(r"Replaying .*[0-9] of 60 +[0-9.]+/s, [0-9]+ s left", printed)
    manifests = names(operator.cloud, "manifests/")
    kept = names(operator.cloud, f"{STATE}rejected/")
    assert 0 < len(manifests) < len(jobs.done)
    assert all(hash_of(each) in kept for each in jobs.done - manifests)
    assert operator.run("replay", "--all", "--qps", "100").status == 1
    jobs.check(100)


@pytest.mark.soak
@pytest.mark.parametrize("command", [replay_is_killed, backfill_is_killed])
def test_ten_thousand_jobs_share_the_quota(operator: Operator, command: Command) -> None:
    """With shares of the quota, which the killed ones still hold for some seconds."""
    figures = command(operator, 10_000, 100)
    sys.stderr.write(f"{figures}\n")
