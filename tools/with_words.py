"""Run Python with arguments of which some are the words of a variable: `{ARGS}` those of ARGS.

`python tools/with_words.py -m deploy plan {ARGS}` takes quotes as a shell does, so that a value may
hold blanks, and nothing else of a shell: no variable, no command, no pattern.

Standard library only, and no syntax newer than Python 3.6, as it runs before anything is installed.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

_VARIABLE = re.compile(r"\{([A-Z]+)\}")


def with_words(arguments: "Sequence[str]", environment: "Mapping[str, str]") -> "Iterator[str]":
    """Yield arguments, and in place of `{NAME}` the words of that variable; it may be unset.

    Raises ValueError, which names the variable, for a quote that is not closed.
    """
    for argument in arguments:
        variable = _VARIABLE.fullmatch(argument)
        if variable is None:
            yield argument
            continue
        text = environment.get(variable.group(1), "")
        try:
            yield from shlex.split(text)
        except ValueError:
            raise ValueError(f"a quote in {variable.group(1)} is not closed: {text}") from None


def main(arguments: "Sequence[str]") -> int:
    """Become Python with these arguments; return 2 if there can be none."""
    try:
        words = list(with_words(arguments, os.environ))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return become([sys.executable, *words])


def become(command: "list[str]") -> "NoReturn":
    """Let another program take this one's place, with its terminal and its exit status."""
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
