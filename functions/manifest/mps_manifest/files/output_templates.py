"""Output templates: which objects a job can have written when it names none.

A template is a stranger's, and so are the keys. Placeholders are therefore matched without
backtracking: the places at which a piece of a template may end in a key are the bits of one
integer. That takes time in proportion to the key, whatever stands side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from mps_manifest.jobs.job import Job

MAX_PLACEHOLDERS = 16
_PIECE = re.compile(r"\{source\}|\{timestamp\}|\{sequenceId\}|\{resultType\}|[^{]+|\{")
_DIGITS = "0123456789"
_WORD = _DIGITS + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
_CHARACTERS = {"timestamp": _DIGITS, "sequenceId": _DIGITS, "resultType": _WORD}
_BITS = {
    name: bytes(b"01"[chr(code) in allowed] for code in range(256))
    for name, allowed in _CHARACTERS.items()
}
TRIALS = 2000


class TemplatePiece(NamedTuple):
    """A literal text, or a placeholder with its `name`."""

    text: str
    name: str = ""


class OutputTemplate(NamedTuple):
    """A key with placeholders: their `names`, and what stands before the first as `prefix`."""

    text: str
    prefix: str
    pieces: tuple[TemplatePiece, ...]
    names: frozenset[str]

    @property
    def literal(self) -> bool:
        """Whether the template is a key, with nothing to match."""
        return self.prefix == self.text


class TemplateMatches(NamedTuple):
    """Keys that match, in order.

    By more than one timestamp they are of several runs, and nobody can tell which was this job's.
    `given_up` says that the template fits its keys in too many ways to try them all.
    """

    keys: tuple[str, ...]
    timestamps: int
    given_up: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether the keys belong to several runs."""
        return self.timestamps > 1


def compile_template(key: str, input_stem: str | None) -> OutputTemplate | None:
    """Compile an output key; None where it needs a `{source}` that is not known.

    `{source}` is the input's name without its ending (facts/mps.md section 2). Placeholders beyond
    MAX_PLACEHOLDERS are taken literally, so that such a template matches nothing.
    """
    if input_stem is None and "{source}" in key:
        return None
    pieces: list[TemplatePiece] = []
    literal: list[str] = []
    names = 0
    for text in _PIECE.findall(key):
        name = text[1:-1] if text[:1] == "{" and text[1:-1] in _CHARACTERS else ""
        names += bool(name)
        if not name or names > MAX_PLACEHOLDERS:
            literal.append(input_stem or "" if text == "{source}" else text)
            continue
        if literal:
            pieces.append(TemplatePiece("".join(literal)))
            literal.clear()
        pieces.append(TemplatePiece(text, name))
    if literal:
        pieces.append(TemplatePiece("".join(literal)))
    prefix = pieces[0].text if pieces and not pieces[0].name else ""
    text = "".join(piece.text for piece in pieces)
    return OutputTemplate(text, prefix, tuple(pieces), frozenset(p.name for p in pieces if p.name))


def template_of(job: Job) -> OutputTemplate | None:
    """Return the template of a job's output; None where there is none, or it cannot be compiled."""
    output = job.output_location
    return _compiled(output.key, job.input_stem) if output and output.key else None


_compiled = lru_cache(64)(compile_template)  # contexts and labels of a job's files ask for the same


def result_type(
    key: str, template: OutputTemplate | None, trials: Iterator[int] | None = None
) -> str | None:
    """Return what a key has where the template says `{resultType}`; None where it has none.

    The keys of one job share their trials.
    """
    if template is None or "resultType" not in template.names:
        return None
    values = match_key(template, key, trials)
    return values.get("resultType") if values else None


def match_template(template: OutputTemplate, keys: Iterable[str]) -> TemplateMatches:
    """Find the keys that a template can have become."""
    found: list[str] = []
    timestamps = set()
    trials = iter(range(TRIALS))
    for key in keys:
        values = match_key(template, key, trials)
        if values is not None:
            found.append(key)
            timestamps.add(values.get("timestamp"))
    return TemplateMatches(tuple(found), len(timestamps), next(trials, None) is None)


def match_key(
    template: OutputTemplate, key: str, trials: Iterator[int] | None = None
) -> Mapping[str, str] | None:
    """Return the values of the placeholders in a key, each as long as can be; None without a match.

    A placeholder that stands several times has one value, which takes trials to find.
    """
    return _match(template.pieces, key, {}, iter(range(TRIALS)) if trials is None else trials)


def _match(
    pieces: tuple[TemplatePiece, ...], key: str, known: Mapping[str, str], trials: Iterator[int]
) -> Mapping[str, str] | None:
    """Match with the values that are `known`; try those of a name that stands several times."""
    left = tuple(TemplatePiece(known[p.name]) if p.name in known else p for p in pieces)
    tails = _tails(left, key)
    if not _holds(tails[0], 0, key):
        return None
    names = [piece.name for piece in left if piece.name]
    repeated = next((name for name in names if names.count(name) > 1), "")
    at, values = 0, dict(known)
    for number, piece in enumerate(left):
        ends = _ends(piece, at, key, tails[number + 1])
        if piece.name and repeated:
            candidates = (key[at:end] for end, _ in zip(ends, trials, strict=False))
            found = (_match(pieces, key, {**known, piece.name: c}, trials) for c in candidates)
            return next((values for values in found if values is not None), None)
        end = next(iter(ends))
        if piece.name:
            values[piece.name] = key[at:end]
        at = end
    return values


def _ends(piece: TemplatePiece, at: int, key: str, tails: int) -> Iterator[int]:
    """Yield where a piece that begins at `at` can end so that the rest matches, longest first."""
    if not piece.name:
        yield at + len(piece.text)
        return
    allowed, longest = _CHARACTERS[piece.name], at
    while longest < len(key) and key[longest] in allowed:
        longest += 1
    lengths = range(1, longest - at + 1)
    if piece.name == "timestamp":
        lengths = range(10, min(13, longest - at) + 1)
    for length in reversed(lengths):
        if _holds(tails, at + length, key):
            yield at + length


def _holds(tails: int, at: int, key: str) -> bool:
    return bool(tails >> (len(key) - at) & 1)


def _tails(pieces: tuple[TemplatePiece, ...], key: str) -> list[int]:
    """Return for each piece, and for the end, where in a key it may begin so that the rest matches.

    The key is walked backwards, since a sum of two integers carries from lower to higher bits only:
    bit n stands for the place n characters before the end.
    """
    backwards = key[::-1]
    masks = {name: _mask(name, backwards) for name in {p.name for p in pieces if p.name}}
    found = [1]
    for piece in reversed(pieces):
        if piece.name == "timestamp":
            found.append(_after_timestamp(found[-1], masks[piece.name]))
        elif piece.name:
            found.append(_after_some(found[-1], masks[piece.name]))
        else:
            found.append(_after_literal(found[-1], piece.text[::-1], backwards))
    return found[::-1]


def _mask(name: str, backwards: str) -> int:
    """Return a bit for each character that a placeholder may have, the first one the lowest."""
    one_byte_each = backwards[::-1].encode("ascii", "replace")
    return int(one_byte_each.translate(_BITS[name]) or b"0", 2)


def _after_some(starts: int, allowed: int) -> int:
    """Return the places after one or more allowed characters (the MatchStar of Parabix)."""
    after_one = (starts & allowed) << 1
    return (((after_one & allowed) + allowed) ^ allowed) | after_one


def _after_timestamp(starts: int, digits: int) -> int:
    run, found = digits, 0
    for length in range(2, 14):
        run &= digits >> (length - 1)
        if length >= 10:
            found |= (starts & run) << length
    return found


def _after_literal(starts: int, text: str, backwards: str) -> int:
    found, at = 0, backwards.find(text)
    while at >= 0:
        if starts >> at & 1:
            found |= 1 << (at + len(text))
        at = backwards.find(text, at + 1)
    return found
