"""Killing and freezing instances loses nothing and exceeds nothing, counted at the API."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bench.jobs import BUCKET, seed
from bench.system.counting import busiest_second
from bench.system.disturbance import Plan, disturbed
from bench.system.runs import finished
from bench.system.sources import backlog, queue, ticket, topic
from bench.system.stack import Stack
from local.client import LocalCloud
from tests.e2e.backlog import make_due

QUOTA, INSTANCES, JOBS = 40, 4, 25
SOURCES = (topic, queue, ticket, backlog)
PARAMETERS = {"ApiQps": str(QUOTA), "MaxInstances": str(INSTANCES), "SweepTimeout": "20"}
OFTEN = Plan(every=0.3, frozen=(0.2, 0.7, 1.5), times=6)
ONE_AHEAD = (1.0, 0.0, 0.0)
PATIENCE = 150.0
"""Seconds; jobs of a killed delivery are parked for up to a minute, and a sweep waits for them."""


@pytest.fixture(scope="module")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: LocalCloud) -> LocalCloud:
    running_cloud.reset()
    running_cloud.create_bucket(BUCKET)
    # the service refuses nothing, so that whatever exceeds the quota is seen
    running_cloud.configure(api_qps=None, latency={"mps": 0.02, "oss": 0.002})
    return running_cloud


def wait_for(stack: Stack, jobs: int) -> None:
    """Wait for all manifests; what a killed sweep leaves is due at once, as if time had passed."""
    until = time.monotonic() + PATIENCE
    while not stack.wait_for(jobs, 1.0):
        assert time.monotonic() < until, f"{stack.written()} of {jobs} manifests"
        if not stack.busy:
            make_due(stack.cloud)


@pytest.mark.slow
def test_disturbing_instances_loses_nothing_and_exceeds_nothing(cloud: LocalCloud) -> None:
    """Whoever takes over from a killed or frozen instance cannot know what that one used up."""
    with Stack(cloud, PARAMETERS, clock_offsets=ONE_AHEAD, tick_seconds=2.0) as stack:
        stack.warm_up()
        with disturbed(stack, OFTEN) as tally:
            ids = [job_id for source in SOURCES for job_id in source(stack, seed(cloud, JOBS))]
            wait_for(stack, len(ids))
        outcome = finished(stack)
        assert stack.deployment.failures == []
    queries = outcome.queries()
    assert set(ids) == set(outcome.written)
    assert (tally.killed, tally.frozen > 0) == (3, True)
    assert len(queries) >= len(ids)
    assert busiest_second(query.arrival for query in queries) <= QUOTA
