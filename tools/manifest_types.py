"""Write the typings of the manifest from its schema: for Python, and for TypeScript.

`make types` writes them beside the schema, those for TypeScript if there is Node. The tests compare
both with what is written here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.setup_node import SOURCE, NodeError, find_node, node_environment

FOLDER = Path(__file__).resolve().parents[1] / "functions/manifest/mps_manifest/schema"
SCHEMA = FOLDER / "manifest-1.0.json"
PYTHON = FOLDER / "manifest_types.py"
TYPESCRIPT = FOLDER / "manifest.d.ts"
NAME = "Manifest"

_BEGINNING = '''"""Types of a manifest, as `json.loads` returns it.

By `make types`, from manifest-1.0.json. `status` tells which of its three forms a resource has.
Readers ignore unknown keys. It needs nothing but Python 3.10, so that the file may be copied.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, final
'''
_WIDTH = 100
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}

Schema = Mapping[str, Any]


def typescript() -> str:
    """Return the typings for TypeScript; raises NodeError without Node and its packages."""
    command = [find_node(), str(SOURCE / "typings.cjs"), str(SCHEMA), NAME]
    done = subprocess.run(
        command, env=node_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NodeError(f"the typings could not be made: {done.stderr.strip()}")
    return done.stdout


def python() -> str:
    """Return the typings for Python."""
    schema: Schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    definitions = {**schema["definitions"], NAME: schema}
    text, was_class = _BEGINNING, False
    for name in _in_order(definitions):
        is_class = "properties" in definitions[name]
        blank = "\n\n" if is_class or was_class else "\n"
        text += blank + _declared(name, definitions[name])
        was_class = is_class
    return text


def _in_order(definitions: Mapping[str, Schema]) -> list[str]:
    """Return the names such that none comes before what it is made of."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in _references(definitions[name], definitions):
            if other not in ordered and other != name:
                visit(other)
        ordered.setdefault(name)

    for name in definitions:
        visit(name)
    return list(ordered)


def _references(schema: object, definitions: Mapping[str, Schema]) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield _referred(schema)
        for key, inner in schema.items():
            if key != "definitions":
                yield from _references(inner, definitions)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner, definitions)


def _referred(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix("#/definitions/")


def _declared(name: str, schema: Schema) -> str:
    """Return the declaration of a definition."""
    if "properties" in schema:
        return "\n\n".join(_classes(name, schema))
    union = _aligned(f"{name} = ", _union(schema))
    return f'{union}"""{_docstring(schema["description"], 0)}"""\n'


def _union(schema: Schema) -> list[str]:
    parts = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return [_type(part) for part in parts]


def _aligned(beginning: str, parts: list[str]) -> str:
    """Return an assignment in the form that the formatter gives it."""
    line = beginning + " | ".join(parts)
    if len(line) <= _WIDTH:
        return f"{line}\n"
    if len(parts) == 1:
        return f"{beginning}{_broken(parts[0], '')}\n"
    rest = "".join(f"    | {_broken(part, '    ')}\n" for part in parts[1:])
    return f"{beginning}(\n    {_broken(parts[0], '    ')}\n{rest})\n"


def _broken(kind: str, indent: str) -> str:
    """Return a Literal with one value a line, if it is long."""
    if len(kind) <= _WIDTH - 10 or not kind.startswith("Literal["):
        return kind
    values = kind.removeprefix("Literal[").removesuffix("]").split(", ")
    return "Literal[\n" + "".join(f"{indent}    {value},\n" for value in values) + f"{indent}]"


def _classes(name: str, schema: Schema) -> Iterator[str]:
    """Yield a class, after one of the keys that are always there, and of keys that are no names.

    It is final, so that `"data" in file` tells a checker which of the resources it is.
    """
    fields = {key: value for key, value in schema["properties"].items() if value is not False}
    needed = [key for key in fields if key in schema.get("required", ())]
    odd = [key for key in needed if not key.isidentifier()]
    base = "TypedDict"
    if odd:
        pairs = ", ".join(f'"{key}": {_type(fields[key])}' for key in odd)
        yield f'_{name}Keys = TypedDict("_{name}Keys", {{{pairs}}})\n'
        base = f"_{name}Keys"
    plain = [key for key in needed if key not in odd]
    optional = [key for key in fields if key not in needed]
    if plain and optional:
        yield f"class _{name}({base}):\n{_fields(fields, plain)}"
        base = f"_{name}"
    total = ", total=False" if optional else ""
    told = f'    """{_docstring(schema["description"], 4)}"""\n\n'
    yield f"@final\nclass {name}({base}{total}):\n{told}{_fields(fields, optional or plain)}"


def _fields(fields: Mapping[str, Schema], names: list[str]) -> str:
    lines = []
    for name in names:
        told = fields[name].get("description", "")
        lines += [f"    # {line}" for line in textwrap.wrap(told, _WIDTH - 6)]
        lines.append(f"    {name}: {_type(fields[name])}")
    return "\n".join(lines) + "\n"


def _type(schema: Schema) -> str:
    """Return the type of a value."""
    if "$ref" in schema:
        return _referred(schema)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(_literal(value) for value in values)}]"
    if schema["type"] == "array":
        return f"list[{_type(schema['items'])}]"
    if schema["type"] == "object":
        return "dict[str, Any]"
    return _PLAIN[schema["type"]]


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _docstring(text: str, indent: int) -> str:
    """Return a description as a docstring: a first line, and the rest below it."""
    if len(text) <= _WIDTH - indent - 6:
        return text
    first, _, rest = text.partition(". ")
    margin = " " * indent
    lines = textwrap.wrap(rest, _WIDTH - indent)
    return "\n".join([f"{first}.", "", *(margin + line for line in lines), margin])


def main() -> int:
    """Write both files."""
    PYTHON.write_text(python(), encoding="utf-8")
    try:
        TYPESCRIPT.write_text(typescript(), encoding="utf-8")
    except NodeError as error:
        print(f"{TYPESCRIPT.name} is as it was: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
