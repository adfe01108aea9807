"""Search statements of the log service: words, with or without a field, joined by `and`.

https://www.alibabacloud.com/help/en/sls/user-guide/search-syntax

What the manual leaves open (two words side by side, delimiters in quotes), and what is not used
here (or, brackets, ranges, SQL), is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.jobs.errors import ApiError

# As in the index of template.yml; a field is in it with whether its case counts.
DELIMITERS = ", '\";=()[]{}?@&<>/:\n\t\r"
FIELDS: Mapping[str, bool] = {"message": False, "functionName": True, "requestId": True}

_MOST_CONDITIONS = 30
_TOKENS = re.compile(f"[^{re.escape(DELIMITERS)}]+")
_CONDITION = re.compile(
    r"(?P<no>not )?(?:(?P<field>\w+) ?: ?)?(?:\"(?P<quoted>[^\"]*)\"|(?P<word>[^ \"]+))",
    re.IGNORECASE,
)
_AND = re.compile(" and ", re.IGNORECASE)


@dataclass(frozen=True)
class _Condition:
    """A word that must be in a line (or in one field of it), or must not."""

    word: str
    field: str
    is_prefix: bool
    is_wanted: bool

    def holds(self, line: Mapping[str, str]) -> bool:
        """Return whether a line has, or does not have, the word."""
        names = [self.field] if self.field else [name for name in line if name[:2] != "__"]
        found = any(self._is_in(line.get(name, "")) for name in names)
        return found == self.is_wanted

    def _is_in(self, text: str) -> bool:
        if not FIELDS.get(self.field, False):
            text = text.lower()
        tokens = _TOKENS.findall(text)
        if self.is_prefix:
            return any(token.startswith(self.word) for token in tokens)
        return self.word in tokens


@dataclass(frozen=True)
class Search:
    """The conditions of a statement; without any it finds every line."""

    conditions: tuple[_Condition, ...]

    @classmethod
    def parse(cls, statement: str) -> Search:
        """Read a statement, raising ApiError for one that is not valid, or not supported here."""
        text = " ".join(statement.split())
        if text in ("", "*"):
            return cls(())
        parts = _AND.split(text)
        if len(parts) > _MOST_CONDITIONS:
            raise _invalid(f"more than {_MOST_CONDITIONS} conditions")
        return cls(tuple(_condition(part) for part in parts if part != "*"))

    def finds(self, line: Mapping[str, str]) -> bool:
        """Return whether a line fulfils all conditions."""
        return all(condition.holds(line) for condition in self.conditions)


def _condition(text: str) -> _Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise _invalid(f"{text!r} is not supported by the local cloud")
    field = found["field"] or ""
    if field and field not in FIELDS:
        raise _invalid(f"key ({field}) has no index")
    word = found["word"] or found["quoted"] or ""
    is_prefix = found["word"] is not None and word.endswith("*")
    word = word[:-1] if is_prefix else word
    if not _TOKENS.fullmatch(word) or _is_special(word):
        raise _invalid(f"{text!r} is not supported by the local cloud")
    if not FIELDS.get(field, False):
        word = word.lower()
    return _Condition(word, field, is_prefix, found["no"] is None)


def _is_special(word: str) -> bool:
    return bool(re.search(r"[*|!#\\]", word)) or word.lower() in ("and", "or", "not")


def _invalid(why: str) -> ApiError:
    return ApiError(400, "ParameterInvalid", f"The search statement is invalid: {why}.")
