"""The published schema says what the code writes, and old manifests stay valid."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from mps_manifest.files import resources
from mps_manifest.jobs.algorithms import ALGORITHMS, UNKNOWN
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.manifests.ranking import ManifestStatus
from mps_manifest.problems import Problem
from mps_manifest.settings import Api
from tests.unit.test_architecture import MODULES
from tests.validators import GOLDEN, SCHEMA, assert_valid, read

DEFINITIONS: dict[str, dict[str, Any]] = read(SCHEMA)["definitions"]
PAGE = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")
MAKERS = {"error", "note", "kind", "Problem", "FileError"}
NAMED = {"OUT_OF_TIME": resources.OUT_OF_TIME}


def known(name: str) -> set[str]:
    """Return the known values of an enumeration that later releases may add to."""
    closed, other = DEFINITIONS[name]["anyOf"]
    assert other["type"] == "string"
    return set(closed["enum"])


def resource_statuses() -> set[str]:
    found = set()
    for form in DEFINITIONS["Resource"]["oneOf"]:
        status = DEFINITIONS[form["$ref"].rpartition("/")[2]]["properties"]["status"]
        found |= set(status.get("enum", [status.get("const")]))
    return found


def made_types(makers: set[str]) -> Iterator[str]:
    """Yield the type of every problem or file error that the code makes."""
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                arguments = node.args[1 if node.func.id == "Problem" else 0 :]
                if node.func.id in makers and arguments:
                    first = arguments[0]
                    if isinstance(first, ast.Name):
                        yield from filter(None, [NAMED.get(first.id)])
                    elif isinstance(first, ast.Constant):
                        yield str(first.value)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_manifests_of_the_first_release_stay_valid(path: Path) -> None:
    """Within version 1 fields are only added, and a bucket holds manifests of all releases."""
    assert_valid(read(path))


def test_there_is_a_golden_manifest_of_every_kind() -> None:
    """A form of which there is none would not be held to anything."""
    golden = [read(path) for path in GOLDEN]
    files = [file for manifest in golden for file in manifest["resources"]]
    assert {manifest["status"] for manifest in golden} == set(get_args(ManifestStatus))
    assert {file["status"] for file in files} == resource_statuses()
    assert any("data" in file for file in files)
    assert {manifest["job"].get("functionName") for manifest in golden} >= set(ALGORITHMS) - {
        "TextToSpeech"
    }


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (set(DEFINITIONS["ManifestStatus"]["enum"]), ManifestStatus),
        (set(DEFINITIONS["Api"]["enum"]), Api),
        (resource_statuses(), resources.FileStatus),
        (
            set(DEFINITIONS["Segment"]["properties"]["kind"]["enum"]),
            get_type_hints(Segment)["kind"],
        ),
        (
            set(DEFINITIONS["Problem"]["properties"]["severity"]["enum"]),
            get_type_hints(Problem)["severity"],
        ),
    ],
    ids=["status", "api", "file", "segment", "severity"],
)
def test_a_closed_enumeration_is_that_of_the_code(values: set[str], code: object) -> None:
    """A consumer switches over these, so that a value of which it does not know is lost."""
    assert values == set(get_args(code))


def test_the_known_roles_are_those_of_the_algorithms() -> None:
    """An editor offers them, and the page explains them."""
    algorithms = [*ALGORITHMS.values(), UNKNOWN]
    made = {each.role for each in algorithms} | {"matte"}
    made |= {role for each in algorithms for _, role in each.role_by_ending}
    assert known("Role") == made
    paragraph = re.search(r"^Roles: .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert paragraph
    assert made <= set(re.findall(r"`([a-z]+)`", paragraph[0]))


@pytest.mark.slow
def test_the_known_types_are_those_that_the_code_makes() -> None:
    """A type that is missing here is missing in every typing that is made of it."""
    assert known("FileErrorType") == set(made_types({"FileError"}))
    assert known("ProblemType") == set(made_types(MAKERS))


@pytest.mark.parametrize("name", sorted(known("ProblemType")))
def test_every_type_is_explained(name: str) -> None:
    """Somebody who finds it in a manifest looks here first."""
    assert f"`{name}`" in PAGE
