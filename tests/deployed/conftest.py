"""The functions of template.yml on their hosts, under the template's roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.client import LocalCloud
from local.template_deployment import TemplateDeployment
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
def one_deployment(deployed_cloud: LocalCloud) -> Iterator[TemplateDeployment[LocalCloud]]:
    deployment = TemplateDeployment(deployed_cloud, PARAMETERS)
    yield deployment
    deployment.close()


@pytest.fixture
def deployment(
    deployed_cloud: LocalCloud, one_deployment: TemplateDeployment[LocalCloud]
) -> TemplateDeployment[LocalCloud]:
    """Return the deployment beside an empty cloud with a bucket."""
    deployed_cloud.reset()
    deployed_cloud.create_bucket(BUCKET)
    one_deployment.forget_keys()
    return one_deployment


@pytest.fixture
def stage(deployment: TemplateDeployment[LocalCloud]) -> Stage:
    """Return what the end-to-end tests run on, made of the template."""
    return Stage(deployment.cloud, deployment.function)
