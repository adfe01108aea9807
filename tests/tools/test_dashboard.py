"""The template has the dashboard that the tool makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.template.given import template
from tools.dashboard import BEGIN, END, TEMPLATE, body, charts, main, render, replaced, resources
from tools.dashboard_charts import CHARTS, SEARCHES, written_out


def test_the_template_has_what_the_tool_makes() -> None:
    """A chart that was changed by hand would be lost: python -m tools.dashboard --write."""
    text = TEMPLATE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text == replaced(text)


def test_the_yaml_says_what_the_resources_say() -> None:
    """Wherever lines were broken, or words quoted."""
    document = template().document["Resources"]
    assert {name: document[name] for name in resources()} == resources()
    assert len(resources()) == 1 + len(SEARCHES)
    assert len(charts()) == len(CHARTS)


def test_lines_are_such_as_people_read() -> None:
    """Whoever compares two versions of the template must see what changed."""
    assert max(map(len, render().splitlines())) <= 125


def test_writing_leaves_the_rest_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies between the marks is replaced, and nothing else."""
    copy = tmp_path / "template.yml"
    text = TEMPLATE.read_text(encoding="utf-8")
    copy.write_text(text.replace("jobs-by-outcome", "jobs"), encoding="utf-8")
    monkeypatch.setattr("tools.dashboard.TEMPLATE", copy)
    assert main(["--write"]) == 0
    assert copy.read_bytes() == TEMPLATE.read_bytes()


def test_printing_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever changes a chart wants to see the outcome first."""
    assert main([]) == 0
    assert capsys.readouterr().out == render()


def test_the_body_has_a_layout(capsys: pytest.CaptureFixture[str]) -> None:
    """The type of ROS has no property for it, so this is how it gets one."""
    assert main(["--body"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made == json.loads(body())
    assert made["attribute"] == {"type": "grid"}
    asked = [chart["search"]["chartQueries"][0] for chart in made["charts"]]
    assert [each["query"] for each in asked] == [written_out(chart.query) for chart in CHARTS]
    assert {each["logstore"] for each in asked} == {"${Logstore.LogstoreName}"}


@pytest.mark.parametrize(
    ("short", "written"),
    [
        ("text(status)", "json_extract_scalar(message, '$.status')"),
        ("number(metrics.x)", "cast(json_extract_scalar(message, '$.metrics.x') AS double)"),
        ("a\n   b", "a b"),
        ("context(x)", "context(x)"),
    ],
)
def test_short_words_are_written_out(short: str, written: str) -> None:
    """A query is read by people here, and by SLS there."""
    assert written_out(short) == written
