"""Decode event bytes into job requests. Pure: no SDK, no network, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mps_manifest.events.bodies import read_lines
from mps_manifest.events.bulk import with_classes
from mps_manifest.events.envelopes import read_meaning, read_text
from mps_manifest.events.items import (
    Item,
    JobRequest,
    OnPending,
    Pause,
    Tick,
    Ticket,
    Unusable,
)
from mps_manifest.events.line_reader import LineReader
from mps_manifest.events.payloads import (
    TOO_LARGE_REASON,
    Payload,
    Recovered,
    holds_lines,
    parse_event,
)
from mps_manifest.events.scope import Piece, Scope
from mps_manifest.events.shapes import is_http, is_mns_push, is_timer
from mps_manifest.events.wide_text import utf8_chunks

__all__ = [
    "TOO_LARGE_REASON",
    "DecodedEvent",
    "Item",
    "JobRequest",
    "OnPending",
    "Pause",
    "Tick",
    "Ticket",
    "Unusable",
    "decode_event",
    "decode_lines",
    "decode_tick",
    "decode_ticket",
    "holds_lines",
]


class DecodedEvent(NamedTuple):
    """The items of an event, decoded lazily, and who the answer goes to.

    `http` is true for an HTTP trigger, `mns_push` if it was MNS that made the request. Iterating
    raises InvalidEvent for a direct body whose content is unusable.
    """

    items: Iterator[Item]
    http: bool
    mns_push: bool = False


def decode_event(event: bytes) -> DecodedEvent:
    """Decode an event of any shape in CONTRACT section 3."""
    meaning = parse_event(event)
    scope = Scope("direct", Piece(event, "direct"), direct=True, on_pending="return")
    body = _body_of(meaning)
    items = _read(meaning, event, scope)
    return DecodedEvent(items, is_http(body), is_mns_push(body))


def decode_tick(event: bytes) -> Iterator[Item]:
    """Decode the event of a sweep: the jobs that a timer names, if any, and always a tick."""
    meaning = parse_event(event)
    body = _body_of(meaning)
    if isinstance(body, dict) and is_timer(body):
        yield from _read(meaning, event, Scope("direct", Piece(event, "direct")))
    else:
        yield Tick()


def decode_ticket(body: bytes, origin: str, event_time: float | None = None) -> Iterator[Item]:
    """Decode the body of a ticket: a direct body, but delivered rather than passed by a caller.

    All that is wrong with it is one piece, the last item.
    """
    piece = Piece(body, origin)
    scope = Scope(origin, piece, event_time=event_time, shared=True)
    yield from with_classes(read_text(body, scope))
    yield from piece.unusable()


def decode_lines(
    chunks: Iterable[bytes], origin: str, event_time: float | None = None
) -> Iterator[Item]:
    """Decode the body of a ticket with one job ID per line, as it comes.

    All lines that are not job IDs are one piece, the last item; its payload is empty.
    """
    piece = Piece("", origin)
    scope = Scope(origin, piece, event_time=event_time)
    yield from with_classes(read_lines(LineReader(utf8_chunks(chunks)), scope))
    yield from piece.unusable()


def _body_of(meaning: Payload) -> object:
    return meaning.value if isinstance(meaning, Recovered) else meaning


def _read(meaning: Payload, event: bytes, scope: Scope) -> Iterator[Item]:
    yield from with_classes(read_meaning(meaning, event, scope))
    yield from scope.piece.unusable()
