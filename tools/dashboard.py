"""The dashboard and the saved searches of template.yml, made of dashboard_charts.py.

    python -m tools.dashboard            print that part of the template
    python -m tools.dashboard --write    put it into the template
    python -m tools.dashboard --body     print the dashboard as UpdateDashboard of SLS takes it

What is known of charts: the API's structure of a chart
(https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-struct-chart), and
that an ID (`title`) has 2 to 100 lower-case letters, digits, hyphens and underscores. Positions are
those of a grid with 24 columns.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tools.dashboard_charts import CHARTS, SEARCHES, Chart, SavedSearch, written_out

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yml"
BEGIN = "  # --- dashboard: python -m tools.dashboard --write\n"
END = "  # --- end of the dashboard\n"
SINCE, UNTIL = "-86400s", "now"
"""What a chart shows unless somebody chooses another time: a day."""
_COLUMNS, _HEIGHT = 24, 9
_WIDTH = 80
"""Characters after which a long text goes on in the next line, at the next blank."""
_PROJECT = {"Fn::GetAtt": ["Logstore", "ProjectName"]}
_LOGSTORE = {"Fn::GetAtt": ["Logstore", "LogstoreName"]}


def resources() -> dict[str, Any]:
    """Return the resources of the dashboard and the saved searches."""
    searches = {search.resource: _search(search) for search in SEARCHES}
    return {"OverviewDashboard": _dashboard(), **searches}


def _dashboard() -> dict[str, Any]:
    return {
        "Type": "ALIYUN::SLS::Dashboard",
        "Condition": "WantsDashboard",
        "DependsOn": "LogIndex",
        "Properties": {
            "ProjectName": _PROJECT,
            "DashboardName": _sub("${Name}-overview"),
            "DisplayName": _sub("${Name}: overview"),
            "Description": "What each chart tells is in docs/operations.md, The dashboard",
            "Charts": charts(),
        },
    }


def _search(search: SavedSearch) -> dict[str, Any]:
    return {
        "Type": "ALIYUN::SLS::Savedsearch",
        "Condition": "WantsDashboard",
        "DependsOn": "LogIndex",
        "Properties": {
            "Project": _PROJECT,
            "Detail": {
                "SavedsearchName": _sub(f"${{Name}}-{search.name}"),
                "DisplayName": _sub(f"${{Name}}: {search.title}"),
                "Logstore": _LOGSTORE,
                "Topic": "",
                "SearchQuery": _query(search.query),
            },
        },
    }


def charts() -> list[dict[str, Any]]:
    """Return the charts, two in a row."""
    made, x, y = [], 0, 0
    for chart in CHARTS:
        width = _COLUMNS if chart.is_wide else _COLUMNS // 2
        if x + width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        made.append(_chart(chart, x, y, width))
        x += width
    return made


def _chart(chart: Chart, x: int, y: int, width: int) -> dict[str, Any]:
    query = _query(chart.query)
    asked = {
        "name": "A",
        "datasource": "logstore",
        "project": _PROJECT,
        "logstore": _LOGSTORE,
        "query": query,
        "tokenQuery": query,
    }
    return {
        "title": chart.id,
        "type": chart.type,
        "action": {},
        "search": {
            "logstore": _LOGSTORE,
            "topic": "",
            "query": "@",
            "start": SINCE,
            "end": UNTIL,
            "chartQueries": [asked],
        },
        "display": {
            "basicOptions": {"displayName": chart.title, "showTitle": True, "showTime": True},
            "queryOptionMap": {"A": _drawn(chart)},
            "standardOption": {"format": "none", "unit": {"unit": "none"}},
            "legendOption": {"show": True, "position": "bottom", "actionMode": "toggle"},
            "xPos": x,
            "yPos": y,
            "width": width,
            "height": _HEIGHT,
            "version": "2",
        },
    }


def _drawn(chart: Chart) -> dict[str, Any]:
    if chart.type == "tablepro":
        return {"name": "A"}
    return {"name": "A", "xAxisKey": "time", "yAxisKeys": list(chart.drawn)}


def _sub(text: str) -> Any:
    return {"Fn::Sub": text} if "${" in text else text


def _query(text: str) -> Any:
    return _sub(_Folded(written_out(text)))


def render() -> str:
    """Return the part of the template as YAML."""
    text = yaml.dump(
        resources(), Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=_WIDTH
    )
    return textwrap.indent(text, "  ")


class _Folded(str):
    """A long text, which is written over several lines."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's name
        """Write what is used twice two times, for ROS may know no anchors."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent lists as the rest of the template does."""
        super().increase_indent(flow, False)  # noqa: FBT003


_Dumper.add_representer(
    _Folded, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">")
)


def replaced(template: str) -> str:
    """Return the template with what is made here between its two marks."""
    before, _, rest = template.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{render()}{END}{after}"


def body() -> str:
    """Return the dashboard as SLS's own calls take it, with the parameters as `${...}`."""
    return json.dumps(
        {
            "dashboardName": "${Name}-overview",
            "displayName": "${Name}: overview",
            "attribute": {"type": "grid"},
            "charts": _plain(charts()),
        },
        indent=2,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Sub" in value:
        return value["Fn::Sub"]
    if "Fn::GetAtt" in value:
        return "${{{}}}".format(".".join(value["Fn::GetAtt"]))
    return {key: _plain(inner) for key, inner in value.items()}


def main(arguments: Sequence[str]) -> int:
    """Print the part of the template, or write it into the template."""
    if "--body" in arguments:
        sys.stdout.write(f"{body()}\n")
    elif "--write" in arguments:
        TEMPLATE.write_text(replaced(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(render())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
