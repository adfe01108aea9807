"""`make serve`: keep the local cloud and what template.yml deploys up, until Ctrl-C.

Functions, settings, triggers and roles are those of the template. An object put where its OSS
trigger looks becomes an event, a posted message an MNS event, and a timer ticks for the sweep.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import cast

from aiohttp import web

from local import catalogue
from local.client import CloudClient
from local.cloud import Cloud, CloudConfig
from local.deployed import Deployment
from local.fc.answers import Invocation
from local.fc.host import FunctionHost
from local.laptop import BUCKET
from local.triggers import MESSAGE_SHAPES, Dispatcher
from local.ways import TICKET_PREFIX

DATA = Path("build/serve")
TICK_SECONDS = 60.0


class Desk:
    """A port for a person with curl: messages, ticks, direct calls."""

    def __init__(self, host: FunctionHost, dispatcher: Dispatcher) -> None:
        self._host = host
        self._dispatcher = dispatcher

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        application = web.Application()
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
        return _shown(await asyncio.to_thread(self._host.invoke, body))

    async def _message(self, request: web.Request) -> web.Response:
        shape = request.query.get("shape", "topic-json")
        if shape not in MESSAGE_SHAPES:
            text = f"shape must be one of {', '.join(MESSAGE_SHAPES)}\n"
            return web.Response(status=400, text=text)
        sent = self._dispatcher.send_message(await request.text(), shape)
        return _shown(await asyncio.wrap_future(sent))

    async def _tick(self, _request: web.Request) -> web.Response:
        return _shown(await asyncio.wrap_future(self._dispatcher.tick()))


def _shown(invocation: Invocation) -> web.Response:
    headers = {"X-Fc-Request-Id": invocation.request_id}
    if invocation.error_type:
        headers["X-Fc-Error-Type"] = invocation.error_type
    body = invocation.payload + b"\n"
    return web.Response(body=body, content_type="application/json", headers=headers)


async def serve() -> None:
    """Serve until SIGINT or SIGTERM; what was stored is there again the next time."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await asyncio.to_thread(DATA.mkdir, parents=True, exist_ok=True)
    cloud = Cloud(CloudConfig(DATA))
    endpoints = await cloud.start()
    client = CloudClient(endpoints.__dict__)
    await asyncio.to_thread(_stock, client)
    deployment = await asyncio.to_thread(_deployed, client)
    dispatcher = deployment.dispatcher()
    cloud.oss.on_created.append(dispatcher.on_created)
    desk = web.AppRunner(Desk(deployment.function, dispatcher).application(), access_log=None)
    await desk.setup()
    await web.TCPSite(desk, "127.0.0.1", 0).start()
    _greet(client, f"http://127.0.0.1:{cast('tuple[str, int]', desk.addresses[0])[1]}")
    ticking = asyncio.create_task(_tick(dispatcher))
    await ended.wait()
    ticking.cancel()
    await desk.cleanup()
    await asyncio.to_thread(deployment.close)
    await cloud.stop()


def _deployed(client: CloudClient) -> Deployment[CloudClient]:
    """Start what template.yml deploys: its functions, settings, triggers and roles."""
    runtime = "python3.10" if sys.version_info < (3, 12) else "python3.12"
    parameters = {"Bucket": BUCKET, "Runtime": runtime}
    return Deployment(client, parameters, on_log=lambda line: print(line, flush=True))


def _stock(client: CloudClient) -> None:
    client.create_bucket(BUCKET)
    catalogue.seed(client, BUCKET)


async def _tick(dispatcher: Dispatcher) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await asyncio.wrap_future(dispatcher.tick())


def _greet(client: CloudClient, desk: str) -> None:
    keys, sample = client.credentials, catalogue.load()[0]
    body = f'{{"jobs": [{{"jobId": "{sample.job_id}", "api": "{sample.api}"}}]}}'
    print(
        f"""The local cloud is up. Its sample jobs are in local/samples/jobs; data in {DATA}.

  OSS_ENDPOINT={client.oss_endpoint}   (path style, bucket {BUCKET}, region {client.region})
  API_ENDPOINT={client.api_endpoint}   (QueryIProductionJob of MPS and of IMS)
  ALIBABA_CLOUD_ACCESS_KEY_ID={keys.access_key_id}
  ALIBABA_CLOUD_ACCESS_KEY_SECRET={keys.access_key_secret}
  ALIBABA_CLOUD_SECURITY_TOKEN={keys.security_token}

A direct call:   curl {desk}/invoke -d '{body}'
An MNS message:  curl '{desk}/messages?shape=topic-json' -d '{body}'
A timer tick:    curl -X POST {desk}/tick   (one comes every {TICK_SECONDS:g} s)
An OSS upload:   put an object under {TICKET_PREFIX} with any OSS client and the keys above

The function's log follows. Ctrl-C ends.
""",
        flush=True,
    )


if __name__ == "__main__":
    asyncio.run(serve())
    sys.exit(0)
