"""How a tool says what went wrong: what it is, and below that the remedy.

Standard library only, and no syntax newer than Python 3.6, as some tools run before anything is
installed.
"""

import os
import shutil
import sys
import textwrap

_RED, _PLAIN = "\033[31m", "\033[0m"


class UserError(Exception):
    """What went wrong and the remedy, in one sentence each; whoever uses the tool can mend it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(" ".join(filter(None, (what, remedy))))
        self.what = what
        self.remedy = remedy


def print_error(what: str, remedy: str = "") -> None:
    """Print both to the standard error output, where a terminal's lines end between words.

    What is no terminal gets a line for each, so that programs find whole sentences.
    """
    shown = _shown(what)
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        shown = _RED + shown + _PLAIN
    print(shown, file=sys.stderr)
    if remedy:
        print(_shown(remedy), file=sys.stderr, flush=True)


def _shown(text: str) -> str:
    """Return a text in lines as wide as the terminal, and with nothing that steers it."""
    lines = ["".join(map(_printable, line)) for line in text.split("\n")]
    if not sys.stderr.isatty():
        return "\n".join(lines)
    width = shutil.get_terminal_size().columns
    return "\n".join(
        # a path, an address or a command that was cut could not be copied
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in lines
    )


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
