"""The functions of template.yml on their hosts, under the template's roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.client import LocalCloud
from local.deployed import Deployment
from tests.e2e.conftest import BUCKET, Stage

PARAMETERS = {
    "Bucket": BUCKET,
    "AllowedBuckets": f"{BUCKET},bucket",
    "Runtime": "python3.12",
    "ApiQps": "1000",
}


@pytest.fixture(scope="session")
def deployed_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def one_deployment(deployed_cloud: LocalCloud) -> Iterator[Deployment[LocalCloud]]:
    deployment = Deployment(deployed_cloud, PARAMETERS)
    yield deployment
    deployment.close()


@pytest.fixture
def deployment(
    deployed_cloud: LocalCloud, one_deployment: Deployment[LocalCloud]
) -> Deployment[LocalCloud]:
    """Give the deployment beside an empty cloud with a bucket."""
    deployed_cloud.reset()
    deployed_cloud.create_bucket(BUCKET)
    one_deployment.forget_keys()
    return one_deployment


@pytest.fixture
def stage(deployment: Deployment[LocalCloud]) -> Stage:
    """Give what the end-to-end tests play on, made of the template."""
    return Stage(deployment.cloud, deployment.function)
