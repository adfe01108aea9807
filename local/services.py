"""The services of the local cloud over one data folder, without the ports they are served on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from local.data_folder import FolderLock
from local.database import open_database
from local.faults import Faults
from local.identity import KeyRing, Policy
from local.jobs.service import JobService
from local.jobs.store import JobStore
from local.journal import Journal
from local.logs.service import LogService
from local.logs.store import LogStores
from local.mns.service import PATH, TopicService
from local.mns.topics import Topics
from local.oss.service import OssService
from local.oss.store import ObjectStore
from local.request_pipeline import RequestPipeline


@dataclass(frozen=True)
class CloudConfig:
    """Settings of a local cloud; port 0 is any free one, latencies are in seconds.

    Whoever knows `token` may use the control port. Faults kill descendants of `family` only, by
    default those of this process.
    """

    data: Path
    region: str = "cn-shanghai"
    oss_port: int = 0
    api_port: int = 0
    log_port: int = 0
    control_port: int = 0
    oss_latency: float = 0.0
    api_latency: float = 0.0
    api_qps: int | None = 100
    journal_size: int = 200_000
    seed: int = 0
    family: int | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class CloudServices:
    """The services, and what they share: stored data, keys, policies, faults and the journal.

    Raises FolderInUseError if another server has the data folder.
    """

    def __init__(self, config: CloudConfig) -> None:
        self.config = config
        self._lock = FolderLock(config.data)
        self.journal = Journal(config.journal_size)
        self.faults = Faults(config.seed, config.family)
        self.keys = KeyRing()
        self.policy = Policy()
        self.pipeline = RequestPipeline(self.journal, self.faults)
        self.database = open_database(config.data)
        self.store = ObjectStore(self.database, config.data / "blobs")
        self.job_store = JobStore(self.database)
        self.on_reset: list[Callable[[], None]] = []
        self.log_stores = LogStores(self.database)
        self.logs = LogService(
            self.pipeline, self.log_stores, self.keys, self.policy, config.region
        )
        self.oss = OssService(self.pipeline, self.store, self.keys, self.policy, config.region)
        self.jobs = JobService(self.pipeline, self.job_store, self.keys, self.policy, config.region)
        self.topics = Topics()
        self.mns = TopicService(self.pipeline, self.topics, self.keys, self.policy, config.region)
        self._apply_settings()

    async def handle_api(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to the port of the APIs: MNS is told by its path."""
        service = self.mns if PATH.match(request.raw_path) else self.jobs
        return await service.handle(request)

    def reset(self) -> None:
        """Delete all data, and restore the settings that the cloud was started with."""
        self.store.reset()
        self.job_store.reset()
        self.log_stores.reset()
        self.journal.reset()
        self.faults.clear()
        self.keys.reset()
        self.policy.denials.clear()
        self.topics.reset()
        self.jobs.nonces.clear()
        self.jobs.quota.clear()
        self._apply_settings()
        for told in self.on_reset:
            told()

    async def close(self) -> None:
        """Wait for watchers of objects and for pushes; close the database; stored data stays."""
        await self.oss.settle()
        await self.topics.settle()
        self.database.close()
        self._lock.release()

    def _apply_settings(self) -> None:
        config = self.config
        self.jobs.quota.per_second = config.api_qps
        api = dict.fromkeys(("mps", "ims", "fnf", "mns"), config.api_latency)
        self.pipeline.latency = {"oss": config.oss_latency, **api}
