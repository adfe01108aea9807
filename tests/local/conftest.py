"""One laptop cloud for all tests of this folder, empty at the start of each."""

from collections.abc import Callable, Iterator
from typing import Any

import oss2
import pytest
import requests

from local.client import LocalCloud
from local.identity import Identity

BUCKET = "media-bucket"

Connect = Callable[..., Any]


def new_session() -> oss2.Session:
    """Make a session that reads answers to writes: oss2 leaves some unread, which leaks sockets."""

    def read(response: requests.Response, **_: object) -> None:
        if response.request.method != "GET":
            assert response.content is not None

    session = oss2.Session()
    session.session.hooks["response"].append(read)
    return session


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: LocalCloud) -> LocalCloud:
    running_cloud.reset()
    running_cloud.create_bucket(BUCKET)
    return running_cloud


@pytest.fixture
def connect(cloud: LocalCloud) -> Iterator[Connect]:
    """Make oss2 buckets of an identity, and close their connections in the end."""
    sessions: list[oss2.Session] = []

    def make(
        identity: Identity = cloud.credentials,
        *,
        version: str = oss2.AUTH_VERSION_1,
        bucket: str = BUCKET,
        region: str = cloud.region,
        endpoint: str = cloud.oss_endpoint,
    ) -> Any:
        provider = oss2.credentials.StaticCredentialsProvider(
            identity.access_key_id, identity.access_key_secret, identity.security_token
        )
        auth = oss2.ProviderAuthV4(provider) if version == "v4" else oss2.ProviderAuth(provider)
        sessions.append(new_session())
        return oss2.Bucket(auth, endpoint, bucket, session=sessions[-1], region=region)

    yield make
    for session in sessions:
        session.session.close()


@pytest.fixture
def bucket(connect: Connect) -> Any:
    """Return the bucket as the function sees it: STS credentials, signature V1."""
    return connect()
