"""What mpsm prints: 80 columns, colours on a terminal only, and nothing that steers it.

Every text passes the function's gate for text of strangers, and loses the secrets of the keys that
are in use. So whoever prints through a Screen need not know where a text is from.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.settings import Keys
from mps_manifest.parsing.foreign_text import printable, shown
from mps_manifest.parsing.redaction import redact
from operate.errors import OperatorError

WIDTH = 80
"""Columns where the output is no terminal and COLUMNS is not set."""
LONGEST = 2_000
"""Characters of a text; more is cut."""
_DEEPEST = 100

Cell = object
"""What stands in a table: anything, printed as text; a rich Text keeps its colour."""


class SignedUrl(str):
    """A URL that was signed for whoever runs the command: the one secret that may be printed."""

    __slots__ = ()


class Screen:
    """Prints text for people, or one JSON document where `as_json` is set."""

    def __init__(self, *, as_json: bool = False, file: TextIO | None = None) -> None:
        self.as_json = as_json
        self._keys: tuple[Keys, ...] = ()
        self._urls: dict[str, SignedUrl] = {}
        self._console = _console(file or sys.stdout)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches, so that progress may be shown."""
        return self._console.is_terminal

    @property
    def console(self) -> Console:
        """The console, for rich's Live and Progress; texts are to pass `text` before."""
        return self._console

    def hide(self, keys: Keys) -> None:
        """Never print the secret and the token of these keys."""
        self._keys = (*self._keys, keys)

    def text(self, value: Cell, style: str = "", limit: int = LONGEST) -> Text:
        """Return a value as it may be printed, at most `limit` characters of it."""
        if isinstance(value, Text):
            return self.text(value.plain, style or str(value.style), limit)
        return Text(shown(self._without_keys(str(value)), limit), style)

    def clear(self) -> None:
        """Clear a terminal, for a page that is printed again."""
        self._console.clear()

    def say(self, words: Cell = "", style: str = "") -> None:
        """Print a paragraph, wrapped."""
        self._print(self.text(words, style))

    def fields(self, rows: Sequence[tuple[Cell, Cell]]) -> None:
        """Print names and values below each other; a long value is wrapped in its column."""
        names = [self.text(name, "" if isinstance(name, Text) else "dim") for name, _ in rows]
        values = [self.text(value) for _, value in rows]
        self._rows([*zip(names, values, strict=True)])

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Print a table; numbers stand on the right."""
        cells = [[self.text(cell) for cell in row] for row in rows]
        table = _bare(show_header=True)
        for number, header in enumerate(headers):
            is_number = bool(rows) and all(type(row[number]) in {int, float} for row in rows)
            side: JustifyMethod = "right" if is_number else "left"
            # what is cut at its end may be like its neighbour
            table.add_column(self.text(header, "dim"), justify=side, overflow="fold")
        for row in cells:
            table.add_row(*row)
        self._print(Padding(table, (0, 0, 0, 2), expand=False))

    def signed(self, rows: Sequence[tuple[str, SignedUrl]]) -> None:
        """Print names, and below each its URL in one line, to be copied."""
        for name, url in rows:
            self.say(name, "dim")
            self._console.print(Text(f"  {printable(url)}"), soft_wrap=True)

    def document(self, value: Mapping[str, Any], *, indent: int | None = 2) -> None:
        """Print a JSON document, in ASCII; without an indent in one line."""
        self._urls = {}
        text = self._without_keys(json.dumps(self._clean(value, 0), indent=indent))
        for name, url in self._urls.items():
            text = text.replace(json.dumps(name), json.dumps(url))
        self._console.print(Text(text), soft_wrap=True)

    def error(self, error: OperatorError) -> None:
        """Print what went wrong, and below it the remedy, to the standard error output."""
        console = _console(sys.stderr)
        console.print(self.text(error.what, "red"))
        if error.remedy:
            console.print(self.text(error.remedy))

    def _rows(self, rows: Sequence[tuple[Text, Text]]) -> None:
        table = _bare(show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._print(Padding(table, (0, 0, 0, 2), expand=False))

    def _print(self, words: RenderableType) -> None:
        """Print something without the blanks with which rich fills lines."""
        with self._console.capture() as captured:
            self._console.print(words)
        lines = (line.rstrip(" ") for line in captured.get().split("\n"))
        self._console.file.write("\n".join(lines))

    def _without_keys(self, text: str) -> str:
        for keys in self._keys:
            text = keys.redact(text)
        return text

    def _clean(self, value: Any, depth: int) -> Any:
        """Return a value without secrets in its texts; json.dumps escapes what is not ASCII."""
        if depth > _DEEPEST:
            return "..."
        if isinstance(value, Mapping):
            return {redact(str(k)): self._clean(v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(each, depth + 1) for each in value]
        if isinstance(value, SignedUrl):  # it is put in once the secrets are out
            name = f"signed {os.urandom(8).hex()}"
            self._urls[name] = value
            return name
        return redact(value) if isinstance(value, str) else value


def _bare(*, show_header: bool) -> Table:
    return Table(box=None, show_header=show_header, padding=(0, 2, 0, 0), pad_edge=False)


def _console(file: TextIO) -> Console:
    """Return a console; FORCE_COLOR and the like make no terminal of a pipe."""
    is_terminal = file.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = None if is_terminal and not columns else WIDTH
    if columns.isdecimal() and int(columns[:6]) > 0:
        width = int(columns[:6])
    return Console(
        file=file,
        force_terminal=is_terminal,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
    )
