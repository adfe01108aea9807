"""Calls of services that have no SDK here: one request of the OpenAPI client each.

Names and parameters are those of the vendor's SDKs: alibabacloud_ram20150501 1.3.0, mts20140618
6.0.3, ice20201109 6.20.2, fnf20190315 2.0.1, mns_open20220119 1.4.1, cms20190101 4.0.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from deploy.sdk import load
from deploy.service_errors import explain_sdk
from deploy.settings import Settings

_CONNECT_MS = 10_000
_READ_MS = 60_000


class RpcService(NamedTuple):
    """A service: its name in RAM, the version of its API, and its host in a region.

    `signature` is the algorithm that its SDK asks for, empty for the usual one.
    """

    name: str
    version: str
    host: str
    signature: str = ""


RAM = RpcService("ram", "2015-05-01", "ram.aliyuncs.com")
MTS = RpcService("mts", "2014-06-18", "mts.{region}.aliyuncs.com")
ICE = RpcService("ice", "2020-11-09", "ice.{region}.aliyuncs.com")
FNF = RpcService("fnf", "2019-03-15", "{region}.fnf.aliyuncs.com", "v2")
MNS = RpcService("mns", "2022-01-19", "mns-open.{region}.aliyuncs.com")
CMS = RpcService("cms", "2019-01-01", "metrics.{region}.aliyuncs.com")
SERVICES = (RAM, MTS, ICE, FNF, MNS, CMS)


def ask(
    settings: Settings, service: RpcService, action: str, **parameters: str | int
) -> Mapping[str, Any]:
    """Return the answer of an action. Raises DeployError, which names the right that is missing."""
    utils = load("alibabacloud_tea_openapi.utils_models")
    by_get = service is FNF and action.startswith(("Describe", "List"))  # as its SDK does
    wanted = utils.Params(
        action=action,
        version=service.version,
        protocol="HTTPS",
        pathname="/",
        method="GET" if by_get else "POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    query = {name: str(value) for name, value in parameters.items()}
    options = load("darabonba.runtime").RuntimeOptions()
    try:
        answer = _client(settings, service).call_api(
            wanted, utils.OpenApiRequest(query=query), options
        )
    except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
        raise explain_sdk(error, f"{service.name}:{action}", settings.keys) from None
    return answer.get("body") or {}


def _client(settings: Settings, service: RpcService) -> Any:
    endpoint = settings.endpoints.get(service.name.upper(), "")
    scheme, _, host = endpoint.rpartition("://")
    config = load("alibabacloud_tea_openapi.utils_models").Config(
        access_key_id=settings.keys.access_key_id,
        access_key_secret=settings.keys.access_key_secret,
        security_token=settings.keys.security_token or None,
        region_id=settings.region,
        endpoint=host or service.host.format(region=settings.region),
        protocol=scheme or "https",
        signature_algorithm=service.signature or None,
        connect_timeout=_CONNECT_MS,
        read_timeout=_READ_MS,
    )
    return load("alibabacloud_tea_openapi.client").Client(config)
