"""The costs on the page are those that the script computes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from mps_manifest.workflow.sweep_backlog import LINGER_SECONDS
from tests.template.given import resolved
from tools.costs import (
    CHINESE,
    EDITIONS,
    LINGERING,
    Edition,
    Sweep,
    Work,
    compute_units,
    flow_row,
    job_rows,
    main,
    render,
    sweep_month,
)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.sum)
def test_the_page_has_what_the_script_computes(edition: Edition) -> None:
    """A figure that was worked out by hand goes stale in silence: python -m tools.costs --write."""
    page = edition.page.read_text(encoding="utf-8")
    assert page.count(edition.begin) == page.count(edition.end) == 1
    assert page == edition.replaced(page, render(Work(), Sweep(), edition))


def test_writing_writes_both_editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was forgotten would tell other prices than the other."""
    copies = []
    for number, edition in enumerate(EDITIONS):
        text = edition.page.read_text(encoding="utf-8")
        (tmp_path / str(number)).write_text(text.replace("12.8", "0.0"), encoding="utf-8")
        copies.append(replace(edition, page=tmp_path / str(number)))
    monkeypatch.setattr("tools.costs.EDITIONS", copies)
    assert main(["--write"]) == 0
    for copy, edition in zip(copies, EDITIONS, strict=True):
        assert copy.page.read_bytes() == edition.page.read_bytes()


def test_every_row_of_a_table_is_translated() -> None:
    """A row that somebody adds must not stay in English on the other page."""
    rows = [*job_rows(Work()), flow_row(Work())]
    assert [row.what for row in rows if CHINESE.translated(row.what) == row.what] == []


def test_printing_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever changes a rate wants to see the outcome first."""
    assert main([]) == 0
    assert capsys.readouterr().out == render(Work(), Sweep())


def test_the_figures_that_the_rates_make() -> None:
    """Worked out on paper once, so that the script itself cannot be wrong unnoticed."""
    # 100,000 s of 1 vCPU and 1 GB, and 200,000 calls
    assert compute_units(100_000, 1, 1, 200_000) == pytest.approx(100_000 + 15_000 + 1_500)
    assert job_rows(Work())[0].cny == pytest.approx(116_500 * 0.00011)
    assert flow_row(Work()).cny == pytest.approx(170)
    by_units, billed = sweep_month(Sweep())
    assert by_units == pytest.approx((43_200 * 0.3 * 1.15 + 4.32 * 75) * 0.00011)
    assert billed == pytest.approx(7.2)


def test_a_busy_sweep_costs_what_it_takes() -> None:
    """The least that is billed is no most."""
    by_units, billed = sweep_month(Sweep(seconds=30))
    assert billed == by_units > 7.2


def test_the_assumptions_are_those_of_the_template() -> None:
    """The table must be about what is deployed."""
    function, sweep = resolved().functions()
    assert (function.cpu, function.memory / 1024) == (Work().vcpu, Work().gb)
    assert (sweep.cpu, sweep.memory / 1024) == (Sweep().vcpu, Sweep().gb)
    assert resolved().parameters["SweepSchedule"] == "@every 1m"
    assert Sweep().ticks == 43_200
    assert LINGERING == LINGER_SECONDS


def test_a_job_of_the_flow_takes_one_transition() -> None:
    """The state that calls the function ends its branch where all goes well."""
    flow = resolved().flow()
    assert flow is not None
    (each,) = flow["States"]
    first = next(
        state
        for state in each["Processor"]["States"]
        if state["Name"] == each["Processor"]["StartAt"]
    )
    assert first["End"] is True, yaml.safe_dump(first)
    assert Work().transitions == 1
