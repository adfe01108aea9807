"""What every request passes through: journal, faults, latency, its service, and sending."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from local.faults import AbortedError, FaultRule, Faults, Fired
from local.journal import Call, Entry, Journal
from local.reply import BodyStream, Reply

Work = Callable[[Entry, float], Awaitable[Reply]]
Refuse = Callable[[FaultRule], Reply]


class RequestPipeline:
    """Runs the requests of one cloud; `latency` is the delay of each service in seconds."""

    def __init__(self, journal: Journal, faults: Faults) -> None:
        self.journal = journal
        self.faults = faults
        self.latency: dict[str, float] = {}

    async def run(
        self, request: web.BaseRequest, call: Call, work: Work, refuse: Refuse
    ) -> web.StreamResponse:
        """Answer a request: `work` handles it, given its entry and the clock skew in seconds.

        `refuse` renders the answer of a fault in the form of the service.
        """
        entry = self.journal.open(call)
        fired = self.faults.fire(call)
        try:
            await self._delay(call, fired)
            early = await self._apply(fired.final_rule("before"), refuse)
            reply = early or await work(entry, fired.seconds("skew"))
            with contextlib.closing(reply):
                sent = (
                    early is None and await self._apply(fired.final_rule("after"), refuse)
                ) or reply
                entry.answer(sent.status, sent.code)
                return await _send(request, sent, entry, fired)
        except (AbortedError, ConnectionError):  # by us, or by a client that has gone away
            _abort(request)
            return web.Response()

    async def _delay(self, call: Call, fired: Fired) -> None:
        seconds = self.latency.get(call.service, 0.0) + fired.seconds("latency")
        if seconds > 0:
            await asyncio.sleep(seconds)
        await fired.released()

    async def _apply(self, rule: FaultRule | None, refuse: Refuse) -> Reply | None:
        if rule is None:
            return None
        if rule.effect in ("error", "throttle"):
            return refuse(rule)
        if rule.effect == "kill":
            self.faults.kill(rule.pid)
        if rule.effect == "hang":
            await asyncio.sleep(rule.seconds)
        raise AbortedError


def _abort(request: web.BaseRequest) -> None:
    """Close the connection with a TCP reset, as a crashed load balancer does."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        no_linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    transport.abort()


async def _send(
    request: web.BaseRequest, reply: Reply, entry: Entry, fired: Fired
) -> web.StreamResponse:
    if request.method == "HEAD" or reply.status in (204, 304):
        return web.Response(status=reply.status, headers=reply.headers)
    if fired.drop_after is not None and fired.drop_after < reply.length:
        return await _send_partly(request, reply, entry, fired.drop_after)
    if fired.seconds("drip"):
        return await _send_slowly(request, reply, entry, fired.seconds("drip"))
    if isinstance(reply.body, bytes):
        entry.bytes_out = len(reply.body)
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)
    response = await _head(request, reply)
    for chunk in reply.body.chunks:
        await response.write(chunk)
        entry.bytes_out += len(chunk)
    return response


async def _send_partly(
    request: web.BaseRequest, reply: Reply, entry: Entry, limit: int
) -> web.StreamResponse:
    response = await _head(request, reply)
    chunks = iter([reply.body]) if isinstance(reply.body, bytes) else reply.body.chunks
    for chunk in chunks:
        part = chunk[: limit - entry.bytes_out]
        await response.write(part)
        entry.bytes_out += len(part)
        if entry.bytes_out >= limit:
            break
    if request.transport is not None:
        request.transport.close()
    return response


async def _send_slowly(
    request: web.BaseRequest, reply: Reply, entry: Entry, pause: float
) -> web.StreamResponse:
    response = await _head(request, reply)
    chunks = iter([reply.body]) if isinstance(reply.body, bytes) else reply.body.chunks
    for chunk in chunks:
        for at in range(len(chunk)):
            await response.write(chunk[at : at + 1])
            entry.bytes_out += 1
            await asyncio.sleep(pause)
    return response


async def _head(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    if isinstance(reply.body, BodyStream) and reply.body.length is None:
        response.enable_chunked_encoding()
    else:
        response.content_length = reply.length
    await response.prepare(request)
    return response
