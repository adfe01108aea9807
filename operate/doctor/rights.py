"""Try each right of the function's role by a call that changes nothing, whatever is answered.

What is written names an upload that there is not, what is deleted an object or a version that there
is not, what is published is longer than any topic takes, and what is reported has a token that
nobody has given out. So a call with the right is answered with such an error, or with success, and
one without it with the code of a missing permission. That the services judge permissions before
they look for what is named was not verified on live ones; where one does it the other way round a
missing right looks like one that is there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from deploy.errors import DeployError
from deploy.findings import Finding, asked, no, unknown, yes
from deploy.service_errors import is_denied, is_not_activated
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import read_credentials
from mps_manifest.adapters.mns import MnsTopic
from mps_manifest.adapters.oss import oss_call
from mps_manifest.bootstrap import CredentialedClients
from mps_manifest.errors import (
    ConfigurationError,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.ports import Clients
from mps_manifest.settings import Settings
from operate.access.connection import Connection

_NOBODY = "0" * 32
"""The ID of a job that there is not."""
_LONGER_THAN_ANY_MESSAGE = "0" * 70_000
"""A topic takes 64 KiB at most, as its MaximumMessageSize says."""


class Right(NamedTuple):
    """A right of the role: the action, the resource, what needs it, and a call that needs it.

    `is_spare` is set where a service that is not activated is no fault, since not all use it.
    """

    action: str
    where: str
    needed_for: str
    probe: Callable[[], object]
    is_spare: bool = False

    @property
    def id(self) -> str:
        """The name of its finding."""
        return f"right {self.action} {self.where}"

    def finding(self) -> Finding:
        """Return whether the keys have it."""
        return asked(self.id, f"{self.action} on {self.where}", self._ask)

    def _ask(self) -> Finding:
        try:
            self.probe()
        except Unauthorized as error:
            return self._denied(error)
        except (Throttled, Unreachable) as error:
            return unknown(error.reason)
        except ServiceError:
            return yes()  # what is named is not there, or not taken, but might be asked for
        return yes()

    def _denied(self, error: Unauthorized) -> Finding:
        if is_not_activated(error.code):
            if self.is_spare:
                return unknown(f"The service is not activated: {error.code}.")
            return no(f"The service is not activated: {error.code}.", "Activate it in its console.")
        if is_denied(error.code):
            return no(
                f"These keys may not do it ({error.code}); needed for {self.needed_for}.",
                f"Add {self.action} on {self.where} to the policy, as in template.yml.",
            )
        return no(f"{error.reason}.", "Check the access key and its token.")


def rights(connection: Connection) -> Iterator[Right]:
    """Yield the rights of the function's role in template.yml, those it needs with its settings.

    The two that the platform itself uses, to write the log and to keep failed events, are left out:
    nothing that changes nothing tells whether they are there.
    """
    yield from _of_files(connection)
    yield from _of_state(connection)
    if connection.core.store.versioned():
        yield from _of_versions(connection)
    yield from _of_services(connection)


def _of_files(connection: Connection) -> Iterator[Right]:
    store, name = connection.core.store, _new_name()
    for bucket in sorted(connection.settings.allowed_buckets):
        yield Right(
            "oss:GetObject",
            f"{bucket}/*",
            "files of jobs, and tickets",
            lambda bucket=bucket: store.read(bucket, name, 1),  # type: ignore[misc]
        )
        yield Right(
            "oss:ListObjects",
            bucket,
            "files that only an output template names",
            lambda bucket=bucket: store.page(bucket, f"{name}/"),  # type: ignore[misc]
        )


def _of_state(connection: Connection) -> Iterator[Right]:
    settings, pages = connection.settings, connection.pages
    home, name = settings.bucket, _new_name()
    for prefix in settings.own_prefixes:
        place, key = f"{home}/{prefix}*", f"{prefix}{name}"
        yield Right(
            "oss:GetObject",
            place,
            "manifests and state",
            lambda key=key: connection.core.store.read(home, key, 1),  # type: ignore[misc]
        )
        yield Right(
            "oss:PutObject",
            place,
            "manifests and state",
            lambda key=key: _oss(pages.upload_part, key, _NOBODY, 1, b""),  # type: ignore[misc]
        )
        yield Right(
            "oss:ListObjects",
            f"{home}, oss:Prefix {prefix}*",
            "sweeps, and this command line",
            lambda prefix=prefix: connection.core.store.page(home, f"{prefix}{name}/"),  # type: ignore[misc]
        )
    key = f"{settings.state_prefix}{name}"
    yield Right(
        "oss:DeleteObject",
        f"{home}/{settings.state_prefix}*",
        "entries of the backlog that are over",
        lambda: _oss(pages.delete_object, key),
    )
    yield Right(
        "oss:GetBucketVersioning",
        home,
        "buckets with versioning",
        lambda: _oss(pages.get_bucket_versioning),
    )


def _of_versions(connection: Connection) -> Iterator[Right]:
    """Yield what is needed on a bucket with versioning only."""
    settings, pages = connection.settings, connection.pages
    home, name, version = settings.bucket, _new_name(), {"versionId": _NOBODY}
    for prefix in settings.own_prefixes:
        place, key = f"{home}/{prefix}*", f"{prefix}{name}"
        yield Right(
            "oss:GetObjectVersion",
            place,
            "comparing versions of manifests",
            lambda key=key: _oss(pages.get_object, key, params=version),  # type: ignore[misc]
        )
        yield Right(
            "oss:DeleteObjectVersion",
            place,
            "withdrawing versions",
            lambda key=key: _oss(pages.delete_object, key, params=version),  # type: ignore[misc]
        )
        yield Right(
            "oss:ListObjectVersions",
            f"{home}, oss:Prefix {prefix}*",
            "comparing versions",
            lambda key=key: _oss(pages.list_object_versions, prefix=key),  # type: ignore[misc]
        )


def _of_services(connection: Connection) -> Iterator[Right]:
    settings, clients = connection.settings, _clients(connection)
    yield Right(
        "mts:QueryIProductionJob",
        "*",
        "jobs of MPS",
        lambda: clients.api.query("mps", _NOBODY),
        is_spare=settings.job_api != "mps",
    )
    yield Right(
        "ice:QueryIProductionJob",
        "*",
        "jobs of IMS",
        lambda: clients.api.query("ims", _NOBODY),
        is_spare=settings.job_api != "ims",
    )
    yield Right(
        "fnf:ReportTaskSucceeded",
        "*",
        "steps of CloudFlow that wait",
        lambda: clients.callbacks.succeed(_NOBODY, "{}"),
        is_spare=True,
    )
    yield Right(
        "fnf:ReportTaskFailed",
        "*",
        "steps of CloudFlow that wait",
        lambda: clients.callbacks.fail(_NOBODY, "Doctor", "mpsm doctor"),
        is_spare=True,
    )
    if settings.announce_topic:
        yield Right(
            "mns:PublishMessage",
            f"topic {settings.announce_topic}",
            "announcements",
            lambda: _topic(connection).publish(_LONGER_THAN_ANY_MESSAGE),
        )


def _clients(connection: Connection) -> Clients:
    """Return the clients of the APIs as they are, which wait for no turn."""
    environment = connection.target.environment
    settings = connection.settings._replace(announce_topic=None)
    limit = connection.core.deadline.call_limit
    return CredentialedClients(environment)(settings, None, limit)


def _topic(connection: Connection) -> MnsTopic:
    """Return the topic by its public endpoint. Raises DeployError where that is not known."""
    settings = _public(connection.settings)
    try:
        credentials = read_credentials(None, connection.target.environment)
        connections = Connections(1)
        connections.limit_time(connection.core.deadline.call_limit)
        return MnsTopic(settings, credentials, connections)
    except ConfigurationError:
        raise DeployError("The account is not known.", "Set FC_ACCOUNT_ID to its ID.") from None


def _public(settings: Settings) -> Settings:
    """Return settings with which MNS is reached from outside of its region."""
    if settings.api_endpoint or not settings.account:
        return settings
    host = f"https://{settings.account}.mns.{settings.region}.aliyuncs.com"
    return settings._replace(api_endpoint=host)


def _oss(call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Make a call of oss2. Raises ServiceError."""
    oss_call(lambda: call(*arguments, **named))


def _new_name() -> str:
    """Return the name of an object that there is not."""
    return f"mpsm-doctor-{secrets.token_hex(16)}"
