"""Ctrl-C while a program is being loaded, which takes a second or two: a sentence, no traceback.

Standard library only, and little of it: a program imports this before all else.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it."""


@contextmanager
def loading() -> Iterator[None]:
    """Have Ctrl-C end the process at once: nothing has begun yet that is to end well.

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


def _stop(*_: object) -> None:
    # not by an exception, which libraries may catch while they are imported
    os.write(2, b"Stopped by Ctrl-C.\n")
    os._exit(STOPPED)
