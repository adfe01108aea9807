"""Manifests as tables: read once, queried without harm, and exported without formulas."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from deploy.settings import Keys
from mps_manifest.errors import NotFound
from mps_manifest.ports import StoredObject
from operate.access.read_only import ReadOnlyStore
from operate.errors import OperatorError
from operate.sql import engine
from operate.sql.csv_files import as_text
from operate.sql.engine import ask
from operate.sql.manifest_cache import ManifestCache
from operate.sql.tables import TABLES, TEXT, rows_of
from tests.operate.conftest import BUCKET, Ended, Operator
from tests.unit.nasty_texts import SECRET

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/1.0"
DOCS = (ROOT / "docs/sql.md").read_text(encoding="utf-8")
EXPECTED = Path(__file__).with_name("data") / "queries.json"
QUERIES = dict(re.findall(r"\n([^\n]+):\n\n```sql\n(.*?)```", DOCS, re.DOTALL))

needs_duckdb = pytest.mark.skipif(
    find_spec("duckdb") is None, reason="DuckDB is not installed: make setup EXTRAS=sql"
)


def run(operator: Operator, *arguments: str) -> Ended:
    """Run a command with a cache of the test's own."""
    return operator.run(*arguments, "--cache", str(operator.folder / "cache"))


def put(operator: Operator, manifests: Mapping[str, object]) -> None:
    """Write manifests by their job IDs."""
    bodies = {
        f"manifests/{job_id}.json": body if isinstance(body, bytes) else json.dumps(body).encode()
        for job_id, body in manifests.items()
    }
    operator.cloud.put_objects(BUCKET, bodies)


def read_keys(operator: Operator) -> list[str]:
    """Return which manifests were read since the last time."""
    found = [each.key for each in operator.cloud.requests() if each.action == "GetObject"]
    operator.cloud.reset_requests()
    return sorted(found)


def job(status: str = "complete", **fields: object) -> dict[str, object]:
    return {"status": status, "job": {"jobId": "x", "api": "mps", "region": "r"}, **fields}


def test_what_make_was_told_to_install_is_there() -> None:
    """Else the tests below would be skipped where they have to run."""
    if "sql" in os.environ.get("EXTRAS", "").split():
        assert find_spec("duckdb") is not None


@needs_duckdb
def test_the_ten_queries_of_the_documentation_answer(operator: Operator) -> None:
    """Over the manifests of all sample jobs, each known by the name of its file."""
    put(operator, {path.stem: path.read_bytes() for path in GOLDEN.iterdir()})
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    first, *others = QUERIES
    found = run(operator, "query", QUERIES[first], "--json")
    assert (found.status, len(QUERIES), found.err) == (0, 10, "")
    cache = ManifestCache.of(operator.connect(), operator.folder / "cache")
    answers = {name: ask(cache, QUERIES[name], 1_000).rows for name in others}
    cache.close()
    rows = {first: found.document["rows"], **answers}
    assert json.loads(json.dumps(rows)) == expected


@needs_duckdb
def test_an_unchanged_manifest_is_never_read_again(operator: Operator) -> None:
    """A changed one is, a new one as well, and a deleted one vanishes; sidecars are none."""
    put(operator, {"a": job(), "b": job(), "c": job(), "a/x": job()})
    operator.cloud.reset_requests()
    counted = "SELECT job_id, status FROM jobs ORDER BY job_id"
    run(operator, "query", counted)
    assert read_keys(operator) == [f"manifests/{name}.json" for name in "abc"]
    put(operator, {"b": job("partial"), "d": job("failed")})
    operator.cloud.delete_object(BUCKET, "manifests/c.json")
    operator.cloud.reset_requests()
    found = run(operator, "query", counted, "--json").document
    assert read_keys(operator) == ["manifests/b.json", "manifests/d.json"]
    assert found["rows"] == [["a", "complete"], ["b", "partial"], ["d", "failed"]]
    assert found["manifests"] == {"total": 3, "read": 2, "gone": 1, "unreadable": 0}
    run(operator, "query", counted)
    assert [each.action for each in operator.cloud.requests()] == ["ListObjects"]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, "functions/manifest")
from operate.cli import main
from operate.sql import engine, manifest_cache
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
manifest_cache._BATCH = 2
point, folder = sys.argv[1:]
if point == "reading":
    store = manifest_cache.ManifestCache._store
    calls = []
    def stored(self, *rest):
        store(self, *rest)
        calls.append(1)
        if len(calls) == 2:
            die()
    manifest_cache.ManifestCache._store = stored
elif point == "storing":
    zip_ = manifest_cache.secrets.token_hex
    calls = []
    def token(count):
        calls.append(1)
        return die() if len(calls) == 2 else zip_(count)
    manifest_cache.secrets.token_hex = token
else:
    Path.replace = die
main(["query", "SELECT 1", "--cache", folder, "--file", folder + "/none"])
"""


@needs_duckdb
@pytest.mark.parametrize(("point", "left"), [("reading", 2), ("storing", 4), ("tables", 0)])
def test_killed_at_any_point_the_cache_is_whole(operator: Operator, point: str, left: int) -> None:
    """What was stored is not read again, and the rows are those of an undisturbed run."""
    put(operator, {name: job() for name in "abcdef"})
    command = [sys.executable, "-c", KILLED, point, str(operator.folder / "cache")]
    environment = {**os.environ, **operator.variables(), "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=environment, check=False, timeout=60
    )
    assert ended.returncode == -9
    found = run(operator, "query", "SELECT list(job_id ORDER BY job_id) FROM jobs", "--json")
    assert found.document["rows"] == [[[*"abcdef"]]]
    assert found.document["manifests"]["read"] == left
    files = sorted(path.name[:7] for path in (operator.folder / "cache").glob("*/*"))
    assert files == ["lock", "manifes", "tables-"]


def test_a_cache_of_another_release_starts_anew(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is no such file at all."""
    put(operator, {"a": job()})
    monkeypatch.setattr("operate.sql.manifest_cache.DEFINITIONS", 5)
    export = ("export", "--ndjson", str(operator.folder / "out"), "--json")
    assert run(operator, *export).document["manifests"]["read"] == 1
    assert run(operator, *export).document["manifests"]["read"] == 0
    monkeypatch.setattr("operate.sql.manifest_cache.DEFINITIONS", 6)
    assert run(operator, *export).document["manifests"]["read"] == 1
    (file,) = (operator.folder / "cache").glob("*/manifests.sqlite")
    file.write_bytes(b"nothing that SQLite knows" * 100)
    assert run(operator, *export).document["manifests"]["read"] == 1


def test_a_cache_that_cannot_be_used_is_named_with_the_remedy(operator: Operator) -> None:
    """A file is where the folder should be."""
    (operator.folder / "cache").write_text("", encoding="ascii")
    ended = run(operator, "export", "--csv", str(operator.folder / "out"))
    assert ended.status == 2
    assert ended.err.endswith("Name another folder with --cache.\n")


def test_a_second_command_waits_for_the_first(tmp_path: Path) -> None:
    """Else it would take what the first is making for something that a killed one has left."""
    first = ManifestCache(tmp_path)
    second = threading.Thread(target=lambda: ManifestCache(tmp_path).close())
    second.start()
    second.join(0.2)
    assert second.is_alive()
    first.close()
    second.join(30)
    assert not second.is_alive()


HOSTILE: dict[str, object] = {
    "formula": job(problems=[{"title": "=cmd|'/c calc'!A0", "detail": "@SUM(1)", "type": "+1"}]),
    "nul": job(problems=[{"title": "a\0b\x1b[2J", "detail": "-2\r\n+3", "type": "x"}]),
    "huge": job(problems=[{"title": "\u4e2d" * 1_000_000}]),
    "key": job(problems=[{"title": f"Signature={SECRET}", "detail": "plainsecret"}]),
    "types": job(
        resources=[{"bytes": "1", "media": {"durationInMs": 2**70, "frameRate": True}}, 5, None],
        analysis={"covers": {"a": 1}, "segments": [{"startMs": 1.5, "title": ["x"]}]},
        problems="none",
    ),
    "no-document": b"[1]",
    "broken": b'{"status": "\xff',
    "large": b" " * (8 * 1024 * 1024 + 1),
    "deep": b"[" * 100_000,
}


def test_hostile_values_become_text_in_every_file(operator: Operator) -> None:
    """No formula, no NUL in CSV, nothing of a wrong type, no secret; what is none is counted."""
    put(operator, HOSTILE)
    out = operator.folder / "out"
    for form in ("csv", "ndjson"):
        ended = run(operator, "export", f"--{form}", str(out), "--json")
        assert (ended.status, ended.document["manifests"]["unreadable"]) == (1, 4)
        assert ended.document["rows"] == {
            "jobs": 5, "files": 1, "segments": 1, "covers": 0, "captions": 0, "problems": 4,
        }  # fmt: skip
    written = b"".join(path.read_bytes() for path in sorted(out.iterdir()))
    assert SECRET.encode() not in written
    assert [path.name for path in out.iterdir() if path.suffix not in {".csv", ".ndjson"}] == []
    limit = csv.field_size_limit(2_000_000)
    with (out / "problems.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    csv.field_size_limit(limit)
    assert {cell[0] for cell in cells if cell}.isdisjoint("=+-@\t\r\n")
    assert {"'=cmd|'/c calc'!A0", "'@SUM(1)", "'+1", "a\ufffdb\x1b[2J", "'-2\r\n+3"} <= {*cells}
    lines = (out / "problems.ndjson").read_bytes().splitlines()
    titles = {each["job_id"]: each["title"] for each in map(json.loads, lines)}
    assert (titles["nul"], len(titles["huge"])) == ("a\0b\x1b[2J", 1_000_000)
    (file_row,) = map(json.loads, (out / "files.ndjson").read_bytes().splitlines())
    assert {name for name, value in file_row.items() if value is not None} == {"job_id"}


@needs_duckdb
def test_hostile_values_are_rows_like_others(operator: Operator) -> None:
    """They come into DuckDB and Parquet as they are, and steer no terminal."""
    put(operator, HOSTILE)
    lengths = "SELECT job_id, length(title) FROM problems ORDER BY job_id"
    found = run(operator, "query", lengths, "--json")
    assert found.document["rows"] == [
        ["formula", 17], ["huge", 1_000_000], ["key", 13], ["nul", 7],
    ]  # fmt: skip
    page = run(operator, "query", "SELECT * FROM problems WHERE job_id <> 'huge'")
    assert page.status == 1
    assert "4 manifests are unreadable or too large and were left out." in page.out
    assert {char for char in page.out if not char.isprintable()} == {"\n"}
    assert max(map(len, page.out.split("\n"))) <= 80
    out = operator.folder / "o'ut"
    assert run(operator, "export", "--parquet", str(out)).status == 1
    module = engine.duckdb()
    read = module.sql(f"FROM read_parquet('{out}/problems.parquet')".replace("o'ut", "o''ut"))
    assert len(read.fetchall()) == 4


@pytest.fixture
def cache(operator: Operator) -> Iterable[ManifestCache]:
    """Have a cache of one job."""
    put(operator, {"a": job()})
    cache = ManifestCache.of(operator.connect(), operator.folder / "cache")
    cache.refresh(operator.connect(), lambda *_: None)
    yield cache
    cache.close()


REFUSED = (
    "SELECT * FROM read_csv('{secret}')",
    "FROM '{secret}'",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM query('FROM read_text(''{secret}'')')",
    "SELECT * FROM sniff_csv('{secret}')",
    "FROM 'http://127.0.0.1:9/a.csv'",
    "SELECT * FROM duckdb_secrets()",
    "FROM HOSTILE",
    "SELECT getenv('HOME')",
    "COPY jobs TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD json",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "DELETE FROM jobs",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CALL enable_logging()",
    "EXPLAIN ANALYZE SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT",
    "",
)


@needs_duckdb
def test_a_query_reads_the_tables_and_nothing_else(cache: ManifestCache, tmp_path: Path) -> None:
    """No file, no network, no program's variable, no change; and none of that can be allowed."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    refused = [statement.format(secret=secret, folder=tmp_path) for statement in REFUSED]
    for sql in refused:
        with pytest.raises(OperatorError) as caught:
            ask(cache, sql, 10)
        assert caught.value.status == 2, sql
        assert "\n" not in caught.value.what
    assert sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts) == [
        path for path in before if "cache" not in path.parts
    ]
    assert ask(cache, "FROM jobs SELECT job_id", 10).rows == [("a",)]


@needs_duckdb
def test_what_is_printed_is_limited_and_json(operator: Operator) -> None:
    """Values that JSON has no type for are texts, and more rows than wanted are said."""
    odd = "SELECT 1.5::DECIMAL(3, 1), 'nan'::DOUBLE, TIMESTAMPTZ '2026-01-01 00:00:00Z', {'a': [1]}"
    found = run(operator, "query", odd, "--json").document
    assert found["rows"] == [["1.5", None, "2026-01-01 00:00:00+00:00", {"a": [1]}]]
    found = run(operator, "query", "FROM range(5)", "--limit", "2", "--json").document
    assert (found["rows"], found["more"]) == ([[0], [1]], True)
    page = run(operator, "query", "FROM range(5)", "--limit", "2").out
    assert page.endswith("Only the first 2 rows; --limit has more printed.\n")
    assert run(operator, "query", "FROM jobs").out == "No rows.\n"


def test_without_duckdb_the_remedy_is_named(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked; lines of JSON and CSV do not need it."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    for command in (["query", "SELECT 1"], ["export", "--parquet", str(operator.folder)]):
        ended = run(operator, *command)
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.endswith("not installed.\nRun make setup EXTRAS=sql.\n")
    assert run(operator, "export", "--csv", str(operator.folder / "out")).status == 0


def test_a_format_and_a_folder_have_to_be_right(operator: Operator) -> None:
    """Each mistake is one sentence with what to do."""
    assert run(operator, "export", "--csv", "--ndjson", "out").err.startswith("Choose one format.")
    assert run(operator, "export", "out").status == 2
    (operator.folder / "file").write_text("", encoding="utf-8")
    ended = run(operator, "export", "--csv", str(operator.folder / "file" / "x"))
    assert ended.status == 2
    assert ended.err.endswith("Name another folder.\n")


def test_the_documentation_names_every_column() -> None:
    """With its type, in the order of the definitions."""
    described = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", DOCS, re.MULTILINE))
    for table in TABLES:
        text = re.sub(r" \((?!`)[^)]*\)", "", described[table.name])
        groups = [re.findall(r"`([^`]+)`", group) for group in text.split(";")]
        columns = {
            name: (kinds or [TEXT])[0]
            for group in groups
            for kinds in [[each for each in group if each.isupper() or "[]" in each]]
            for name in group
            if name not in kinds
        }
        assert columns == {column.name: column.type for column in table.columns}


def test_a_number_of_any_size_fits_or_is_left_out() -> None:
    """DuckDB's integers have 64 bits, and JSON's have as many as somebody writes."""
    for value, kept in ((2**63 - 1, 2**63 - 1), (2**63, None), (-(2**63), -(2**63)), (1.0, None)):
        rows = rows_of("a", {"resources": [{"bytes": value}]}, Keys("", "", "").redact)
        (row,) = rows["files"]
        assert dict(zip(TABLES[1].names, row, strict=True))["bytes"] == kept
    covers = {"analysis": {"covers": [{"score": 10**400}, {"score": 3}]}}
    assert [row[2] for row in rows_of("a", covers, str)["covers"]] == [None, 3.0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (True, "true"), (-1, "-1"), (1.5, "1.5"), (["=a", "b"], "'=a b"), ("a=", "a=")],
)
def test_only_texts_get_an_apostrophe(cell: Any, text: str) -> None:
    """A negative number is one in a spreadsheet, too."""
    assert as_text(cell) == text


def test_a_manifest_that_goes_meanwhile_is_left_out(operator: Operator) -> None:
    """Between the list and the read somebody may delete it."""
    put(operator, {"a": job(), "b": job()})

    class Gone(ReadOnlyStore):
        def read(self, bucket: str, key: str, limit: int) -> StoredObject:
            if key.endswith("/a.json"):
                raise NotFound("gone")
            return super().read(bucket, key, limit)

    cache = ManifestCache.of(operator.connect(), operator.folder / "cache")
    connection = operator.connect(Gone)
    assert cache.refresh(connection, lambda *_: None) == (1, 2, 0, 0)
    assert [rows["jobs"][0][0] for rows in cache.rows()] == ["b"]
    cache.close()
