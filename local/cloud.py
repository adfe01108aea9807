"""The local cloud as a process: its services on loopback ports of their own over one data folder.

`python -m local.cloud --data DIR` serves until SIGTERM, SIGINT or the end of its standard input,
so that it never outlives the process that started it. It prints one JSON line when it is ready.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiohttp import web

from local.control import Control
from local.front_page import front_page
from local.oss.framing import OssServer
from local.services import CloudConfig, CloudServices
from tools.complaints import UserError, print_error

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True)
class Endpoints:
    """The URLs of the ports, and the token of the control port."""

    oss: str
    api: str
    log: str
    control: str
    region: str
    token: str = field(repr=False)


class Cloud:
    """The services on their ports; `await start()` opens the ports, `await stop()` closes them."""

    def __init__(self, config: CloudConfig) -> None:
        self.services = CloudServices(config)
        self._config = config
        self._runners: list[web.BaseRunner] = []

    async def start(self) -> Endpoints:
        """Open the ports."""
        config, services = self._config, self.services
        control = web.AppRunner(
            Control(services).application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        return Endpoints(
            await self._listen(_runner(OssServer, self._answer_oss), config.oss_port),
            await self._listen(_runner(web.Server, services.handle_api), config.api_port),
            await self._listen(_runner(web.Server, services.logs.handle), config.log_port),
            await self._listen(control, config.control_port),
            config.region,
            config.token,
        )

    async def _answer_oss(self, request: web.BaseRequest) -> web.StreamResponse:
        return front_page(request) or await self.services.oss.handle(request)

    async def stop(self) -> None:
        """Close the ports and the database; stored data stays."""
        for runner in self._runners:
            await runner.cleanup()
        await self.services.close()

    async def _listen(self, runner: web.BaseRunner, port: int) -> str:
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, _HOST, port, backlog=1024).start()
        _, bound = runner.addresses[0][:2]
        return f"http://{_HOST}:{bound}"


def _runner(kind: type[web.Server], handle: Handler) -> web.ServerRunner:
    # bodies are taken as they are sent: a Content-Encoding belongs to the object
    server = kind(handle, access_log=None, auto_decompress=False)
    return web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)


async def _serve(config: CloudConfig) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    cloud = Cloud(config)
    endpoints = await cloud.start()
    _watch_input(loop, ended)
    print(json.dumps(asdict(endpoints)), flush=True)
    await ended.wait()
    await cloud.stop()


def _watch_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Stop the server when its standard input is closed, as when the starting process dies."""

    def watch() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        if not loop.is_closed():
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _parse(arguments: Sequence[str]) -> CloudConfig:
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--region", default="cn-shanghai")
    for name in ("--oss-port", "--api-port", "--log-port", "--control-port", "--seed"):
        parser.add_argument(name, type=int, default=0)
    for name in ("--oss-latency", "--api-latency"):
        parser.add_argument(name, type=float, default=0.0, help="seconds")
    parser.add_argument("--api-qps", type=int, default=100, help="0 is no limit")
    parser.add_argument("--journal-size", type=int, default=200_000)
    parser.add_argument("--family", type=int, help="whose descendants faults may kill")
    values = vars(parser.parse_args(arguments))
    return CloudConfig(**{**values, "api_qps": values["api_qps"] or None})


def main(arguments: Sequence[str]) -> int:
    """Serve, and return the exit status."""
    try:
        asyncio.run(_serve(_parse(arguments)))
    except BrokenPipeError:  # whoever started it is gone already
        return 1
    except (UserError, OSError) as error:
        print_error(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
