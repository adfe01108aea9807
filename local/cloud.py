"""The laptop cloud as a whole: three loopback ports over one data folder.

`python -m local.cloud --data DIR` serves until SIGTERM, SIGINT or the end of its standard input,
so that it never outlives what started it. It prints one JSON line when it is ready.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from local.control import Control
from local.database import open_database
from local.exchange import Exchange
from local.faults import Faults
from local.identity import KeyRing, Policy
from local.jobs.service import JobService
from local.jobs.store import JobStore
from local.journal import Journal
from local.oss.service import OssService
from local.oss.store import ObjectStore

_HOST = "127.0.0.1"
_SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True)
class CloudConfig:
    """Settings of a laptop cloud; port 0 is any free one, latencies are in seconds."""

    data: Path
    region: str = "cn-shanghai"
    oss_port: int = 0
    api_port: int = 0
    control_port: int = 0
    oss_latency: float = 0.0
    api_latency: float = 0.0
    api_qps: int | None = 100
    journal_size: int = 200_000
    seed: int = 0


@dataclass(frozen=True)
class Endpoints:
    """Where the three ports are."""

    oss: str
    api: str
    control: str
    region: str


@dataclass
class Cloud:
    """All parts of one cloud; `await start()` opens its ports, `await stop()` closes them."""

    config: CloudConfig
    _runners: list[web.BaseRunner] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.config
        self.journal = Journal(config.journal_size)
        self.faults = Faults(config.seed)
        self.keys = KeyRing()
        self.policy = Policy()
        self.exchange = Exchange(self.journal, self.faults)
        self.database = open_database(config.data)
        self.store = ObjectStore(self.database, config.data / "blobs")
        self.job_store = JobStore(self.database)
        self.oss = OssService(self.exchange, self.store, self.keys, self.policy, config.region)
        self.jobs = JobService(self.exchange, self.job_store, self.keys, self.policy, config.region)
        self._apply_settings()

    async def start(self) -> Endpoints:
        """Open the ports."""
        config = self.config
        oss = web.ServerRunner(
            web.Server(self.oss.handle, access_log=None), shutdown_timeout=_SHUTDOWN_SECONDS
        )
        api = web.ServerRunner(
            web.Server(self.jobs.handle, access_log=None), shutdown_timeout=_SHUTDOWN_SECONDS
        )
        control = web.AppRunner(
            Control(self).application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        return Endpoints(
            await self._listen(oss, config.oss_port),
            await self._listen(api, config.api_port),
            await self._listen(control, config.control_port),
            config.region,
        )

    async def stop(self) -> None:
        """Close the ports and the database; all that was stored stays."""
        for runner in self._runners:
            await runner.cleanup()
        await self.oss.settle()
        self.database.close()

    def reset(self) -> None:
        """Return to an empty cloud with the settings it was started with."""
        self.store.reset()
        self.job_store.reset()
        self.journal.reset()
        self.faults.clear()
        self.keys.reset()
        self.policy.denials.clear()
        self.jobs.nonces.clear()
        self.jobs.quota.clear()
        self._apply_settings()

    def _apply_settings(self) -> None:
        config = self.config
        self.jobs.quota.per_second = config.api_qps
        api = dict.fromkeys(("mps", "ims", "fnf"), config.api_latency)
        self.exchange.latency = {"oss": config.oss_latency, **api}

    async def _listen(self, runner: web.BaseRunner, port: int) -> str:
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, _HOST, port, backlog=1024).start()
        _, bound = runner.addresses[0][:2]
        return f"http://{_HOST}:{bound}"


async def _serve(config: CloudConfig) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    cloud = Cloud(config)
    endpoints = await cloud.start()
    _watch_input(loop, ended)
    print(json.dumps(endpoints.__dict__), flush=True)
    await ended.wait()
    await cloud.stop()


def _watch_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """End when whoever started us closes our standard input, by intent or by dying."""

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
    for name in ("--oss-port", "--api-port", "--control-port", "--seed"):
        parser.add_argument(name, type=int, default=0)
    for name in ("--oss-latency", "--api-latency"):
        parser.add_argument(name, type=float, default=0.0, help="seconds")
    parser.add_argument("--api-qps", type=int, default=100, help="0 is no limit")
    parser.add_argument("--journal-size", type=int, default=200_000)
    values = vars(parser.parse_args(arguments))
    return CloudConfig(**{**values, "api_qps": values["api_qps"] or None})


if __name__ == "__main__":
    asyncio.run(_serve(_parse(sys.argv[1:])))
