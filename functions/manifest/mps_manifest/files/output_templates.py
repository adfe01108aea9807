"""Match output templates: which objects a job may have written whose answer lists none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_PIECE = re.compile(r"\{source\}|\{timestamp\}|\{sequenceId\}|\{resultType\}|[^{]+|\{")
_PATTERNS = {
    "timestamp": "[0-9]{10,13}",
    "sequenceId": "[0-9]+",
    "resultType": "[0-9A-Za-z_-]+",
}


class OutputTemplate(NamedTuple):
    """A key with placeholders; `prefix` is the part before the first unknown one."""

    text: str
    prefix: str
    pattern: re.Pattern[str]

    @property
    def literal(self) -> bool:
        """Whether the template is a plain key without unknown placeholders."""
        return self.prefix == self.text


class TemplateMatches(NamedTuple):
    """The matching keys, in order.

    More than one timestamp means several runs, and it is unknown which of them was this job's.
    """

    keys: tuple[str, ...]
    timestamps: int

    @property
    def ambiguous(self) -> bool:
        """Whether the keys belong to several runs."""
        return self.timestamps > 1


def compile_template(key: str, input_stem: str | None) -> OutputTemplate | None:
    """Compile an output key; return None where it needs `{source}` and the input is unknown.

    `{source}` is the input's file name without its extension (facts/mps.md section 2).
    """
    text = prefix = pattern = ""
    seen: set[str] = set()
    for piece in _PIECE.findall(key):
        name = piece[1:-1]
        if name == "source" and input_stem is None:
            return None
        if piece != f"{{{name}}}" or name not in _PATTERNS:
            literal = input_stem if piece == "{source}" and input_stem is not None else piece
            text, pattern = text + literal, pattern + re.escape(literal)
            prefix = prefix if seen else text
            continue
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{_PATTERNS[name]})"
        seen.add(name)
        text += piece
    return OutputTemplate(text, prefix, re.compile(pattern))


def result_type(key: str, template: OutputTemplate | None) -> str | None:
    """Return the part of a key that matches `{resultType}`; None where there is none."""
    matched = template.pattern.fullmatch(key) if template else None
    return matched.groupdict().get("resultType") if matched else None


def match_template(template: OutputTemplate, keys: Iterable[str]) -> TemplateMatches:
    """Return the keys that match a template."""
    found: list[str] = []
    timestamps = set()
    for key in keys:
        matched = template.pattern.fullmatch(key)
        if matched:
            found.append(key)
            timestamps.add(matched.groupdict().get("timestamp"))
    return TemplateMatches(tuple(found), len(timestamps))
