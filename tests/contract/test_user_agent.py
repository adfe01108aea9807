"""Every service learns which release of ours calls: it is in the User-Agent of each request."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress

from mps_manifest import __version__
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.mns import MnsTopic
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.errors import Unreachable
from mps_manifest.settings import read_settings
from tests.contract.servers import Server

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


def test_oss_and_the_apis_learn_the_version(servers: Callable[..., Server]) -> None:
    """Who looks at access logs can tell releases apart."""

    def serve(one: socket.socket, _: int) -> None:
        while True:
            server.take(one)
            body = b"" if server.asked[-1].startswith(b"HEAD") else b"{}"
            one.sendall(EMPTY + body)

    server = servers(serve)
    endpoint = f"http://{server.origin}"
    settings = read_settings(
        {
            "BUCKET": "media",
            "REGION": "cn-shanghai",
            "OSS_ENDPOINT": endpoint,
            "API_ENDPOINT": endpoint,
            "ANNOUNCE_TOPIC": "told",
        }
    )
    keys, connections = Credentials("id", "secret", "token"), Connections(2)
    OssStore(settings, keys, connections).head("media", "key")
    ProductionApi(settings, keys, connections).query("mps", "a" * 32)
    with suppress(Unreachable):  # two bytes are no receipt
        MnsTopic(settings, keys, connections).publish("x")
    connections.close()
    assert len(server.heads) == 3
    for head in server.heads:
        (agent,) = re.findall(r"(?i)^user-agent: (.*)\r$", head.decode(), re.MULTILINE)
        assert agent.endswith(f"mps-manifest/{__version__}")
