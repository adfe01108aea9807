"""Output templates: which objects a job can have written when it names none."""

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
    """A key with placeholders; `prefix` is what stands before the first that is not known."""

    text: str
    prefix: str
    pattern: re.Pattern[str]

    @property
    def literal(self) -> bool:
        """Return whether the template is a key, with nothing to match."""
        return self.prefix == self.text


class TemplateMatches(NamedTuple):
    """Keys that match, in order.

    By more than one timestamp they are of several runs, and nobody can tell which was this job's.
    """

    keys: tuple[str, ...]
    timestamps: int

    @property
    def ambiguous(self) -> bool:
        """Return whether the keys belong to several runs."""
        return self.timestamps > 1


def compile_template(key: str, input_stem: str | None) -> OutputTemplate | None:
    """Compile an output key; None where it needs a `{source}` that is not known.

    `{source}` is the input's name without its ending (facts/mps.md section 2).
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
    """Tell what a key has where the template says `{resultType}`; None where it has none."""
    matched = template.pattern.fullmatch(key) if template else None
    return matched.groupdict().get("resultType") if matched else None


def match_template(template: OutputTemplate, keys: Iterable[str]) -> TemplateMatches:
    """Find the keys that a template can have become."""
    found: list[str] = []
    timestamps = set()
    for key in keys:
        matched = template.pattern.fullmatch(key)
        if matched:
            found.append(key)
            timestamps.add(matched.groupdict().get("timestamp"))
    return TemplateMatches(tuple(found), len(timestamps))
