"""Ctrl-C while a tool is still being imported, which takes a second or two.

Nothing was begun by then, so there is nothing to tidy up, and a traceback would say nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""


@contextmanager
def quiet_interrupts() -> Iterator[None]:
    """End the process at Ctrl-C with a word, instead of an exception wherever it happens to be."""
    before = signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(_number: int, _frame: object) -> None:
    # an exception could be swallowed by whatever is imported just now
    os.write(sys.stderr.fileno(), b"Stopped.\n")
    os._exit(STOPPED)
