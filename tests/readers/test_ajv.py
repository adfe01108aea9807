"""The schema in JavaScript's validator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.node import run_node
from tests.validators import GOLDEN, SCHEMA, read
from tools.setup_node import SOURCE

MODES = ("default", "strict")
WRONG: list[dict[str, Any]] = [
    {"status": "done"},
    {"status": "missing"},
    {"path": "ftp://elsewhere/a.srt"},
    {"bytes": -1},
    {"crc64ecma": 5},
    {"lastModified": "yesterday"},
    {"data": {"listed": "x"}, "status": "error"},
]


def validated(*documents: Path) -> list[dict[str, Any]]:
    """Have ajv validate documents, with its defaults and strictly."""
    printed = run_node(str(SOURCE / "validate.cjs"), str(SCHEMA), *map(str, documents))
    return [json.loads(line) for line in printed.splitlines()]


def test_ajv_takes_the_schema_and_every_manifest(manifests: list[Path]) -> None:
    """In strict mode it refuses keywords and formats that it does not know, as many users do."""
    assert validated(*manifests) == [
        {"mode": mode, "warnings": [], "invalid": [], "read": len(manifests)} for mode in MODES
    ]


def test_ajv_refuses_what_is_no_resource(tmp_path: Path) -> None:
    """A schema that takes anything would pass the test above as well."""
    [golden] = [path for path in GOLDEN if path.stem == "mps-CaptionExtraction"]
    paths = []
    for number, change in enumerate(WRONG):
        document = read(golden)
        document["resources"][0] |= change
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(document), encoding="utf-8")
    wanted = [str(path) for path in paths]
    assert [each["invalid"] for each in validated(*paths)] == [wanted, wanted]


def test_an_unknown_keyword_would_be_noticed(tmp_path: Path) -> None:
    """Else the first test could not say that there is none."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(read(SCHEMA) | {"tsType": "string"}), encoding="utf-8")
    assert run_node(str(SOURCE / "validate.cjs"), str(path), fails=True) == ""
