"""Programs that tests start and that must not outlive them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program whose input and output is text; it is killed if it still runs at the end.

    Popen's own `with` waits instead, so a test of a program that hangs would hang as well.
    """
    with subprocess.Popen(command, text=True, **options) as process:  # noqa: S603 - a test's own
        try:
            yield process
        finally:
            process.kill()
