"""Decode event bytes into job requests. Pure: no SDK, no network, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.events.envelopes import is_http, is_timer, read_meaning, read_text
from mps_manifest.events.items import Item, JobRequest, OnPending, Tick, Ticket, Unusable
from mps_manifest.events.payloads import parse_payload
from mps_manifest.events.scope import Scope

__all__ = [
    "DecodedEvent",
    "Item",
    "JobRequest",
    "OnPending",
    "Tick",
    "Ticket",
    "Unusable",
    "decode_event",
    "decode_tick",
    "decode_ticket",
]


class DecodedEvent(NamedTuple):
    """The items of an event, decoded lazily, and whether the answer goes to an HTTP trigger.

    Iterating raises InvalidEvent for a direct body whose content is unusable.
    """

    items: Iterator[Item]
    http: bool


def decode_event(event: bytes) -> DecodedEvent:
    """Decode an event of any shape in CONTRACT section 3."""
    scope = Scope("direct", _as_text(event), direct=True, on_pending="return")
    meaning = parse_payload(event)
    return DecodedEvent(read_meaning(meaning, scope), is_http(meaning))


def decode_tick(event: bytes) -> Iterator[Item]:
    """Decode the event of a sweep: the jobs that a timer names, if any, and always a tick."""
    meaning = parse_payload(event)
    if isinstance(meaning, dict) and is_timer(meaning):
        yield from read_meaning(meaning, Scope("direct", _as_text(event)))
    else:
        yield Tick()


def decode_ticket(body: bytes, origin: str, event_time: float | None = None) -> Iterator[Item]:
    """Decode the body of a ticket: a direct body, but delivered rather than passed by a caller."""
    return read_text(body, Scope(origin, _as_text(body), event_time=event_time))


def _as_text(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
