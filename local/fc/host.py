"""The host of a function: starts instances when they are needed, and keeps them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import cycle
from types import TracebackType

from local.fc.asynchronous import AsyncPolicy, AsyncQueue
from local.fc.config import FunctionConfig
from local.fc.instance import Instance
from local.fc.invocation import MAX_ASYNC_BYTES, MAX_SYNC_BYTES, Invocation, too_large
from local.fc.log import LogListener


class FunctionHost:
    """Calls one function, synchronously or asynchronously, from any thread.

    Each of at most `max_instances` instances serves one call at a time; further calls wait.
    `freeze` stops an instance between calls, as the service does. `on_log` receives each line of
    the function's log immediately, and `on_end` the outcome of each call, in the thread of the
    call.
    """

    def __init__(
        self,
        config: FunctionConfig,
        *,
        max_instances: int = 1,
        freeze: bool = True,
        on_log: LogListener | None = None,
        policy: AsyncPolicy | None = None,
        on_end: Callable[[Invocation], None] | None = None,
    ) -> None:
        self.config = config
        self._freeze = freeze
        self._on_log = on_log
        self._on_end = on_end
        self._clock_offsets = cycle(config.clock_offsets)
        self._max_instances = max_instances
        self._places = threading.BoundedSemaphore(max_instances)
        self._lock = threading.Lock()
        self._idle: list[Instance] = []
        self._busy: list[Instance] = []
        self._closed = False
        self._queue = AsyncQueue(self.invoke, config.arn, policy or AsyncPolicy(), max_instances)

    def __enter__(self) -> FunctionHost:  # noqa: PYI034 (typing has Self from 3.11 on)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """The process IDs of all live instances, those in a call first."""
        with self._lock:
            return [instance.pid for instance in self._busy + self._idle if instance.usable]

    @property
    def in_call(self) -> list[Instance]:
        """The instances that are in a call, which may end at any moment."""
        with self._lock:
            return list(self._busy)

    def invoke(self, event: bytes, request_id: str | None = None) -> Invocation:
        """Call the function and wait for its answer.

        Raises RuntimeError when the host is closed.
        """
        request_id = request_id or _new_request_id()
        if len(event) > MAX_SYNC_BYTES:
            return too_large(request_id, len(event), MAX_SYNC_BYTES)
        with self._places, self._instance() as instance:
            outcome = instance.invoke(event, request_id)
        if self._on_end:
            self._on_end(outcome)
        return outcome

    def invoke_async(self, event: bytes, request_id: str | None = None) -> Future[Invocation]:
        """Queue a call; the future holds the outcome of the last attempt."""
        request_id = request_id or _new_request_id()
        if len(event) > MAX_ASYNC_BYTES:
            return self._queue.refuse(too_large(request_id, len(event), MAX_ASYNC_BYTES))
        return self._queue.put(event, request_id)

    def kill(self) -> None:
        """Kill all instances (SIGKILL): a call in flight fails, the next one starts an instance."""
        with self._lock:
            for instance in self._busy:
                instance.kill()
            self._close_idle()

    def close(self) -> None:
        """Cancel queued calls, kill running ones, and stop all processes."""
        with self._lock:
            self._closed = True
        self._queue.cancel()
        self.kill()
        self._queue.close()
        for _ in range(self._max_instances):  # those in a call end their instance themselves
            self._places.acquire()
        self._places.release(self._max_instances)

    @contextmanager
    def _instance(self) -> Iterator[Instance]:
        """Yield an idle instance, the one used last, or a new one."""
        instance = self._take()
        try:
            yield instance
        finally:
            self._give_back(instance)

    def _take(self) -> Instance:
        """Return an idle instance or a new one, marked as busy."""
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the host of {self.config.name} is closed")
            while self._idle:
                instance = self._idle.pop()
                if instance.usable:
                    break
                instance.close()
            else:
                instance = self._new_instance()
            self._busy.append(instance)
            return instance

    def _new_instance(self) -> Instance:
        return Instance(
            self.config,
            freeze=self._freeze,
            listener=self._on_log,
            clock_offset=next(self._clock_offsets),
        )

    def _give_back(self, instance: Instance) -> None:
        """Keep an instance for the next call, or stop it."""
        with self._lock:
            self._busy.remove(instance)
            if instance.usable and not self._closed:
                self._idle.append(instance)
            else:
                instance.close()

    def _close_idle(self) -> None:
        """Stop the idle instances."""
        while self._idle:
            self._idle.pop().close()


def _new_request_id() -> str:
    """Return an identifier in the service's form."""
    return str(uuid.uuid4())
