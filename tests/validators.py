"""The published schema and the official Data Package profile, as one check of a manifest."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

import mps_manifest

SCHEMA = Path(mps_manifest.__file__).with_name("schema") / "manifest-1.0.json"
PROFILE = Path(__file__).parent / "data" / "datapackage-2.0.json"
GOLDEN = sorted((Path(__file__).parent / "golden" / "1.0").glob("*.json"))
"""Manifests as release 0.9.0 wrote them."""


@cache
def validator(path: Path) -> Draft7Validator:
    """Load a schema once."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def read(path: Path) -> dict[str, Any]:
    """Read a JSON document."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def valid_package(document: dict[str, Any]) -> list[str]:
    """Return what the official profile says against a manifest that lists a file."""
    return [fault.message for fault in validator(PROFILE).iter_errors(document)]


def assert_valid(document: dict[str, Any]) -> None:
    """Check a manifest against the schema and, where it lists a file, the profile."""
    faults = [fault.message for fault in validator(SCHEMA).iter_errors(document)]
    if document["resources"]:
        faults += valid_package(document)
    assert not faults
