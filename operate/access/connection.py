"""The function's core over a target, with the operator's keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from deploy.errors import DeployError
from mps_manifest import bootstrap
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import read_credentials
from mps_manifest.errors import NotFound, ServiceError, Unreachable
from mps_manifest.limits.deadline import Deadline
from mps_manifest.metrics import Count, Peak
from mps_manifest.ports import Clients, Clock, ObjectFacts, ObjectStore, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.workflow.core import Core
from operate.access.key_pages import KeyPages
from operate.access.read_only import ReadOnlyStore
from operate.access.target import Target
from operate.console.screen import Screen
from operate.errors import of_deploy, of_service

THREADS = 16
"""Calls at a time."""
LONGEST_COMMAND = 24 * 3600.0
"""Seconds for which a core of a command works; nothing kills it, as the platform does."""

StoreWrapper = Callable[[ObjectStore], ObjectStore]


def as_it_is(store: ObjectStore) -> ObjectStore:
    """Return the store, for commands that write."""
    return store


class SilentTelemetry:
    """The Telemetry port of commands that have nothing to say but their result."""

    def log(self, level: str, message: str, /, **fields: object) -> None:
        """Do nothing."""

    def count(self, name: Count, value: float = 1) -> None:
        """Do nothing."""

    def peak(self, name: Peak, value: float) -> None:
        """Do nothing."""

    def unexpected(self, error: Exception) -> None:
        """Do nothing."""


class LeftToSweeps:
    """The Topic port from outside of the region: the next sweep announces what was written."""

    def publish(self, text: str) -> None:  # noqa: ARG002 - the port's
        """Raise Unreachable, upon which a note is left for the sweep."""
        raise Unreachable("a sweep announces what mpsm writes")


class OperatorClients:
    """The clients of the function, over a wrapped store and without its topic."""

    def __init__(self, environment: Mapping[str, str], over: StoreWrapper) -> None:
        self._clients = bootstrap.CredentialedClients(environment)
        self._over = over

    def __call__(self, settings: Settings, context: Any, call_limit: float, /) -> Clients:
        """Return the clients."""
        found = self._clients(settings._replace(announce_topic=None), context, call_limit)
        topic = LeftToSweeps() if settings.announce_topic else None
        return found._replace(store=self._over(found.store), topic=topic)


class Connection:
    """A target within reach; `core` has everything that the function has.

    Commands that write pass `over`: `as_it_is`, or a store that records instead of writing. Then
    all cores of the connection share one limit of queries, as those of an instance do.
    """

    def __init__(
        self,
        target: Target,
        *,
        over: StoreWrapper = ReadOnlyStore,
        telemetry: Telemetry | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.target = target
        self.clock = clock or SystemClock()
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mpsm")
        self._files = ThreadPoolExecutor(bootstrap.FILE_THREADS, thread_name_prefix="file")
        self._function = bootstrap.build(
            target.environment,
            clock=self.clock,
            telemetry=telemetry or SilentTelemetry(),
            clients=OperatorClients(target.environment, over),
        )

    @cached_property
    def core(self) -> Core:
        """The parts of the function; those that cost something are built when they are used.

        Raises ConfigurationError.
        """
        return self.new_core()

    def new_core(self, seconds: float = LONGEST_COMMAND, *, yields: bool = False) -> Core:
        """Return another core, with a deadline and a tally of its own.

        With `yields` the part of the quota that is kept for new events is left to them, as sweeps
        do.
        """
        deadline = Deadline(self.clock, seconds)
        return self._function.assemble(None, deadline, self._files, is_sweep=yields)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the function."""
        return self.core.settings

    def facts_of(self, key: str) -> ObjectFacts | None:
        """Return what HEAD reports of an object of the home bucket; None where there is none.

        Raises ServiceError.
        """
        try:
            return self.core.store.head(self.settings.bucket, key)
        except NotFound:
            return None

    @cached_property
    def pages(self) -> KeyPages:
        """Lists of keys of the home bucket, at a third of the store's cost for each."""
        credentials = read_credentials(None, self.target.environment)
        return KeyPages(self.settings, credentials, Connections(THREADS))

    def close(self) -> None:
        """Start no more calls; those that run end by themselves."""
        for threads in (self.threads, self._files):
            threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def connected(
    target: Target,
    screen: Screen,
    *,
    over: StoreWrapper = ReadOnlyStore,
    telemetry: Telemetry | None = None,
) -> Iterator[Connection]:
    """Connect for a command; its keys are never printed, and errors say what was out of reach.

    Raises OperatorError for the errors of services.
    """
    screen.hide(target.deployment.keys)
    connection = Connection(target, over=over, telemetry=telemetry)
    try:
        yield connection
    except ServiceError as error:
        raise of_service(error, target.name, target.remedy) from None
    except DeployError as error:
        raise of_deploy(error) from None
    finally:
        connection.close()
