"""The documents say what the code does."""

import ast
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from mps_manifest import metrics
from mps_manifest.adapters.oss import LIBRARY
from mps_manifest.workflow.outcome import STATUSES

ROOT = Path(__file__).parents[2]
CODE = ROOT / "functions/manifest/mps_manifest"
SETTINGS = (CODE / "settings.py").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
NAMES = re.findall(r'env\.read\(\s*"([A-Z_]+)"', SETTINGS)
SETTINGS_PAGE = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", SETTINGS_PAGE, re.MULTILINE))
WRITTEN = dict(re.findall(r'env\.read\(\s*"([A-Z_]+)",\s*"([^"]+)"', SETTINGS))
COMPUTED = {
    "BUCKET": "required",
    "ALLOWED_BUCKETS": "`BUCKET`",
    "REGION": "`FC_REGION`, else the context's",
    "OSS_ENDPOINT": "the region's internal endpoint",
    "API_ENDPOINT": "`mts.<region>.aliyuncs.com`, `ice.<region>.aliyuncs.com`",
    "CONCURRENCY": "`16`",
    "ANNOUNCE_TOPIC": "none",
}
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PATH = re.compile(r"`([\w./*-]+(?:/|\.(?:ini|json|lock|md|py|toml|txt|yml)))`")
QUOTED = re.compile(r'[a-z/]+/[\w.-]+\.\w+|\{\w+\}-\{\w+\}\.mp4|\d+\.\d+|"\{\}"|Details')
STEP = re.compile(r"^\|[^|\n]*\| `([\w./-]+\.py)` \| (`.+`) \|$", re.MULTILINE)
STEPS = [
    (path, name)
    for path, names in STEP.findall(ARCHITECTURE)
    for name in names.strip("`").split("`, `")
]


def test_settings_were_found() -> None:
    """A pattern that matches nothing would let the other checks pass without checking."""
    assert len(NAMES) >= 17


def test_the_page_of_settings_lists_every_one_and_no_other() -> None:
    """Operators cannot use a setting that is not listed, and are misled by an extra one."""
    assert sorted(ROWS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_settings_tells_the_default(name: str) -> None:
    """An operator who leaves a setting out must know what will apply."""
    assert (name in WRITTEN) != (name in COMPUTED)
    assert ROWS[name] == (COMPUTED.get(name) or f"`{WRITTEN[name]}`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(document: Path) -> None:
    """A dead link leaves the reader without the page that was promised."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []


def test_the_readme_is_read_in_five_minutes() -> None:
    """Tables and details are on pages of their own, so that the first page stays one."""
    assert len(README.split()) <= 900


def test_the_index_names_every_page() -> None:
    """A page that the index leaves out is found by chance only."""
    index = ROOT / "docs/README.md"
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", index.read_text(encoding="utf-8"))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert pages - set(linked) == {"README.md"}


def test_the_readme_quotes_samples_and_what_becomes_of_them() -> None:
    """What was shown once and is not what comes out today misleads who believes it."""
    dialects, became = re.findall(r"```(?:json)?\n(.*?)```", README, re.DOTALL)[:2]
    answers = [
        json.loads(path.read_text(encoding="utf-8"))["answer"]
        for path in (ROOT / "local/samples/jobs").glob("*.json")
    ]
    for line in dialects.splitlines():
        texts = [json.dumps(each) for each in answers if each["FunctionName"] == line.split()[1]]
        names = QUOTED.findall(line)
        assert len(names) > 1
        assert [name for name in names if not any(name in text for text in texts)] == []
    manifest = json.loads(became)
    [cover], [file] = manifest["analysis"]["covers"], manifest["resources"]
    golden = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "tests/golden").rglob("*.json")
    ]
    named = [
        other
        for each in golden
        for other in each.get("resources", [])
        if other["name"] == file["name"]
    ]
    assert file in [{name: other.get(name) for name in file} for other in named]
    covers = [other for each in golden for other in each.get("analysis", {}).get("covers", [])]
    assert cover in [{**other, "score": round(other["score"], 2)} for other in covers]


def test_the_readme_has_the_costs_of_the_page() -> None:
    """The sum that people remember is the one that is computed."""
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    jobs = re.findall(r"\| \*\*sum\*\* \| \| \| \*\*(\d+)\*\* \|", page)
    sweep = re.findall(r"^\*\*([\d.]+) CNY\*\*", page, re.MULTILINE)
    most = re.findall(r"it is \*\*(\d+)\.\d CNY\*\* a month", page)
    costs = README.partition("## What it costs\n")[2].partition("\n## ")[0]
    assert re.findall(r"([\d.]+) CNY", costs) == [*jobs, *sweep]
    assert re.findall(r"up\s+to (\d+) if jobs run at any time", costs) == most
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert re.findall(r"([\d.]+) 元[^人]", chinese) == [*sweep, *most]


def located(path: str) -> list[Path]:
    """Find what a document names: from the top of the repository, or from the package."""
    return [found for place in (ROOT, CODE) for found in place.glob(path)]


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_that_is_named_as_a_path_exists(document: str) -> None:
    """A newcomer who is sent to a file must find it there."""
    paths = PATH.findall((ROOT / document).read_text(encoding="utf-8"))
    assert len(paths) > 20
    assert [path for path in paths if not located(path)] == []


def definitions(path: Path) -> set[str]:
    """Name the functions, classes and methods of a module."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (inner for inner in node.body if isinstance(inner, ast.FunctionDef))
            found |= {f"{node.name}.{method.name}" for method in methods}
    return found


@pytest.mark.parametrize(("path", "name"), STEPS)
def test_every_step_of_a_walk_is_where_it_is_said_to_be(path: str, name: str) -> None:
    """Who follows a job through the code must not have to search for the next function."""
    assert [found for found in located(path) if name in definitions(found)]


def test_there_are_walks_to_follow() -> None:
    """A pattern that matches nothing would let the check above pass without checking."""
    assert len(STEPS) > 40


def test_every_arrow_of_the_picture_is_an_import() -> None:
    """A picture that shows what is not there is worse than none."""
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", ARCHITECTURE, re.MULTILINE)
    assert len(arrows) > 10
    assert [arrow for arrow in arrows if not imports(*arrow)] == []


def imports(room: str, other: str) -> bool:
    """Return whether a module of a room imports from another room."""
    modules = [*(CODE / room).glob("*.py"), *CODE.glob(f"{room}.py")]
    used = re.compile(rf"^from mps_manifest\.{other}\b", re.MULTILINE)
    return any(used.search(module.read_text(encoding="utf-8")) for module in modules)


def log_lines() -> dict[str, set[str]]:
    """Collect the message of every call that writes a log line, and the names of its fields."""
    found: dict[str, set[str]] = {}
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                position = {"log": 1, "info": 0, "error": 0}.get(node.func.attr, len(node.args))
                for message in node.args[position : position + 1]:
                    if isinstance(message, ast.Constant) and isinstance(message.value, str):
                        fields = found.setdefault(message.value, set())
                        fields |= {each.arg or "" for each in node.keywords}
    return found


def section(title: str) -> str:
    """Return a part of the page for operators."""
    return OPERATIONS.partition(f"\n{title}\n")[2].partition("\n## ")[0]


def documented_lines() -> list[tuple[str, str]]:
    """Return the messages of the table of log lines, each with the cell of its fields."""
    return re.findall(r"^\| `(.+?)` \| \w+ \| (.*?)\|", section("## Log lines"), re.MULTILINE)


def test_every_log_message_is_documented_and_no_other() -> None:
    """An operator who finds a line, or wants an alert for one, finds its message, and only once."""
    assert sorted(message for message, _ in documented_lines()) == sorted(log_lines())


def test_every_field_of_a_log_line_is_documented_and_no_other() -> None:
    """A search in the log for a field that is not there finds nothing, and does not say so."""
    table = {message: set(re.findall(r"`(\w+)`", cell)) for message, cell in documented_lines()}
    fields = log_lines()
    assert fields.pop("libraries") == {""}  # LIBRARY
    assert table.pop("libraries") == set(LIBRARY)
    assert table == fields


def test_every_field_of_a_jobs_line_is_explained() -> None:
    """It is the line that dashboards, alerts and people look for first."""
    rows = re.findall(r"^\| (`.*?) \|", section("### The line of a job"), re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(names) == sorted(log_lines()["job"])


def test_every_metric_is_documented_and_no_other() -> None:
    """A dashboard is built from the page."""
    rows = re.findall(r"^\| (`.*?) \|", section("## Metrics"), re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(names) == sorted([*get_args(metrics.Count), *get_args(metrics.Peak)])


def test_every_metric_is_written() -> None:
    """A name that nothing writes any more would be a line in a chart that stays at nought."""
    code = "".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    counted = set(re.findall(r'\.count\("(\w+)"', code)) | set(STATUSES) | {"coldStart"}
    assert counted & set(get_args(metrics.Count)) == set(get_args(metrics.Count))
    assert set(re.findall(r'\.peak\("(\w+)"', code)) == set(get_args(metrics.Peak))
