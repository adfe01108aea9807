"""What SLS asks of queries, charts and saved searches, as far as its pages tell."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest

from deploy.template import Resolved
from tests.template.given import PARAMETERS, resolved, template
from tests.template.sls import MOST_BYTES, columns_of, lines_of, queries_of, run

QUERIES = queries_of(resolved())
DRAWN = {
    chart["title"]: chart["display"]["queryOptionMap"]["A"]
    for chart in resolved().resources["OverviewDashboard"].properties["Charts"]
}
COLUMNS = 24
KNOWN = {
    "approx_percentile",
    "array_agg",
    "array_join",
    "cast",
    "coalesce",
    "count",
    "count_if",
    "date_format",
    "from_unixtime",
    "greatest",
    "json_extract_scalar",
    "max",
    "max_by",
    "round",
    "slice",
    "split_part",
    "sum",
}
"""What queries may call. Whoever adds one looks into SLS's list first, and defines it in sls.py:
https://www.alibabacloud.com/help/en/sls/user-guide/sql-functions
"""


def charts(stack: Resolved) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.resources["OverviewDashboard"].properties["Charts"]
    return found


def sql_of(name: str) -> str:
    return QUERIES[name].partition("|")[2]


def test_there_are_queries_of_all_three_kinds() -> None:
    """A search that finds no query would let the tests below pass without testing."""
    assert {"AlertLag", "jobs-by-outcome", "WaitingSearch"} <= QUERIES.keys()


@pytest.mark.parametrize("name", QUERIES)
def test_sql_is_that_of_presto(name: str) -> None:
    """SQLite takes what Presto's parser does not; each has to be right for both."""
    sqlglot = pytest.importorskip("sqlglot", reason="make setup installs it")
    [statement] = sqlglot.parse(sql_of(name), read="presto")
    assert statement.key == "select"
    assert [each.name for each in statement.find_all(sqlglot.exp.Table)] in ([], ["log"])


@pytest.mark.parametrize("name", QUERIES)
def test_only_documented_functions_are_called(name: str) -> None:
    """SLS has not all functions of Presto, and says so only when somebody looks at the chart."""
    words = {word.lower() for word in re.findall(r"\b(\w+)\(", sql_of(name))}
    assert words <= KNOWN


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_limited_on_purpose(name: str) -> None:
    """SLS leaves out all rows after the hundredth where there is no limit, and says nothing.

    A day has 144 steps of ten minutes.
    """
    sql = sql_of(name)
    if " ORDER BY " in sql:
        assert re.search(r" LIMIT \d+\)?$", sql)
    if "AS time" in sql and "GROUP BY time" in sql:
        assert sql.endswith(" LIMIT 10000")


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_draws_what_is_selected(name: str) -> None:
    """A column that is not there leaves a chart empty."""
    selected = re.findall(r"\bAS (\w+)", sql_of(name))
    drawn = DRAWN[name]
    assert {drawn.get("xAxisKey", selected[0]), *drawn.get("yAxisKeys", [])} <= set(selected)
    assert ("yAxisKeys" in drawn) == ("xAxisKey" in drawn) == ("GROUP BY time" in sql_of(name))


def test_a_chart_asks_the_same_whatever_of_its_query_the_console_takes() -> None:
    """It has it twice, of which `tokenQuery` counts where there is one."""
    for chart in charts(resolved()):
        [query] = chart["search"]["chartQueries"]
        assert query["query"] == query["tokenQuery"]


def test_names_are_such_as_sls_takes() -> None:
    """Also with the longest name that a stack may have."""
    stack = template().resolve({**PARAMETERS, "Name": "n" * 31})
    dashboard = stack.resources["OverviewDashboard"].properties
    titles = [chart["title"] for chart in charts(stack)]
    for name in (dashboard["DashboardName"], *titles):
        assert re.fullmatch(r"[0-9a-z][0-9a-z_-]{0,98}[0-9a-z]", name)
    assert len(set(titles)) == len(titles)
    details = [
        resource.properties["Detail"]
        for resource in stack.resources.values()
        if resource.type == "ALIYUN::SLS::Savedsearch"
    ]
    assert len(details) == 4
    for detail in details:
        assert 3 <= len(detail["SavedsearchName"]) <= 63
        assert 1 <= len(detail["DisplayName"]) <= 63


def test_charts_lie_side_by_side() -> None:
    """One that covers another, or hangs over the edge, is not seen."""
    places = [chart["display"] for chart in charts(resolved())]
    assert all(0 <= place["xPos"] <= COLUMNS - place["width"] for place in places)
    for one, other in combinations(places, 2):
        assert (
            one["xPos"] + one["width"] <= other["xPos"]
            or other["xPos"] + other["width"] <= one["xPos"]
            or one["yPos"] + one["height"] <= other["yPos"]
            or other["yPos"] + other["height"] <= one["yPos"]
        )


def test_what_was_cut_is_not_read() -> None:
    """The stand-in for SLS must fail where SLS may fail: at a field longer than it reads."""
    whole = '{"message":"job","status":"complete","waited":3,"written":true'
    for filler, found in (("", 1), ("x" * MOST_BYTES, 0)):
        log = list(lines_of(f'{whole},"reason":"{filler}"}}', "mps-manifest", 0))
        assert len(run(QUERIES["event-to-manifest"], log, columns_of(resolved()))) == found


def test_the_template_is_not_too_long() -> None:
    """ROS takes 512 KiB (https://www.alibabacloud.com/help/en/ros/product-overview/limits)."""
    assert len(str(template().document).encode()) < 524_288 / 2
