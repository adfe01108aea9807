"""What the table of the system says of a run, and when it says that a goal is met."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.__main__ import NAMES, SYSTEM_ROWS, parse
from bench.figures import Figure
from bench.kept import KeptRow, keep, kept
from bench.packages import SETUP
from bench.rows.system.ending import Lags
from bench.rows.system.half_quota import PERMITS, figure_of
from bench.system.loads import Loads
from bench.system.results import QUOTA, Measured, Variants, rate_figures
from bench.system.runs import Calls, Run
from mps_manifest.limits.quota_shares import Quota
from tests.template.given import resolved

ROOT = Path(__file__).parents[2]
VARIANTS = Variants.of({})
GOOD = Run(
    row="topic",
    variant=VARIANTS.ours,
    jobs=200,
    lost=0,
    seconds=2.0,
    delays=tuple(n / 100 for n in range(1, 201)),
    busiest=100,
    throttled=0,
    per_job={"query": 1.0, "HEAD": 2.0, "PUT": 1.0, "PUT leases": 0.15},
    cny=21.4,
    loads=Loads(4.0, 0.4, 0.9, 0.1, 0.0),
    calls=Calls(200, 16.0, 11),
)
BESIDE = replace(
    GOOD,
    variant=VARIANTS.baseline,
    seconds=14.0,
    busiest=50,
    loads=Loads(14.0, 0.1, 0.2, 0.0, 0.0),
)


def met(figures: list[Figure]) -> list[bool | None]:
    return [figure.met for figure in figures]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [True, True]),
        ({"seconds": 2.3}, [False, True]),
        ({"lost": 1}, [False, True]),
        ({"per_job": {"query": 1.0, "GET backlog": 0.11, "DELETE backlog": 0.11}}, [True, False]),
    ],
)
def test_a_rate_with_losses_is_no_rate(changes: dict[str, Any], expected: list[bool]) -> None:
    """Fast is only what does all of its work, with no more requests than it may take."""
    assert met(rate_figures("a topic", replace(GOOD, **changes), BESIDE)) == expected


@pytest.mark.parametrize(
    ("seconds", "lost", "expected"), [(4.4, 0, True), (4.5, 0, False), (4.0, 1, False)]
)
def test_nine_tenths_of_half_the_quota_are_to_be_used(
    seconds: float,
    lost: int,
    expected: bool,  # noqa: FBT001
) -> None:
    """Where the machine keeps up, a rate is held against the calls that there are."""
    figure = figure_of(replace(GOOD, row="half, topic", seconds=seconds, lost=lost))
    assert (figure.met, figure.name) == (expected, "half the quota: topic, 200 jobs")


def test_half_the_quota_allows_what_the_page_says() -> None:
    """The benchmarks do not import the product, whose numbers may change."""
    quota = Quota.of(QUOTA // 2)
    assert quota.calls - sum(map(quota.calls_of, quota.reserved)) == PERMITS


def test_the_benchmarks_start_without_the_product_on_their_path() -> None:
    """As `make bench` starts them; tests find the product wherever they are."""
    kept = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    for program in (("-m", "bench"), SETUP):
        command = [sys.executable, *program, "--help"]
        subprocess.run(command, cwd=ROOT, env=kept, check=True, capture_output=True)  # noqa: S603


@pytest.mark.parametrize(
    ("busiest", "lost", "expected"), [(100, 0, True), (101, 0, False), (90, 1, False)]
)
def test_one_run_above_the_quota_is_enough(busiest: int, lost: int, expected: bool) -> None:  # noqa: FBT001
    """The row is about all runs of ours; what the baseline does is not held against us."""
    worst = replace(GOOD, row="ticket, disturbed", busiest=busiest, lost=lost)
    (figure,) = Measured.all_of(
        [Measured([], [GOOD, replace(BESIDE, busiest=400)]), Measured([], [worst])]
    ).figures
    assert figure.met is expected


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"seconds": [91.0] * 20}, False),
        ({"shares": [0.21] * 20}, False),
        ({"queries": [1] * 19 + [7]}, False),
        ({"lost": 1}, False),
        ({"seconds": [], "shares": [], "queries": [], "lost": 20}, False),
    ],
)
def test_jobs_that_end_have_a_goal_of_four_parts(changes: dict[str, Any], kept: bool) -> None:  # noqa: FBT001
    """A manifest that is soon but costs many queries is as bad as one that is late."""
    good: dict[str, Any] = {
        "seconds": [89.0] * 19 + [900.0],
        "shares": [0.19] * 19 + [9.0],
        "queries": [6] * 20,
        "lost": 0,
    }
    assert Lags(**{**good, **changes}).kept is kept


def test_the_page_has_a_table_of_the_system() -> None:
    """Each run with its numbers, ours and the baseline, and what explains them."""
    runs = [GOOD, replace(GOOD, row="urgent"), BESIDE]
    row = KeptRow("topic", "a day", Measured(rate_figures("a topic", GOOD, BESIDE), runs))
    _, _, page = report.page([row]).partition("## The system\n")
    assert (
        "| a topic | 100.0 jobs/s, 0 lost | at least 90 jobs/s, nothing lost | yes |"
        " 14.3 jobs/s, 0 lost |\n"
    ) in page
    assert (
        "| topic | as deployed | 200 | 0 | 100.0 | 100 | 0 | 1.0 s | 1.9 s | 2.0 s | 0.15 | 21 |\n"
    ) in page
    assert (
        "- topic, as deployed: requests a job: query 1.00, HEAD 2.00, PUT 1.00, PUT leases 0.15;"
        " 4.0 of 11 instances in a call, 80 ms a call;"
    ) in page
    assert "busy: cloud 0.40, instances 0.90, harness 0.10, others 0.00\n" in page
    explained = [line for line in page.splitlines() if "requests a job:" in line]
    assert [line.partition(":")[0] for line in explained] == [
        "- topic, as deployed",
        "- topic, split, one instance",
    ]


@pytest.mark.parametrize(
    ("arguments", "rows", "is_kept"),
    [
        ([], NAMES, True),
        (["--quick"], NAMES, False),
        (["warm", "system"], ["warm", *SYSTEM_ROWS], True),
        (["system", "--row", "topic"], ["topic"], True),
        (["--row", "topic"], ["topic"], True),
        (["--set", "MaxInstances=4"], list(SYSTEM_ROWS), False),
        (["--times", "2"], NAMES, True),
    ],
)
def test_only_rows_in_full_size_and_as_deployed_are_kept(
    arguments: list[str],
    rows: list[str],
    is_kept: bool,  # noqa: FBT001
) -> None:
    """The page says what `make bench` measures, not a quick look at it or another template."""
    options = parse(arguments)
    assert (options.rows, options.is_kept) == (rows, is_kept)


def test_rows_are_kept_one_by_one(tmp_path: Path) -> None:
    """A page that a part of the rows replaced would have lost the others."""
    first = KeptRow("warm", "2026-11-26, a machine", Measured([Figure("warm", "1 ms")], []))
    again = replace(first, circumstances="2026-11-27, a machine")
    system = KeptRow("topic", "2026-11-26, a machine", Measured([], [GOOD, BESIDE]))
    for row in (first, system, again):
        keep(row, tmp_path)
    assert kept(["warm", "cold", "topic"], tmp_path) == [again, system]
    (tmp_path / "warm.pickle").write_bytes(b"cbench.figures\nOfAnOldVersion\n.")
    assert kept(["warm", "cold", "topic"], tmp_path) == [system]


def test_the_page_says_of_each_row_when_it_was_measured() -> None:
    """Once where all was measured at once; else it would claim one day for all."""
    warm = KeptRow("warm", "a day", Measured([Figure("warm", "1 ms")], []))
    cold = KeptRow("cold", "another day", Measured([Figure("cold", "2 ms")], []))
    cold_then = replace(cold, circumstances="a day")
    assert report.page([warm, cold_then]).startswith("# Results\n\na day.\n\n")
    assert report.page([warm, cold]).startswith(
        "# Results\n\n- a day: warm\n- another day: cold\n\n"
    )


def test_the_page_says_how_fast_the_machine_was() -> None:
    """Times of a day when others kept it busy would be taken for those of the product."""
    warm = KeptRow("warm", "a day", Measured([Figure("warm", "1 ms")], []), (0.2, 0.313))
    cold = KeptRow("cold", "a day", Measured([Figure("cold", "2 ms")], []))
    assert "In ms, before and after each row: warm 200 and 313.\n" in report.page([warm, cold])
    assert "before and after each row" not in report.page([cold])


def test_the_stack_is_the_template_s_and_only_the_baseline_is_not() -> None:
    """A default that is overridden would be measured, but not what people deploy."""
    declared = set(resolved().parameters)
    assert {*VARIANTS.ours.parameters} <= {"QuotaSharing"} & declared
    assert VARIANTS.baseline.parameters["MaxInstances"] == "1"
    assert {*VARIANTS.baseline.parameters} <= declared
    ours = Variants.of({"MaxInstances": "4"}).ours
    assert (ours.name, ours.parameters["MaxInstances"]) == ("MaxInstances=4", "4")
