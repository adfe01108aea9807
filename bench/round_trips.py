"""The round trips of a job without a function: signed requests over open connections."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import oss2
from aliyunsdkcore.request import RpcRequest

from bench.harness import QUERY
from bench.jobs import BUCKET, TWO_FILES, sample
from local.client import CloudClient

_BODY = b"x" * 2_048
_MANIFEST = {"Content-Type": "application/json"}


def round_trips(cloud: CloudClient, job_id: str, count: int) -> float:
    """Return the sum of the seconds of query, HEAD and PUT, each the median of `count` requests."""
    bucket = _bucket(cloud)
    key = sample(TWO_FILES).objects[0].key
    put = f"manifests/{job_id}.json"
    return (
        _median(cloud.api_endpoint, "GET", count, lambda: _query(cloud, job_id))
        + _median(cloud.oss_endpoint, "HEAD", count, lambda: bucket.sign_url("HEAD", key, 600))
        + _median(
            cloud.oss_endpoint,
            "PUT",
            count,
            lambda: bucket.sign_url("PUT", put, 600, headers=_MANIFEST),
        )
    )


def _bucket(cloud: CloudClient) -> oss2.Bucket:
    auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
    return oss2.Bucket(auth, cloud.oss_endpoint, BUCKET)


def _query(cloud: CloudClient, job_id: str) -> str:
    request = RpcRequest("mts", "2014-06-18", QUERY)
    request.add_query_param("JobId", job_id)
    keys = cloud.owner
    return str(request.get_url(cloud.region, keys.access_key_id, keys.access_key_secret))


def _median(endpoint: str, method: str, count: int, url: Callable[[], str]) -> float:
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    seconds = [_exchange(connection, method, url()) for _ in range(count + 1)]
    connection.close()
    return statistics.median(seconds[1:])


def _exchange(connection: http.client.HTTPConnection, method: str, url: str) -> float:
    parts = urlsplit(url)
    body, headers = (_BODY, _MANIFEST) if method == "PUT" else (None, {})
    started = time.perf_counter()
    connection.request(method, f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    response.read()
    seconds = time.perf_counter() - started
    if response.status != 200:
        raise RuntimeError(f"{method} returned status {response.status}")
    return seconds
