from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from local.fc import FunctionHost
from tests.local.functions import write_function

if TYPE_CHECKING:
    from pathlib import Path


def test_output_of_a_call_is_its_log_between_two_frame_lines(tmp_path: Path) -> None:
    """Each answer must carry its own output only, in the frame that the service writes."""
    source = """
        import os, sys
        def handler(event, context):
            print("to stdout 副歌")
            print("to stderr", file=sys.stderr)
            os.write(1, b"no end of line")
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        first = host.invoke(b"", request_id="r-1")
        second = host.invoke(b"", request_id="r-2")
    assert first.log.splitlines() == [
        "FC Invoke Start RequestId: r-1",
        "to stdout 副歌",
        "to stderr",
        "no end of lineFC Invoke End RequestId: r-1",
    ]
    assert "r-1" not in second.log


def test_log_lines_are_told_to_the_listener_in_order(tmp_path: Path) -> None:
    """Whoever watches a run live must see the same lines as in the answer."""
    lines: list[str] = []
    source = """
        def handler(event, context):
            for number in range(3):
                print(number)
    """
    with FunctionHost(write_function(tmp_path, source), on_log=lines.append) as host:
        answer = host.invoke(b"")
    assert lines == answer.log.splitlines()
    assert lines[1:-1] == ["0", "1", "2"]


def test_logging_works_without_setup_and_names_the_request(tmp_path: Path) -> None:
    """The runtime sets up logging first, so a function's own basicConfig must have no effect."""
    source = """
        import logging
        logging.basicConfig(level=logging.DEBUG, format="never %(message)s")
        def handler(event, context):
            logging.getLogger(__name__).debug("not shown")
            logging.getLogger(__name__).info("shown %s", 1)
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        host.invoke(b"", request_id="r-1")
        log = host.invoke(b"", request_id="r-2").log
    lines = log.splitlines()[1:-1]
    assert len(lines) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z r-2 \[INFO\] shown 1", lines[0])


@pytest.mark.parametrize("amount", [10, 1_000_000])
def test_much_output_neither_blocks_nor_is_lost(tmp_path: Path, amount: int) -> None:
    """A full pipe must not stop the function, nor may long lines be cut."""
    source = "def handler(event, context): print('x' * int(event)); print('end')"
    with FunctionHost(write_function(tmp_path, source)) as host:
        log = host.invoke(str(amount).encode()).log
    assert log.splitlines()[1:3] == ["x" * amount, "end"]


def test_log_of_a_killed_call_is_kept(tmp_path: Path) -> None:
    """The last lines before a crash are the ones that explain it."""
    source = """
        import os
        def handler(event, context):
            print("last words", flush=True)
            os._exit(1)
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        assert "last words" in host.invoke(b"").log


def test_failing_call_ends_with_the_runtimes_remark(tmp_path: Path) -> None:
    """The frame says whether a call failed, and its wording must be that of the service."""
    source = "def handler(event, context): raise ValueError('no')"
    with FunctionHost(write_function(tmp_path, source)) as host:
        log = host.invoke(b"", request_id="r-1").log
    assert log.endswith("FC Invoke End RequestId: r-1, Error: Unhandled function error\n")


def test_output_survives_a_function_that_closes_its_streams(tmp_path: Path) -> None:
    """A function may break its own streams without breaking the host's answer."""
    source = """
        import sys
        def handler(event, context):
            sys.stdout.close()
            sys.stderr = None
            return "fine"
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        assert host.invoke(b"").payload == b"fine"
