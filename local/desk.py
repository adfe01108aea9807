"""The desk of `make serve`: direct calls, MNS messages and timer events, for whoever has its token.

POST /invoke     a direct call; the body is the event
POST /messages   a message of a topic or queue, in the form that `?shape=` names
POST /tick       the timer
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from local.fc.host import FunctionHost
from local.fc.invocation import MAX_SYNC_BYTES, Invocation
from local.gate import gate
from local.trigger_dispatcher import MESSAGE_SHAPES, Dispatcher


class Desk:
    """The routes of the desk's port."""

    def __init__(self, host: FunctionHost, dispatcher: Dispatcher, token: str) -> None:
        self._host = host
        self._dispatcher = dispatcher
        self._token = token

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        application = web.Application(
            client_max_size=MAX_SYNC_BYTES + 1, middlewares=[gate(self._token)]
        )
        application.add_routes(
            [
                web.post("/invoke", self._invoke),
                web.post("/messages", self._message),
                web.post("/tick", self._tick),
            ]
        )
        return application

    async def _invoke(self, request: web.Request) -> web.Response:
        body = await request.read()
        return _response(await asyncio.to_thread(self._host.invoke, body))

    async def _message(self, request: web.Request) -> web.Response:
        shape = request.query.get("shape", "topic-json")
        if shape not in MESSAGE_SHAPES:
            text = f"shape must be one of {', '.join(MESSAGE_SHAPES)}.\n"
            return web.Response(status=400, text=text)
        sent = self._dispatcher.send_message(await request.text(), shape)
        return _response(await asyncio.wrap_future(sent))

    async def _tick(self, _request: web.Request) -> web.Response:
        return _response(await asyncio.wrap_future(self._dispatcher.tick()))


def _response(invocation: Invocation) -> web.Response:
    headers = {"X-Fc-Request-Id": invocation.request_id}
    if invocation.error_type:
        headers["X-Fc-Error-Type"] = invocation.error_type
    body = invocation.payload + b"\n"
    return web.Response(body=body, content_type="application/json", headers=headers)
