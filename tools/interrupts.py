"""Ctrl-C while a program is still being loaded, which takes a second or two.

Nothing was begun by then, so there is nothing to tidy up, and a traceback would say nothing. It is
the standard library only, and little of it: a program imports this before all else.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""


@contextmanager
def quiet_interrupts() -> Iterator[None]:
    """End the process at Ctrl-C with a sentence, instead of an exception wherever it happens to be.

    Whoever has had it ignored, as for a process in the background, keeps that.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(_number: int, _frame: object) -> None:
    # an exception could be swallowed by whatever is imported just now
    os.write(2, b"Stopped by Ctrl-C.\n")
    os._exit(STOPPED)
