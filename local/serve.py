"""`make serve`: run the local cloud and what template.yml deploys, until Ctrl-C.

Functions, settings, triggers and roles are those of the template. An object that its OSS trigger
watches becomes an event, a posted message an MNS event, and a timer calls the sweep.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import cast

from aiohttp import web

from local import sample_jobs
from local.client import CloudClient
from local.cloud import Cloud
from local.environment import BUCKET
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation
from local.services import CloudConfig
from local.template_deployment import TemplateDeployment
from local.trigger_dispatcher import MESSAGE_SHAPES, Dispatcher
from local.trigger_kinds import TICKET_PREFIX

DATA = Path("build/serve")
TICK_SECONDS = 60.0


class TriggerApi:
    """The port for curl: direct calls, MNS messages, timer events."""

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


async def serve() -> None:
    """Serve until SIGINT or SIGTERM; stored objects are kept for the next start."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await asyncio.to_thread(DATA.mkdir, parents=True, exist_ok=True)
    cloud = Cloud(CloudConfig(DATA))
    endpoints = await cloud.start()
    client = CloudClient(endpoints.__dict__)
    await asyncio.to_thread(_add_sample_jobs, client)
    deployment = await asyncio.to_thread(_deploy, client)
    dispatcher = deployment.dispatcher()
    cloud.services.oss.on_created.append(dispatcher.on_created)
    trigger_api = TriggerApi(deployment.function, dispatcher)
    runner = web.AppRunner(trigger_api.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _print_help(client, f"http://127.0.0.1:{cast('tuple[str, int]', runner.addresses[0])[1]}")
    ticking = asyncio.create_task(_tick(dispatcher))
    await ended.wait()
    ticking.cancel()
    await runner.cleanup()
    await asyncio.to_thread(deployment.close)
    await cloud.stop()


def _deploy(client: CloudClient) -> TemplateDeployment[CloudClient]:
    """Start the functions of template.yml, with their settings, triggers and roles."""
    runtime = "python3.10" if sys.version_info < (3, 12) else "python3.12"
    parameters = {"Bucket": BUCKET, "Runtime": runtime}
    return TemplateDeployment(client, parameters, on_log=lambda line: print(line, flush=True))


def _add_sample_jobs(client: CloudClient) -> None:
    client.create_bucket(BUCKET)
    sample_jobs.seed(client, BUCKET)


async def _tick(dispatcher: Dispatcher) -> None:
    """Fire the timer, whatever part of the time from tick to tick a sweep takes."""
    clock = asyncio.get_running_loop().time
    tick_at = clock()
    while True:
        tick_at = max(tick_at + TICK_SECONDS, clock())
        await asyncio.sleep(tick_at - clock())
        await asyncio.wrap_future(dispatcher.tick())


def _print_help(client: CloudClient, trigger_api: str) -> None:
    keys, sample = client.credentials, sample_jobs.load()[0]
    body = f'{{"jobs": [{{"jobId": "{sample.job_id}", "api": "{sample.api}"}}]}}'
    print(
        f"""The local cloud is running, with the jobs of local/samples/jobs. Its data is in {DATA}.

  OSS_ENDPOINT={client.oss_endpoint}   (path style; bucket {BUCKET}, region {client.region})
  API_ENDPOINT={client.api_endpoint}   (QueryIProductionJob of MPS and of IMS)
  ALIBABA_CLOUD_ACCESS_KEY_ID={keys.access_key_id}
  ALIBABA_CLOUD_ACCESS_KEY_SECRET={keys.access_key_secret}
  ALIBABA_CLOUD_SECURITY_TOKEN={keys.security_token}

A direct call:   curl {trigger_api}/invoke -d '{body}'
An MNS message:  curl '{trigger_api}/messages?shape=topic-json' -d '{body}'
A timer event:   curl -X POST {trigger_api}/tick   (also sent every {TICK_SECONDS:g} seconds)
An OSS upload:   put an object below {TICKET_PREFIX} with any OSS client and the keys above

The function's log follows. Press Ctrl-C to stop.
""",
        flush=True,
    )


if __name__ == "__main__":
    asyncio.run(serve())
    sys.exit(0)
