"""One instance of a function: a process, its initialization, one call at a time."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

from local.fc.config import FunctionConfig, RoleCredentials
from local.fc.context import (
    call_context,
    credential_variables,
    has_credentials_in_context,
    process_environment,
)
from local.fc.invocation import INITIALIZATION, UNHANDLED, Invocation, process_exited, timed_out
from local.fc.log import LogListener
from local.fc.process import ProcessExitedError, ProcessTimeoutError, WorkerProcess

STARTING_SECONDS = 120  # the service's own limit for the start of a process


class Instance:
    """A started instance; the first call initializes it.

    `usable` is False when it must not be called again: its process ended, was killed after a
    timeout, or could not be initialized.
    """

    def __init__(
        self,
        config: FunctionConfig,
        *,
        freeze: bool,
        listener: LogListener | None,
        clock_offset: float = 0.0,
    ) -> None:
        self._config = config
        self._clock_offset = clock_offset
        self._freeze = freeze
        self._fresh = True
        self._started = time.monotonic()
        self.id = f"c-{uuid.uuid4().hex[:24]}"
        variables = process_environment(config, self.id)
        variables.update(credential_variables(config, self._credentials()))
        self._process = WorkerProcess(config.python, config.code, variables)
        self._process.log.listener = listener
        self._broken = False

    @property
    def pid(self) -> int:
        """The process ID of the instance."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether the instance can serve another call."""
        return not self._broken and self._process.alive

    def invoke(self, event: bytes, request_id: str) -> Invocation:
        """Run the initializer at the first call, then the handler; freeze the instance."""
        self._process.thaw()
        started = self._started
        outcome = self._initialize(request_id) if self._fresh else None
        initialized = time.monotonic()
        start_duration = initialized - started if self._fresh else 0.0
        self._fresh = False
        if outcome is None:
            outcome = self._call("Invoke", request_id, event, self._config.timeout)
        if self._freeze and not self._broken:
            self._process.freeze()
        return replace(outcome, log=self._process.log.take(), start_duration=start_duration)

    def freeze(self) -> None:
        """Stop its processes in the middle of a call, until thaw(), unless it has ended."""
        if self.usable:
            self._process.freeze()

    def thaw(self) -> None:
        """Continue its processes, unless it has ended."""
        if self.usable:
            self._process.thaw()

    def kill(self) -> None:
        """Kill the process at once; a call in flight fails as after an exit of the process."""
        self._broken = True
        self._process.kill()

    def close(self) -> None:
        """Stop the process and release its resources."""
        self._process.close()

    def _initialize(self, request_id: str) -> Invocation | None:
        """Wait for the process and run the initializer; returns its failure, or None."""
        config = self._config
        try:
            self._configure()
        except (ProcessExitedError, ProcessTimeoutError):
            duration = time.monotonic() - self._started
            return self._lost(request_id, process_exited(duration, 0), duration, INITIALIZATION)
        if config.initializer is None:
            return None
        outcome = self._call("Initialize", request_id, b"", config.initializer_timeout)
        if not outcome.failed:
            return None
        self._broken = True
        return replace(outcome, error_type=INITIALIZATION)

    def _configure(self) -> None:
        """Send the process its settings, and wait until it is ready."""
        config = self._config
        self._process.send(
            {
                "code": str(config.code.resolve()),
                "layers": [str(layer.resolve()) for layer in config.layers],
                "layersLast": config.layers_last,
                "preloaded": list(config.preloaded),
                "clockOffset": self._clock_offset,
                "handler": config.handler,
                "initializer": config.initializer,
            }
        )
        self._process.receive(STARTING_SECONDS)

    def _call(self, kind: str, request_id: str, event: bytes, timeout: float) -> Invocation:
        """Call the initializer or the handler."""
        started = time.monotonic()
        try:
            self._process.send(self._header(kind, request_id), event)
            reply = self._process.receive(timeout)
        except ProcessExitedError:
            duration = time.monotonic() - started
            memory = self._process.max_memory_bytes
            return self._lost(request_id, process_exited(duration, memory), duration)
        except ProcessTimeoutError:
            duration = time.monotonic() - started
            text = timed_out(timeout, self._process.max_memory_bytes)
            return self._lost(request_id, text, duration)
        return Invocation(
            request_id,
            reply.body,
            error_type=None if reply.status == "done" else UNHANDLED,
            duration=time.monotonic() - started,
            max_memory_bytes=self._process.max_memory_bytes,
            instance_id=self.id,
        )

    def _lost(
        self, request_id: str, payload: bytes, duration: float, error_type: str = UNHANDLED
    ) -> Invocation:
        """Kill a process that did not answer, and return the failure."""
        self._broken = True
        memory = self._process.max_memory_bytes
        self._process.kill()
        return Invocation(
            request_id,
            payload,
            error_type=error_type,
            duration=duration,
            max_memory_bytes=memory,
            instance_id=self.id,
        )

    def _header(self, kind: str, request_id: str) -> dict[str, Any]:
        """Return the header of a call, for the worker."""
        config, credentials = self._config, self._credentials()
        variables = credential_variables(config, credentials) if config.fresh_variables else {}
        return {
            "kind": kind,
            "requestId": request_id,
            "context": call_context(config, request_id, credentials),
            "getLogger": not has_credentials_in_context(config),
            "environment": variables,
        }

    def _credentials(self) -> RoleCredentials | None:
        """Return the current keys of the role, if there is one."""
        return self._config.credentials() if self._config.credentials else None
