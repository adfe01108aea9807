"""Every error that crosses a room, in one tree.

    ManifestError
    ├─ InvalidEvent             a direct body whose content is unusable
    ├─ ConfigurationError       invalid settings, all of them named at once
    ├─ TemporarilyUnavailable   something could be neither finished nor parked: deliver it again
    ├─ Unreadable               a file that its parser cannot read (reported in the manifest)
    ├─ Mismatch                 the streamed bytes differ from what HEAD reported (likewise)
    └─ ServiceError             an SDK's error, mapped by an adapter (never leaves a use case)
       ├─ Throttled             *
       ├─ Unreachable           *  network, timeout, 5xx, an unusable answer
       ├─ Unauthorized          *  credentials, permission, activation: an operator can fix it
       ├─ OutOfTime             *  this invocation must end; a later one has time
       ├─ Busy                  *  another invocation is replacing the same manifest
       ├─ TooLong                  the answer is longer than what was to be read of it
       ├─ NotFound                 no such job, object or bucket
       ├─ AlreadyExists            the object exists, and overwriting was forbidden
       ├─ Immutable                the bucket refuses to replace or delete this object
       ├─ Changed                  the object changed since it was last read
       └─ Refused                  any other rejection of the request itself

A caller sees only the first three; CloudFlow matches them by class name.
Those marked * are `retryable`: the same call may succeed later.
"""

from __future__ import annotations

from typing import ClassVar

from mps_manifest.causes import Cause


class ManifestError(Exception):
    """The root of every error raised on purpose."""

    retryable: ClassVar[bool] = False


class InvalidEvent(ManifestError):
    """A direct body, recognized by its keys, whose content is unusable."""

    def __init__(self, reason: str, cause: Cause) -> None:
        super().__init__(reason)
        self.cause = cause


class ConfigurationError(ManifestError):
    """Invalid settings; the message names every invalid variable."""


class TemporarilyUnavailable(ManifestError):
    """A job could be neither finished nor parked, so the trigger must deliver the event again."""

    retryable = True


class Unreadable(ManifestError):
    """A parser could not read a file, or failed on it; the message says why."""


class Mismatch(ManifestError):
    """The streamed bytes differ from what HEAD reported; the message has both values."""


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
        """The number of calls that were made, retries included."""

    @property
    def reason(self) -> str:
        """The code and the message in one line, for people."""
        message = str(self)
        return f"{self.code}: {message}" if self.code and self.code not in message else message


class Throttled(ServiceError):
    """The service rejected the call because there were too many."""

    retryable = True


class Unreachable(ServiceError):
    """No usable answer: network, timeout, 5xx."""

    retryable = True


class Unauthorized(ServiceError):
    """Missing or wrong credentials or permissions, or a service that is not activated."""

    retryable = True


class OutOfTime(ServiceError):
    """This invocation has no time or quota left for a call; a later one has."""

    retryable = True

    def __init__(self, calls: int = 0) -> None:
        super().__init__("no time left in this invocation")
        self.calls = calls


class Busy(ServiceError):
    """Another invocation is replacing the same manifest."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("another invocation is replacing the manifest")


class TooLong(ServiceError):
    """The answer is longer than what was to be read of it.

    `size` is its length in bytes, 0 where the service did not say it.
    """

    def __init__(self, limit: int, size: int = 0) -> None:
        super().__init__(f"the API's answer is longer than {limit} bytes")
        self.size = size


class NotFound(ServiceError):
    """The named job, object or bucket does not exist."""


class AlreadyExists(ServiceError):
    """The object exists, and the request forbade overwriting it."""


class Immutable(ServiceError):
    """A retention or overwrite rule of the bucket protects the object."""


class Changed(ServiceError):
    """The object changed between two requests."""


class Refused(ServiceError):
    """The request itself is invalid; repeating it cannot help."""
