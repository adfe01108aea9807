"""One laptop cloud for all tests of this folder, empty at the start of each."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import oss2
import pytest
import requests
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

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


@dataclass(frozen=True)
class Api:
    """The RPC-style APIs as the core SDK calls them, without its own retries."""

    cloud: LocalCloud

    def call(
        self,
        version: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        identity: Identity | None = None,
        method: str = "POST",
        in_body: bool = False,
    ) -> Any:
        """Return the decoded answer, raising the SDK's own exceptions."""
        request = CommonRequest(
            domain=self.cloud.api_endpoint.removeprefix("http://"),
            version=version,
            action_name=action,
        )
        request.set_protocol_type("http")
        request.set_method(method)
        add = request.add_body_params if in_body else request.add_query_param
        for name, value in parameters.items():
            add(name, value)
        body = self.client(identity or self.cloud.credentials).do_action_with_exception(request)
        return json.loads(body)

    def client(self, identity: Identity) -> Any:
        """Make a client of an identity."""
        key = (identity.access_key_id, identity.access_key_secret)
        if identity.security_token:
            credential = StsTokenCredential(*key, identity.security_token)
        else:
            credential = AccessKeyCredential(*key)
        return AcsClient(region_id=self.cloud.region, credential=credential, auto_retry=False)

    def query(self, job_id: str, api: str = "mps", **how: Any) -> Any:
        """Query a job."""
        version = {"mps": "2014-06-18", "ims": "2020-11-09"}[api]
        return self.call(version, "QueryIProductionJob", {"JobId": job_id}, **how)


@pytest.fixture
def api(cloud: LocalCloud) -> Api:
    return Api(cloud)
