"""The worker: runs one function in its own process, controlled over two pipes.

The process loads no other module of this project, so that a function's start-up time is its own.
Arguments: the descriptors of the requests, of the replies, and of a lifeline that carries nothing.
Its other end is in the host; when it closes, the kernel kills this process group, even if stopped.
A frame is two 32-bit lengths, a JSON header and a body.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, NamedTuple

LENGTHS = struct.Struct("!II")
Header = dict[str, Any]


class Failure(Exception):
    """An error answer: errorMessage, errorType and stackTrace."""

    def __init__(self, message: str, kind: str, trace: list[Any]) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace

    def encode(self) -> bytes:
        """Return the error as Function Compute's JSON."""
        answer = {"errorMessage": str(self), "errorType": self.kind, "stackTrace": self.trace}
        return json.dumps(answer).encode()


class Channel(NamedTuple):
    """The two pipes to the host; the first frame holds the settings."""

    requests: int
    replies: int

    def receive(self) -> tuple[Header, bytes] | None:
        """Return the next frame, or None if the host has closed the pipe."""
        lengths = _read(self.requests, LENGTHS.size)
        if len(lengths) < LENGTHS.size:
            return None
        header_length, body_length = LENGTHS.unpack(lengths)
        header = json.loads(_read(self.requests, header_length))
        return header, _read(self.requests, body_length)

    def send(self, header: Header, body: bytes) -> None:
        """Write a frame."""
        text = json.dumps(header).encode()
        rest = memoryview(LENGTHS.pack(len(text), len(body)) + text + body)
        while rest:
            rest = rest[os.write(self.replies, rest) :]


def _read(descriptor: int, length: int) -> bytes:
    """Read exactly `length` bytes, fewer only at the end of the pipe."""
    data = bytearray()
    while len(data) < length:
        piece = os.read(descriptor, min(length - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return bytes(data)


class InvocationFormatter(logging.Formatter):
    """Formats lines as the runtime's root logger does: UTC time, request ID, level, text."""

    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, request ID and level, followed by the message and its traceback."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        prefix = f"{moment}.{int(record.msecs):03d}Z {self.request_id} [{record.levelname}] "
        return prefix + super().format(record)


FORMATTER = InvocationFormatter("%(message)s")


def set_up_logging() -> None:
    """Add the root logger's handler before user code runs, as the runtime does."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(FORMATTER)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def write_log_line(line: str) -> None:
    """Write a line to the function's log, whatever user code did to sys.stdout."""
    with suppress(AttributeError, ValueError):
        sys.stdout.flush()
    os.write(1, f"{line}\n".encode())


def make_context(request: Header) -> SimpleNamespace:
    """Return the context object for user code."""
    context = _as_namespace(request["context"])
    if request["getLogger"]:
        context.getLogger = logging.getLogger
    return context


def _as_namespace(values: Header) -> SimpleNamespace:
    """Convert nested objects to nested attributes."""
    members = {
        key: _as_namespace(value) if isinstance(value, dict) else value
        for key, value in values.items()
    }
    return SimpleNamespace(**members)


def load(target: str) -> Callable[..., Any]:
    """Return the function named "folder/file.function", importing its module at first use."""
    module_name, dot, function_name = target.rpartition(".")
    if not dot or not module_name or not function_name:
        raise Failure(f"Invalid handler '{target}'", "InvalidHandleName", [])
    module = import_module(module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        text = f"Handler '{function_name}' is missing on module '{module_name}'"
        raise Failure(text, "HandlerNotFound", [])
    return function  # type: ignore[no-any-return] # a module's attribute is Any


def import_module(name: str) -> Any:
    """Import user code, raising Failure with the kind of error that prevented it."""
    dotted = name.replace("/", ".")
    try:
        __import__(dotted)
    except Exception as error:
        trace = [f"{type(error).__name__}: {error}"]  # a flat list, unlike that of a handler
        if isinstance(error, ImportError):
            raise Failure(
                f"Unable to import module '{name}'", "ImportModuleError", trace
            ) from error
        kind = "UserCodeSyntaxError" if isinstance(error, SyntaxError) else "UserCodeError"
        raise Failure(str(error), kind, trace) from error
    return sys.modules[dotted]


def encode_result(result: Any) -> bytes:
    """Convert a handler's result to bytes: text and bytes unchanged, everything else as JSON."""
    if isinstance(result, bytes):
        return result
    if isinstance(result, str):
        return result.encode()
    try:
        return json.dumps(result, indent=4, sort_keys=True, default=_encode_value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Failure(str(error), "TypeError", []) from error


def _encode_value(value: Any) -> Any:
    """Encode values that json does not support: Decimal, dates, objects with to_json()."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if type(value).__name__ == "Decimal":
        return float(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def run(call: Callable[[], Any]) -> Any:
    """Call user code, converting its exceptions (but not exits) to Failure."""
    try:
        return call()
    except Failure:
        raise
    except Exception as error:
        import traceback  # noqa: PLC0415 - slow to import, needed for failures only

        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__]
        trace = [
            [
                f'File "{frame.filename}"',
                f"line {frame.lineno}",
                f"in {frame.name}",
                frame.line or "",
            ]
            for frame in own
        ]
        logging.getLogger().exception("Exception on calling the function")
        raise Failure(str(error), type(error).__name__, trace) from error


class Worker:
    """Serves requests one after the other until the host closes the pipe."""

    def __init__(self, channel: Channel, setting: Header) -> None:
        self._channel = channel
        self._setting = setting
        self._loaded: dict[str, Callable[..., Any]] = {}

    def serve(self) -> None:
        """Answer requests until the host closes the pipe."""
        while (frame := self._channel.receive()) is not None:
            request, event = frame
            status, body = self._answer(request, event)
            self._channel.send({"status": status}, body)

    def _answer(self, request: Header, event: bytes) -> tuple[str, bytes]:
        """Run the initializer or the handler between its two log lines."""
        title = f"FC {request['kind']}"
        FORMATTER.request_id = request["requestId"]
        write_log_line(f"{title} Start RequestId: {request['requestId']}")
        try:
            body = self._call(request, event)
        except Failure as failure:
            end = ", Error: Unhandled function error"
            status, body = "failed", failure.encode()
        else:
            status, end = "done", ""
        write_log_line(f"{title} End RequestId: {request['requestId']}{end}")
        return status, body

    def _call(self, request: Header, event: bytes) -> bytes:
        """Call the initializer, whose result is ignored, or the handler."""
        os.environ.update(request["environment"])
        context = make_context(request)
        if request["kind"] == "Initialize":
            initializer = self._find(self._setting["initializer"])
            run(lambda: initializer(context))
            return b""
        handler = self._find(self._setting["handler"])
        return encode_result(run(lambda: handler(event, context)))

    def _find(self, target: str) -> Callable[..., Any]:
        """Return a function; one that could not be loaded is tried again the next time."""
        if target not in self._loaded:
            self._loaded[target] = load(target)
        return self._loaded[target]


def die_with_the_host(lifeline: int) -> None:
    """Make the kernel kill this process group when the other end of the lifeline closes.

    Only Linux can; elsewhere the end of the request pipe ends the worker.
    """
    if not hasattr(fcntl, "F_SETSIG"):
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgid(0))
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def module_path(code: str, layers: list[str], own: list[str], *, layers_last: bool) -> list[str]:
    """Return the import path: code, then layers, then the interpreter's own; or that before layers.

    Of two layers with a module the first one wins; site-packages come first.
    """
    major, minor = sys.version_info[:2]
    packages = [f"{layer}/python/lib/python{major}.{minor}/site-packages" for layer in layers]
    plain = [f"{layer}/python" for layer in layers]
    found = [folder for folder in packages + plain if os.path.isdir(folder)]  # noqa: PTH112 - pathlib is slow to load
    return [code, *own, *found] if layers_last else [code, *found, *own]


def move_clock(seconds: float) -> None:
    """Move the clock of this process ahead, before any other module can have kept a reference.

    Only time.time() and time.time_ns() are moved. What else tells the time of day is written in C
    and has a clock of its own (datetime.now, time.gmtime without an argument).
    """
    if not seconds:
        return
    now, now_ns, offset_ns = time.time, time.time_ns, round(seconds * 1e9)
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + offset_ns


def main() -> None:
    """Set up the process and serve."""
    requests, replies, lifeline = (int(text) for text in sys.argv[1:4])
    for descriptor in (requests, replies, lifeline):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the library takes it so
    die_with_the_host(lifeline)
    channel = Channel(requests, replies)
    first = channel.receive()
    if first is None:
        return
    setting = first[0]
    move_clock(setting["clockOffset"])
    # In place of the folder of this file, which is first:
    sys.path[:] = module_path(
        setting["code"], setting["layers"], sys.path[1:], layers_last=setting["layersLast"]
    )
    sys.argv[1:] = []
    set_up_logging()
    for name in setting["preloaded"]:
        __import__(name)
    channel.send({"status": "ready"}, b"")
    Worker(channel, setting).serve()


if __name__ == "__main__":
    main()
