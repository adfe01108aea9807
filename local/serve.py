"""`make serve`: run the local cloud and what template.yml deploys, until Ctrl-C.

Functions, settings, triggers and roles are those of the template. An object that its OSS trigger
watches becomes an event, a posted message an MNS event, and a timer calls the sweep.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, astuple, dataclass, fields, replace
from pathlib import Path
from typing import cast

from aiohttp import web

from local import sample_jobs
from local.client import CloudClient
from local.cloud import Cloud
from local.data_folder import unwritable
from local.desk import Desk
from local.environment import BUCKET
from local.gallery_process import GalleryProcess
from local.gate import TOKEN_HEADER
from local.logs.query import LogLine, LogPlace
from local.serve_files import Served, ServeFiles, permanent_keys
from local.services import CloudConfig, CloudServices
from local.template_deployment import TemplateDeployment
from local.trigger_dispatcher import Dispatcher
from local.trigger_kinds import TICKET_PREFIX
from tools.complaints import UserError, print_error
from tools.interrupts import STOPPED

FOLDER = Path("build/serve")
"""Where endpoints.json and env are, and the data unless told otherwise."""
FIRST_PORT = 8790
"""OSS has this port, the others follow in the order of Ports."""
TICK_SECONDS = 60.0
KEPT_SECONDS = 2.0
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The ports; 0 is any free one."""

    oss: int
    api: int
    control: int
    desk: int
    log: int
    gallery: int

    @classmethod
    def from_first(cls, first: int) -> Ports:
        """Return a row of ports, or any free ones for 0."""
        return cls(*(first + number if first else 0 for number in range(len(fields(cls)))))


class PortError(UserError):
    """One of the ports cannot be used; the message says which and why."""


def check_ports(ports: Ports) -> None:
    """Raise PortError for a port that cannot be used, before anything that takes a while."""
    for port in filter(None, astuple(ports)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
            try:
                probe.bind((_HOST, port))
            except OSError as error:
                raise PortError(
                    f"Port {port} of {_HOST} cannot be used ({error.strerror}).",
                    f"Stop what has it, or choose {len(fields(Ports))} others with make serve"
                    " PORT=9100.",
                ) from None


async def serve(data: Path, ports: Ports) -> None:
    """Serve until SIGINT or SIGTERM; stored objects are kept for the next start.

    Raises UserError and OSError.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    config = CloudConfig(
        data, oss_port=ports.oss, api_port=ports.api, control_port=ports.control, log_port=ports.log
    )
    async with AsyncExitStack() as ending:
        cloud = Cloud(config)
        ending.push_async_callback(cloud.stop)
        check_ports(ports)
        owner, function = permanent_keys(data)
        cloud.services.keys.found_on(owner, function)
        client = CloudClient(asdict(await cloud.start()), owner, function)
        await asyncio.to_thread(_add_sample_jobs, client)
        deployment = await asyncio.to_thread(_deploy, client, loop, cloud.services)
        ending.push_async_callback(asyncio.to_thread, deployment.close)
        dispatcher = deployment.dispatcher()
        cloud.services.oss.on_created.append(dispatcher.on_created)
        cloud.services.on_reset.append(deployment.forget_keys)
        runner = web.AppRunner(
            Desk(deployment.function, dispatcher, client.token).application(), access_log=None
        )
        ending.push_async_callback(runner.cleanup)
        served = Served(
            client, await _listen(runner, ports.desk), BUCKET, _log_place(deployment), data
        )
        files = ServeFiles(FOLDER)
        ending.push_async_callback(asyncio.to_thread, files.delete)
        replaced = await asyncio.to_thread(files.owner)
        await asyncio.to_thread(files.write, served)
        gallery = GalleryProcess(files.endpoints, ports.gallery)
        ending.push_async_callback(gallery.stop)
        served = replace(served, gallery=await gallery.start())
        await asyncio.to_thread(files.write, served)
        if not ended.is_set():
            _print_help(served, files, replaced)
        for work in (_tick(dispatcher), _keep(files)):
            ending.callback(asyncio.create_task(work).cancel)
        await ended.wait()
    print("Stopped.", flush=True)


async def _listen(runner: web.AppRunner, port: int) -> str:
    """Open the desk's port, and return its URL."""
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return f"http://{_HOST}:{cast('tuple[str, int]', runner.addresses[0])[1]}"


def _deploy(
    client: CloudClient, loop: asyncio.AbstractEventLoop, services: CloudServices
) -> TemplateDeployment[CloudClient]:
    """Start the functions of template.yml, with their settings, triggers, roles and log."""

    def store(place: LogPlace, line: LogLine) -> None:
        loop.call_soon_threadsafe(services.log_stores.add, place, line)

    runtime = "python3.10" if sys.version_info < (3, 12) else "python3.12"
    parameters = {"Bucket": BUCKET, "Runtime": runtime}
    deployment = TemplateDeployment(
        client, parameters, on_log=lambda line: print(line, flush=True), on_stored=store
    )
    loop.call_soon_threadsafe(services.log_stores.create, _log_place(deployment))
    return deployment


def _log_place(deployment: TemplateDeployment[CloudClient]) -> LogPlace:
    """Return the Logstore, which all functions of the template share."""
    return deployment.log_place(next(iter(deployment.resolved.functions())))


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


async def _keep(files: ServeFiles) -> None:
    """Write the files anew once the server that has replaced them is gone, even if killed."""
    while True:
        await asyncio.sleep(KEPT_SECONDS)
        with suppress(OSError):  # as of a full disk; it is tried again
            await asyncio.to_thread(files.write_again)


def _print_help(served: Served, files: ServeFiles, replaced: str) -> None:
    client, sample = served.client, sample_jobs.load()[0]
    body = f'{{"jobs": [{{"jobId": "{sample.job_id}", "api": "{sample.api}"}}]}}'
    curl = f'curl -H "{TOKEN_HEADER}: $LAPTOP_TOKEN"'
    print(
        f"""The local cloud is running, with the jobs of local/samples/jobs.

What jobs made is shown by the gallery:

  {served.gallery or "it did not start; try make gallery ARGS=--laptop"}

  OSS   {client.oss_endpoint}
        path style; bucket {served.bucket}, region {client.region}
  API   {client.api_endpoint}
        QueryIProductionJob of MPS and of IMS
  Log   {client.log_endpoint}
        GetLogs; project {served.log.project}, Logstore {served.log.store}
  Desk  {served.desk}
        calls, messages and ticks, see below
  Data  {served.data}

Keys and addresses for another shell, and for programs
({files.endpoints}):

  . {files.env}
{_of_another(replaced)}
A direct call:

  {curl} \\
    $LAPTOP_DESK/invoke \\
    -d '{body}'

An MNS message:

  {curl} \\
    "$LAPTOP_DESK/messages?shape=topic-json" \\
    -d '{body}'

A timer event, which is also sent every {TICK_SECONDS:g} seconds:

  {curl} -X POST $LAPTOP_DESK/tick

An OSS upload: put an object below {TICKET_PREFIX} with any OSS client.

The function's log follows. Press Ctrl-C to stop.
""",
        flush=True,
    )


def _of_another(replaced: str) -> str:
    if not replaced:
        return ""
    return f"""
They replace those of the server at {replaced}, which still
runs. It writes its own anew soon after this one has ended.
"""


def main(arguments: Sequence[str]) -> int:
    """Serve, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make serve", description=__doc__)
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="of OSS; 0 is any free one")
    asked = parser.parse_args(arguments)
    if asked.port not in (0, *range(1, 65536 - len(fields(Ports)) + 1)):
        parser.error(f"--port must leave room for {len(fields(Ports))} ports below 65536")
    try:
        asyncio.run(serve(asked.data, Ports.from_first(asked.port)))
    except UserError as error:
        print_error(error.what, error.remedy)
        return 1
    except OSError as error:
        told = unwritable(asked.data, error) if error.filename else UserError(str(error))
        print_error(told.what, told.remedy)
        return 1
    except KeyboardInterrupt:  # before the loop listens to it
        print("Stopped.", flush=True)
        return STOPPED
    return 0
