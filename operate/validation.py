"""Manifests in files, against the schema, the profile of Data Packages, and the reference tool."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import orjson

import mps_manifest
from operate.console.options import ROOT
from operate.errors import OperatorError

SCHEMA = Path(mps_manifest.__file__).with_name("schema") / "manifest-1.0.json"
PROFILE = ROOT / "tests/data/datapackage-2.0.json"
"""The official profile, version 2, as the tests have it."""
READERS = ROOT / ".venv-readers/bin/python"
"""What `make readers` installs frictionless for."""
LONGEST_FILE = 64 * 1024 * 1024
_SECONDS = 120
_FRICTIONLESS = """
import json, sys
from frictionless import FrictionlessException, Package
try:
    Package.from_descriptor(json.load(sys.stdin))
    print(json.dumps([]))
except FrictionlessException as refused:
    print(json.dumps([each.note for each in refused.reasons] or [refused.error.note]))
"""


class Fault(NamedTuple):
    """What is wrong, an RFC 6901 pointer to where, and what says so."""

    by: str
    pointer: str
    says: str


def faults_in(path: Path) -> list[Fault]:
    """Return all that is wrong with a manifest in a file. Raises OperatorError without jsonschema.

    A manifest that lists no file is no Data Package, and is held against the schema only.
    """
    document = _read(path)
    if isinstance(document, Fault):
        return [document]
    try:
        found = list(_against("schema", SCHEMA, document))
        if isinstance(document, dict) and document.get("resources"):
            found += _against("profile", PROFILE, document) if PROFILE.exists() else []
            found += _by_frictionless(document) if READERS.exists() else []
    except RecursionError:
        return [Fault("schema", "", "it is nested too deeply to be checked")]
    return found


def tools() -> list[str]:
    """Return what manifests are held against on this machine."""
    return [
        "schema",
        *(["profile"] if PROFILE.exists() else []),
        *(["frictionless"] if READERS.exists() else []),
    ]


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > LONGEST_FILE:
            return Fault("file", "", f"it has more than {LONGEST_FILE} bytes")
        return orjson.loads(path.read_bytes())
    except OSError as error:
        return Fault("file", "", error.strerror or type(error).__name__)
    except orjson.JSONDecodeError as error:
        return Fault("file", "", f"it is not JSON: {error}")


def _against(by: str, schema: Path, document: Any) -> Iterator[Fault]:
    for error in _validator(schema).iter_errors(document):
        for each in _innermost(error):
            yield Fault(by, _pointer(each.absolute_path), str(each.message))


def _innermost(error: Any) -> Iterator[Any]:
    """Yield what is wrong with the alternative that fits best: else it says that none does."""
    if not error.context:
        yield error
        return
    chosen = import_module("jsonschema.exceptions").best_match([error])
    yield chosen if chosen is not None else error


def _pointer(path: Any) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


@cache
def _validator(schema: Path) -> Any:
    try:
        jsonschema = import_module("jsonschema")
    except ImportError:
        raise OperatorError("jsonschema is not installed.", "Run make setup.") from None
    return jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))


def _by_frictionless(document: Mapping[str, Any]) -> list[Fault]:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [str(READERS), "-c", _FRICTIONLESS],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        return [Fault("frictionless", "", str(note)) for note in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return [Fault("frictionless", "", f"it failed: {type(error).__name__}")]
