"""All that `mpsm doctor` asks: its own questions, and those of `make doctor` about the account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from deploy.doctor import examine as examine_account
from deploy.findings import NO, YES, Finding, asked, no, unknown, yes
from deploy.service_errors import is_refused
from mps_manifest.errors import ConfigurationError, NotFound, ServiceError
from operate import errors
from operate.access.connection import Connection
from operate.access.target import NO_CODE_BUCKET, Target
from operate.console.words import duration
from operate.doctor.rights import rights
from operate.system_state import LATE_SECONDS, last_sweep

MOST_WRONG = 30.0
"""Seconds by which this machine's clock may be wrong: entries are due by it."""
_LATEST_SWEEP = 15 * 60
_REACH = "reach"
_SKEWED = "RequestTimeTooSkewed"


def examine(connection: Connection) -> Iterator[Finding]:
    """Yield all findings, those about the account last; none of them changes anything."""
    settings = asked("settings", "The settings are valid", lambda: _settings(connection))
    yield settings
    if settings.answer == "yes":
        yield from _examine_bucket(connection)
    if not connection.target.is_laptop:
        yield from _examine_account(connection.target)


def status_of(findings: Sequence[Finding]) -> int:
    """Return the exit status for all findings: without the bucket's answer nothing is known."""
    if any(each.answer == NO for each in findings):
        return errors.NO
    is_reached = any(each.id == _REACH and each.answer == YES for each in findings)
    return errors.YES if is_reached else errors.NO_ANSWER


def _examine_account(target: Target) -> Iterator[Finding]:
    """Yield what make doctor finds, but of a code bucket that is not set: mpsm needs none."""
    is_set = target.deployment.parameters.get("CodeBucket") != NO_CODE_BUCKET
    for finding in examine_account(target.deployment):
        if is_set or finding.id != "code-bucket":
            yield finding


def _examine_bucket(connection: Connection) -> Iterator[Finding]:
    """Yield what the bucket and the services say to these keys."""
    reached = _asked(_REACH, "The bucket answers these keys", lambda: _reach(connection))
    yield reached
    if reached.answer != "yes":
        return
    yield _asked("clock", "This machine's clock is right", lambda: _clock(connection))
    yield from (right.finding() for right in rights(connection))
    yield _asked("late", "What is due is worked off", lambda: _late(connection))
    if connection.target.is_laptop:  # of a stack the account's questions have it
        yield _asked("sweep", "A sweep ran in the last 15 minutes", lambda: _sweep(connection))


def _asked(check_id: str, check: str, question: Callable[[], Finding]) -> Finding:
    """Ask a question; a service that cannot be asked is no answer."""

    def answer() -> Finding:
        try:
            return question()
        except ServiceError as error:
            return unknown(f"{error.reason}.")

    return asked(check_id, check, answer)


def _settings(connection: Connection) -> Finding:
    try:
        settings = connection.settings
    except ConfigurationError as error:
        return no(f"{error}.", "Correct deploy.ini or the environment.")
    return yes(f"{settings.bucket} in {settings.region}, {settings.api_qps:g} queries a second.")


def _reach(connection: Connection) -> Finding:
    """Ask for an object that need not be there; what it says of rights is asked below."""
    settings = connection.settings
    try:
        connection.core.store.head(settings.bucket, connection.core.keys.durations)
    except NotFound:
        return _bucket(connection)
    except ServiceError as error:
        if error.code.startswith(_SKEWED):
            return no("This machine's clock is wrong by more than 15 minutes.", "Set the clock.")
        if is_refused(error.code) or not error.code:
            return _refused(error)
        return no(f"{error.reason}.", "Check BUCKET, REGION and OSS_ENDPOINT.")
    return yes()


def _refused(error: ServiceError) -> Finding:
    """Return what a refusal says of the keys; one of a single right says nothing of them."""
    if error.code.startswith("AccessDenied"):
        return yes("It refused a HEAD; see the rights below.")
    return unknown(f"{error.reason}.")


def _bucket(connection: Connection) -> Finding:
    """Return whether it was the bucket that was not found, which HEAD does not tell."""
    settings = connection.settings
    try:
        connection.core.store.page(settings.bucket, settings.state_prefix)
    except NotFound:
        return no("There is no such bucket.", "Check BUCKET and REGION, or create it.")
    except ServiceError:
        return yes()  # it may not be listed, which the rights tell
    return yes()


def _clock(connection: Connection) -> Finding:
    dated = connection.core.store.dated()
    if dated is None:
        return unknown("The bucket's answers have no date.")
    clock = connection.clock
    here = clock.now() - (clock.monotonic() - dated.received)
    off = here - (dated.date + 0.5)  # whole seconds
    if abs(off) > MOST_WRONG:
        way = "ahead" if off > 0 else "behind"
        return no(f"It is {duration(abs(off))} {way} of the bucket's.", "Set the clock.")
    return yes()


def _late(connection: Connection) -> Finding:
    keys, now = connection.core.keys, connection.clock.now()
    page = connection.pages.page(keys.backlog)
    due = [found[0] for key in page.keys if (found := keys.parse_backlog_entry(key))]
    if due and now - due[0] > LATE_SECONDS:
        return no(
            f"The first entry of the backlog is overdue by {duration(now - due[0])}.",
            "See docs/operations.md, No sweep ran, and Sweeps behind schedule.",
        )
    return yes()


def _sweep(connection: Connection) -> Finding:
    found = last_sweep(connection, connection.clock.now())
    if found.ago is None:
        return no(f"{found.problem[:1].upper()}{found.problem[1:]}.", "Does make serve still run?")
    if found.ago > _LATEST_SWEEP:
        return no(f"The last one ran {duration(found.ago)} ago.", "Does make serve still run?")
    return yes(f"{duration(found.ago)} ago.")
