from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.fc import FunctionHost, Invocation
from local.fc.invocation import MAX_SYNC_BYTES
from tests.local.functions import decoded, write_function

RESPONSES = Path(__file__).parents[1] / "samples/events/responses"


def call(folder: Path, source: str, event: bytes = b"{}", **settings: Any) -> Invocation:
    with FunctionHost(write_function(folder, source, **settings)) as host:
        return host.invoke(event)


@pytest.mark.parametrize(
    "event", [b"", b"{}", b"\x00\xff\r\n\xfe", "副歌".encode(), b"x" * 3_000_000]
)
def test_event_bytes_arrive_untouched(tmp_path: Path, event: bytes) -> None:
    """Decoding is the function's task, so binary and empty events must arrive as they are."""
    source = """
        def handler(event, context):
            assert type(event) is bytes
            return event
    """
    answer = call(tmp_path, source, event)
    assert answer.payload == event
    assert not answer.failed


@pytest.mark.parametrize(
    ("expression", "payload"),
    [
        ("'副歌 text'", "副歌 text".encode()),
        ("b'\\x00\\xff'", b"\x00\xff"),
        ("None", b"null"),
        ("{'b': 1, 'a': [True]}", b'{\n    "a": [\n        true\n    ],\n    "b": 1\n}'),
        ("decimal.Decimal('1.5')", b"1.5"),
        ("datetime.date(2026, 1, 2)", b'"2026-01-02"'),
        ("Own()", b'{\n    "own": 1\n}'),
    ],
)
def test_results_become_bytes_as_in_the_runtime(
    tmp_path: Path, expression: str, payload: bytes
) -> None:
    """An answer that looked different on a laptop would hide mistakes until deployment."""
    source = f"""
        import datetime, decimal
        class Own:
            def to_json(self):
                return {{"own": 1}}
        def handler(event, context):
            return {expression}
    """
    assert call(tmp_path, source).payload == payload


@pytest.mark.parametrize(
    "expression", ["object()", "{1: 2, 'a': 3}", "(c := []) or c.append(c) or c"]
)
def test_a_result_that_is_no_json_is_a_type_error(tmp_path: Path, expression: str) -> None:
    """A result that cannot be serialized fails the call in the service, so it must here."""
    answer = call(tmp_path, f"def handler(event, context): return {expression}")
    assert answer.error_type == "UnhandledInvocationError"
    assert decoded(answer)["errorType"] == "TypeError"


def test_a_raising_handler_is_answered_with_class_message_and_frames(tmp_path: Path) -> None:
    """Callers parse the error document, so its keys and frames must be the published ones."""
    source = """\
        class OwnError(Exception):
            pass

        def inner():
            raise OwnError("something is wrong")

        def handler(event, context):
            inner()
    """
    answer = call(tmp_path, source)
    sample = json.loads((RESPONSES / "unhandled_exception.json").read_text())
    error = decoded(answer)
    assert error.keys() == sample.keys()
    assert (error["errorType"], error["errorMessage"]) == ("OwnError", "something is wrong")
    index = tmp_path / "index.py"
    assert error["stackTrace"] == [
        [f'File "{index}"', "line 8", "in handler", "inner()"],
        [f'File "{index}"', "line 5", "in inner", 'raise OwnError("something is wrong")'],
    ]
    assert (answer.status, answer.error_type) == (200, "UnhandledInvocationError")
    assert "OwnError: something is wrong" in answer.log


def test_a_module_that_imports_nothing_real_is_an_import_module_error(tmp_path: Path) -> None:
    """A missing dependency is a common deployment mistake and must look as published."""
    answer = call(tmp_path, "import not_exist_module")
    assert decoded(answer) == json.loads((RESPONSES / "import_module_error.json").read_text())
    assert answer.failed


@pytest.mark.parametrize(
    ("source", "handler", "error_type"),
    [
        ("def handler(event, context): return 1", "index.other", "HandlerNotFound"),
        ("handler = 5", "index.handler", "HandlerNotFound"),
        ("def handler(event, context): return 1", "handler", "InvalidHandleName"),
        ("def handler(:", "index.handler", "UserCodeSyntaxError"),
        ("1 / 0", "index.handler", "UserCodeError"),
    ],
)
def test_code_that_cannot_be_loaded_says_why(
    tmp_path: Path, source: str, handler: str, error_type: str
) -> None:
    """Each mistake in handler or code has an error type of its own, which points to it."""
    answer = call(tmp_path, source, handler=handler)
    assert decoded(answer)["errorType"] == error_type
    assert answer.error_type == "UnhandledInvocationError"


def test_a_handler_may_be_in_a_sub_folder(tmp_path: Path) -> None:
    """The service accepts a path before the module's name, so the local host must as well."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "work.py").write_text("def run(event, context): return 'inner'\n")
    answer = call(tmp_path, "", handler="inner/work.run")
    assert answer.payload == b"inner"


@pytest.mark.parametrize(
    "statement", ["raise SystemExit(0)", "os._exit(3)", "os.kill(os.getpid(), 9)"]
)
def test_a_process_that_exits_is_answered_in_the_words_of_the_service(
    tmp_path: Path, statement: str
) -> None:
    """Only Exception is caught; an exit takes the instance with it, and there is no errorType."""
    source = f"""
        import os
        def handler(event, context):
            if event == b"exit":
                {statement}
            return str(os.getpid())
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        before = host.invoke(b"")
        answer = host.invoke(b"exit")
        after = host.invoke(b"")
    error = decoded(answer)
    assert list(error) == ["errorMessage"]
    text = "Process exited unexpectedly before completing request (duration: "
    assert error["errorMessage"].startswith(text)
    assert error["errorMessage"].endswith("MB)")
    assert answer.error_type == "UnhandledInvocationError"
    assert not after.failed
    assert after.payload != before.payload


def test_a_call_over_its_timeout_is_killed_and_the_next_one_gets_a_new_instance(
    tmp_path: Path,
) -> None:
    """A hanging call must not block the host, and its instance must not be used again."""
    source = """
        import os, time
        def handler(event, context):
            while event == b"hang":
                time.sleep(1)
            return str(os.getpid())
    """
    config = write_function(tmp_path, source, timeout=0.5)
    with FunctionHost(config) as host:
        answer = host.invoke(b"hang")
        assert host.pids == []
        host.config = replace(config, timeout=60)  # that of the next instance
        after = host.invoke(b"")
    error = decoded(answer)
    assert list(error) == ["errorMessage"]
    assert error["errorMessage"].startswith(
        "Function timed out after 0.5 seconds (maxMemoryUsage: "
    )
    assert error["errorMessage"].endswith("MB)")
    assert answer.error_type == "UnhandledInvocationError"
    assert not after.failed
    assert after.instance_id != answer.instance_id


def test_timeout_text_is_the_published_one() -> None:
    """This text is the only sign of a timeout, so it must not differ from the service's."""
    from local.fc.invocation import MEBIBYTE, timed_out  # noqa: PLC0415 - what this test is about

    sample = json.loads((RESPONSES / "timed_out.json").read_text())
    assert json.loads(timed_out(60, 8 * MEBIBYTE)) == sample


def test_exit_text_is_the_published_one() -> None:
    """This text is the only sign of a dead process, so it must not differ from the service's."""
    from local.fc.invocation import process_exited  # noqa: PLC0415 - what this test is about

    sample = json.loads((RESPONSES / "process_exited.json").read_text())
    assert json.loads(process_exited(0.012, 0)) == sample


def test_an_event_over_the_limit_reaches_no_instance(tmp_path: Path) -> None:
    """The service refuses such an event itself, so no instance may be started for it."""
    with FunctionHost(write_function(tmp_path, "def handler(event, context): pass")) as host:
        answer = host.invoke(bytes(MAX_SYNC_BYTES + 1))
        assert host.pids == []
    assert answer.status == 400
    assert decoded(answer)["Code"] == "EntityTooLarge"


def test_peak_memory_is_that_of_the_call(tmp_path: Path) -> None:
    """A later, modest call does not inherit the peak of an earlier one."""
    source = """
        def handler(event, context):
            return str(len(bytearray(int(event)).replace(b"\\0", b"x")))
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        small = host.invoke(b"10")
        large = host.invoke(b"60000000")
        small_again = host.invoke(b"10")
    assert small.max_memory_bytes > 1_000_000
    assert large.max_memory_bytes > small.max_memory_bytes + 60_000_000
    assert small_again.max_memory_bytes < large.max_memory_bytes - 30_000_000
