"""Every error of the product, one tree.

    ManifestError
    ├─ InvalidEvent             a direct body whose content is unusable
    ├─ ConfigurationError       bad settings, all of them named at once
    ├─ TemporarilyUnavailable   something could be neither finished nor parked: redeliver
    ├─ Unreadable               a file's content no parser can make sense of (stays in the manifest)
    ├─ Mismatch                 what was streamed is not what HEAD told (likewise)
    └─ ServiceError             what an adapter makes of an SDK's error (never leaves a use case)
       ├─ Throttled             *
       ├─ Unreachable           *  network, timeout, 5xx, an answer that is no answer
       ├─ Unauthorized          *  keys, permission, service not activated: an operator can mend it
       ├─ OutOfTime             *  this invocation must end; a later one has time
       ├─ Busy                  *  somebody else is replacing the same manifest just now
       ├─ NotFound                 no such job, object or bucket
       ├─ AlreadyExists            forbid-overwrite did its work
       ├─ Immutable                the bucket refuses to replace or delete this object
       ├─ Changed                  the object is no longer the one that was looked at
       └─ Refused                  any other error about the request itself

The first three are the only ones a caller sees; CloudFlow matches them by class name.
Those marked * are `retryable`: the same call may succeed later.
"""

from __future__ import annotations

from typing import ClassVar


class ManifestError(Exception):
    """The root of every error raised on purpose."""

    retryable: ClassVar[bool] = False


class InvalidEvent(ManifestError):
    """A direct body, told by its keys, whose content is unusable."""


class ConfigurationError(ManifestError):
    """Settings the function cannot work with; the message names every bad variable."""


class TemporarilyUnavailable(ManifestError):
    """Some job could be neither finished nor parked, so the trigger must redeliver."""

    retryable = True


class Unreadable(ManifestError):
    """A parser cannot make sense of a file, or failed on it; the message says why."""


class Mismatch(ManifestError):
    """What was streamed is not what HEAD told; the message names both values."""


class ServiceError(ManifestError):
    """An error of a service the function calls.

    `code` is the service's own error code (empty where it gave none), `status` the HTTP status
    (0 where there was no answer).
    """

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.calls = 1
        """How many calls ended in this, retries included."""

    @property
    def reason(self) -> str:
        """Say code and message in one line fit for a person."""
        message = str(self)
        return f"{self.code}: {message}" if self.code and self.code not in message else message


class Throttled(ServiceError):
    """The service answers too many calls."""

    retryable = True


class Unreachable(ServiceError):
    """No usable answer: network, timeout, 5xx."""

    retryable = True


class Unauthorized(ServiceError):
    """Keys, token or permission are missing or wrong, or the service is not activated."""

    retryable = True


class OutOfTime(ServiceError):
    """This invocation has neither time nor budget left to ask; a later one has."""

    retryable = True

    def __init__(self, calls: int = 0) -> None:
        super().__init__("no time left in this invocation")
        self.calls = calls


class Busy(ServiceError):
    """Another invocation is replacing the same manifest just now."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("another invocation is replacing the manifest")


class NotFound(ServiceError):
    """The named job, object or bucket does not exist."""


class AlreadyExists(ServiceError):
    """The object exists and the request forbade to overwrite it."""


class Immutable(ServiceError):
    """A retention or overwrite rule of the bucket protects the object."""


class Changed(ServiceError):
    """The object changed between two looks at it."""


class Refused(ServiceError):
    """The request itself is wrong, and will stay so."""
