"""The states of the flow language; each scope is a generator."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.flow.errors import (
    MAX_DATA_BYTES,
    TIMEOUT,
    TOO_LARGE,
    BadDefinitionError,
    FlowError,
    matching,
)
from local.flow.expressions import construct, evaluate, holds
from local.flow.waits import FOREVER, Branch, Callback, ExecutionContext, Pause, gather

MAX_CONCURRENCY = 40
State = Mapping[str, Any]
Invoke = Callable[[str, bytes, bool], Any]


@dataclass
class StateMachine:
    """Runs scopes; `invoke(resource_arn, body, asynchronous)` returns a function's JSON."""

    context: ExecutionContext
    invoke: Invoke
    deliver: Callable[[Any], Any] = lambda output: output
    history: list[str] = field(default_factory=list)

    def scope(self, definition: Mapping[str, Any], given: Any) -> Branch:
        """Run a flow or the processor of a Map; returns its output."""
        states = {state["Name"]: state for state in definition["States"]}
        name: str | None = definition["StartAt"]
        while name is not None:
            state = states[name]
            self.history.append(name)
            name, given = yield from self._guarded(state, _sized(given))
        return given

    def _guarded(self, state: State, given: Any) -> Branch:
        """Run a state with its Retry and Catch; returns the next state and its input."""
        attempts: dict[int, int] = {}
        while True:
            try:
                return (yield from self._run_state(state, given))
            except FlowError as error:  # noqa: PERF203 - a try is what is repeated
                rule = matching(state.get("Retry", ()), error)
                tried = attempts.get(id(rule), 0)
                if rule and tried < rule["MaxAttempts"]:
                    attempts[id(rule)] = tried + 1
                    yield Pause(self.context.now + _interval(rule, tried))
                    continue
                caught = matching(state.get("Catch", ()), error)
                if caught is None:
                    raise
                return caught["Next"], _caught(caught, given, error)

    def _run_state(self, state: State, given: Any) -> Branch:
        if state["Type"] == "Choice":
            return _chosen(state, given), given
        scope = {"Input": given, "Context": {}}
        given = _built(state, "InputConstructor", scope, given)
        run = getattr(self, f"_{state['Type'].lower()}", None)
        if run is None:
            raise BadDefinitionError(f"the state type {state['Type']!r} is not supported")
        output = yield from run(state, given)
        scope = {"Input": given, "Output": output, "Context": {}}
        output = _sized(_built(state, "OutputConstructor", scope, output))
        ends = state.get("End") or state["Type"] == "Succeed"
        return (None if ends else state["Next"]), output

    # --- one method per type -------------------------------------------------------------------

    def _pass(self, _state: State, given: Any) -> Branch:
        return given
        yield

    _succeed = _pass

    def _fail(self, state: State, given: Any) -> Branch:
        keys = {k: v for k, v in state.items() if k.startswith(("Code", "Detail"))}
        error = construct(keys, _scope_of(given))
        raise FlowError(error.get("Code", "FnF.Fail"), str(error.get("Detail", "")))
        yield

    def _wait(self, state: State, given: Any) -> Branch:
        keys = {k: v for k, v in state.items() if k.startswith("Seconds")}
        yield Pause(self.context.now + construct(keys, _scope_of(given))["Seconds"])
        return given

    def _map(self, state: State, given: Any) -> Branch:
        items = evaluate(state["ItemsPath"], _scope_of(given))
        if not isinstance(items, list):
            raise FlowError("FnF.InvalidItems", f"{state['ItemsPath']} is not a list")
        branches = [self.scope(state["Processor"], item) for item in items]
        limit = state.get("MaxConcuccency", MAX_CONCURRENCY)
        outputs = yield from gather(branches, min(limit, MAX_CONCURRENCY), self.context)
        return {"Items": outputs}

    def _task(self, state: State, given: Any) -> Branch:
        if state["Action"] != "FC:InvokeFunction":
            raise BadDefinitionError(f"the action {state['Action']!r} is not supported")
        mode, token = state.get("TaskMode", "RequestComplete"), secrets.token_urlsafe(24)
        context = {"Current": {"TaskToken": token}}
        wanted = construct(state["Parameters"], {"Input": given, "Context": context})
        until = self.context.now + state.get("Timeout", FOREVER)
        answer = self.invoke(wanted["resourceArn"], _body(wanted), _is_async(wanted))
        if mode == "RequestComplete":
            return {"Body": answer}
        yield Callback(token, until)
        report = self.context.report(token)
        if report is None:
            raise FlowError(TIMEOUT, f"no callback within {state.get('Timeout')} seconds")
        if report.action.endswith("Failed"):
            raise FlowError(report.error, report.cause)
        return self.deliver(json.loads(report.output))


def _scope_of(given: Any) -> dict[str, Any]:
    return {"Input": given, "Context": {}}


def _chosen(state: State, given: Any) -> str:
    scope = _scope_of(given)
    matching_states = (b["Next"] for b in state["Branches"] if holds(b["Condition"], scope))
    chosen: str = next(matching_states, state["Default"])
    return chosen


def _built(state: State, key: str, scope: Mapping[str, Any], otherwise: Any) -> Any:
    return construct(state[key], scope) if key in state else otherwise


def _caught(rule: Mapping[str, Any], given: Any, error: FlowError) -> Any:
    described = {"Code": error.code, "Detail": error.detail}
    scope = {"Input": given, "Output": {}, "Context": {"Current": {"Error": described}}}
    return _sized(_built(rule, "OutputConstructor", scope, given))


def _interval(rule: Mapping[str, Any], tried: int) -> float:
    longest: float = rule.get("MaxBackoffSeconds", 86_400)
    return min(longest, float(rule["IntervalSeconds"] * rule.get("BackoffRate", 1) ** tried))


def _body(wanted: Mapping[str, Any]) -> bytes:
    body = wanted.get("body", {})
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _is_async(wanted: Mapping[str, Any]) -> bool:
    return bool(wanted.get("invocationType", "Sync") == "Async")


def _sized(data: Any) -> Any:
    """Return data that is passed on, raising FlowError unless it is an object of at most 64 KiB."""
    if not isinstance(data, dict):
        raise FlowError("FnF.InvalidData", f"a {type(data).__name__} is not a JSON object")
    size = len(json.dumps(data, ensure_ascii=False).encode())
    if size > MAX_DATA_BYTES:
        raise FlowError(TOO_LARGE, f"{size} bytes exceed the limit of {MAX_DATA_BYTES}")
    return data
