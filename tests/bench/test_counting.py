"""What the table of the system is made of: calls in any second, delays, kinds of requests."""

from __future__ import annotations

import random

import pytest

from bench.system.counting import busiest_second, percentile
from bench.system.loads import Loads
from bench.system.money import Size, Usage, price
from bench.system.requests import beyond, kinds
from bench.system.results import Variants
from bench.system.runs import Calls, Outcome
from bench.system.table import by_kind
from local.jobs.quota import Quota
from local.journal import RequestRecord


def request(action: str, key: str = "", service: str = "oss", arrival: float = 0) -> RequestRecord:
    return RequestRecord(1, arrival, service, action, "bucket", key, "", 200, "", 0, 0, "key")


@pytest.mark.parametrize(
    ("moments", "most"),
    [
        ([], 0),
        ([7.3], 1),
        ([0.0, 0.5, 0.999], 3),
        # windows are not those of the clock: this burst lies across the turn of a second
        ([0.1, 9.8, 9.9, 10.0, 10.1, 10.7, 11.5], 5),
        # a call is free again exactly a second later, as the quota has it
        ([0.0, 1.0, 2.0], 1),
        ([0.0, 0.0, 1.0, 1.0], 2),
        # out of order, as they are when several connections are read
        ([5.2, 5.0, 5.1, 3.0], 3),
    ],
)
def test_the_busiest_second_may_start_anywhere(moments: list[float], most: int) -> None:
    """Counting by the clock's seconds would overlook a burst across the turn of one."""
    assert busiest_second(moments) == most


def test_the_busiest_second_is_that_of_the_quota() -> None:
    """The table must not say 100 where the service says no, nor the reverse."""
    numbers = random.Random(1)
    moments = sorted(numbers.uniform(0, 30) for _ in range(900))
    most = busiest_second(moments)

    def refused(per_second: int) -> int:
        quota = Quota(per_second)
        return sum(not quota.admits(moment) for moment in moments)

    assert (refused(most), refused(most - 1) > 0) == (0, True)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3.0], 50, 3.0),
        ([3.0], 99, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 95, 95.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 21)], 99, 20.0),
        ([2.0, 1.0], 0, 1.0),
    ],
)
def test_a_percentile_is_one_of_the_values(
    values: list[float], percent: float, expected: float
) -> None:
    """So many percent of the jobs were there by then, which nothing between two values says."""
    assert percentile(values, percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    """Where no manifest came, a number would look like a measurement."""
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 95)


def test_requests_are_told_apart_by_what_they_are_for() -> None:
    """What a manifest takes is not beyond it; the same methods on our own state are."""
    requests = [
        request("QueryIProductionJob", service="mps"),
        request("HeadObject", "out/1.jpg"),
        request("GetObject", "out/1.jpg"),
        request("PutObject", "manifests/1.json"),
        request("GetObject", "manifests/1.json"),
        request("GetObject", "jobs/1.txt"),
        request("PutObject", ".mps-manifest/leases/5/1"),
        request("PutObject", ".mps-manifest/leases/5/2"),
        request("ListObjects", ".mps-manifest/backlog/"),
        request("DeleteObject", ".mps-manifest/backlog/20260101T000000Z/1.json"),
        request("GetBucketVersioning"),
    ]
    counts = kinds(requests)
    assert counts == {
        "query": 1,
        "HEAD": 1,
        "GET of files": 1,
        "PUT": 1,
        "GET manifests": 1,
        "GET jobs": 1,
        "PUT leases": 2,
        "LIST backlog": 1,
        "DELETE backlog": 1,
        "GetBucketVersioning": 1,
    }
    assert beyond(counts) == 7
    assert by_kind({"PUT leases": 0.02, "query": 1.0, "LIST backlog": 0.001}) == (
        "query 1.00, PUT leases 0.02"
    )


def test_delays_are_those_of_the_first_manifest_of_each_job() -> None:
    """A job without a manifest has no delay, and a manifest of another row's job none here."""
    written = {"a": 5.0, "b": 7.5, "other": 1.0}
    outcome = Outcome([], Loads(1, 0, 0, 0, 0), Calls(1, 1.0, 1), written)
    run = outcome.line("topic", Variants.of({}).ours, {"a": 4.0, "b": 4.5, "lost": 4.0})
    assert (run.jobs, run.lost, run.delays, run.seconds) == (3, 1, (1.0, 3.0), 3.5)
    assert run.rate == pytest.approx(2 / 3.5)


def test_a_row_shares_requests_with_all_jobs_of_its_run() -> None:
    """Urgent jobs are measured beside a ticket, whose requests are not theirs alone."""
    requests = [
        request("QueryIProductionJob", service="mps", arrival=second) for second in (1, 1.5, 2.1)
    ]
    requests.append(request("PutObject", ".mps-manifest/leases/5/1"))
    outcome = Outcome(requests, Loads(1, 0, 0, 0, 0), Calls(1, 1.0, 1), {"a": 5.0}, cny=0.5)
    run = outcome.line("urgent", Variants.of({}).ours, {"a": 4.0}, jobs=4)
    assert run.per_job == {"query": 0.75, "PUT leases": 0.25}
    assert (run.beyond, run.busiest, run.cny) == (0.25, 2, 125_000.0)


def test_money_is_by_the_published_rates() -> None:
    """Worked out by hand once: 10 jobs in 2 s of one vCPU and 1 GB."""
    usage = [(Usage(calls=10, seconds=2.0, log_bytes=1_000_000), Size(1.0, 1.0))]
    requests = [
        request("PutObject", "manifests/1.json"),
        request("HeadObject", "out/1.jpg"),
        request("QueryIProductionJob", service="mps"),
    ]
    units = 2.0 * 1.15 + 10 / 10_000 * 75
    cny = units * 0.00011 + 2 * 0.01 / 10_000 + 20 * 2 / 1_000_000 + 0.001 * 0.4
    assert price(usage, requests, messages=10) == pytest.approx(cny)
