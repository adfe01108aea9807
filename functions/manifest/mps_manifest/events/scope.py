"""The context that envelopes provide for decoding their contents, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mps_manifest.causes import Cause
from mps_manifest.events.items import OnPending, Unusable
from mps_manifest.job_limits import MAX_POINTER
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.settings import Api

MAX_NESTING = 8
"""How many envelopes, and texts within texts, are opened."""
MAX_NAMED_FAULTS = 100
_QUOTED = 80
_LOOKED_AT = 4 * _QUOTED
_KEPT_AS_BYTES = 1024 * 1024


class Piece:
    """The smallest piece of an event that can be unusable, and everything that is wrong with it.

    `raw` is what is kept of it then: text or bytes as they came, or a decoded JSON value.
    """

    def __init__(self, raw: object, origin: str) -> None:
        self.raw = raw
        self.origin = origin
        self.faults = 0
        self.cause: Cause | None = None
        self._named: list[str] = []

    @property
    def is_full(self) -> bool:
        """Whether further faults are only counted."""
        return len(self._named) >= MAX_NAMED_FAULTS

    def fault(self, cause: Cause, reason: str, *values: object) -> None:
        """Note one fault, with values quoted in place of `{}`; the first hundred are named."""
        self.cause = self.cause or cause
        self.faults += 1
        if not self.is_full:
            self._named.append(reason.format(*map(quoted, values)) if values else reason)

    def add(self, other: Piece) -> None:
        """Note the faults of another piece as those of this one."""
        self.cause = self.cause or other.cause
        self._named += other._named[: MAX_NAMED_FAULTS - len(self._named)]
        self.faults += other.faults

    def reason(self) -> str:
        """Return all faults in one text: up to a hundred of them, then their number."""
        more = self.faults - len(self._named)
        return "; ".join(self._named) + (f"; and {more} more" if more else "")

    def unusable(self) -> Iterator[Unusable]:
        """Yield this piece if anything is wrong with it."""
        if self.cause:
            raw = self.raw if isinstance(self.raw, str | bytes) else canonical_text(self.raw)
            yield Unusable(_as_text(raw), self.reason(), self.origin, self.cause)


class Scope(NamedTuple):
    """The position of a value in its event.

    `direct` is true for a body that a caller passed (and can correct), false for one that a
    trigger delivered. In a scope that is `shared` no new piece begins, because a message or a
    ticket that is a list is quarantined as a whole.
    """

    origin: str
    piece: Piece
    direct: bool = False
    on_pending: OnPending = "park"
    api: Api | None = None
    depth: int = 0
    event_time: float | None = None
    shared: bool = False

    def inside(self, origin: str, **changes: Any) -> Scope:
        """Return the scope inside an envelope: by default delivered, not passed by a caller."""
        if origin != self.origin:
            origin = shown(origin, MAX_POINTER)[:MAX_POINTER]
        return self._replace(
            origin=origin,
            direct=changes.pop("direct", False),
            on_pending=changes.pop("on_pending", "park"),
            depth=self.depth + 1,
            **changes,
        )

    def opened(self, origin: str, raw: object, **changes: Any) -> Scope:
        """Return the scope inside a message or a record, which is a piece of its own."""
        inner = self.inside(origin, **changes)
        return inner if self.shared else inner._replace(piece=Piece(raw, inner.origin))

    def fault(self, cause: Cause, reason: str, *values: object) -> None:
        """Note what is wrong with the piece, with values quoted in place of `{}`."""
        self.piece.fault(cause, reason, *values)

    def rest_of(self, inner: Scope) -> Iterator[Unusable]:
        """Yield the piece that a scope inside this one opened, if anything is wrong with it."""
        if inner.piece is not self.piece:
            yield from inner.piece.unusable()


def quoted(value: object) -> str:
    """Return the start of a value of strangers as a reason may quote it."""
    if isinstance(value, str):
        return shown(repr(value[:_LOOKED_AT]), _QUOTED)
    if isinstance(value, dict | list):
        return shown(canonical_text(value)[:_LOOKED_AT], _QUOTED)
    return repr(value)[:_QUOTED]


def text_at(value: object, *path: str) -> str:
    """Return the string at a path of keys; the empty string where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _as_text(raw: str | bytes) -> str | bytes:
    """Return text where it is some; a large one remains as it is, for the sake of memory."""
    if isinstance(raw, str) or len(raw) > _KEPT_AS_BYTES:
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
