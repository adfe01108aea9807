"""Every service learns which release of ours calls: it is in the User-Agent of each request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from mps_manifest import __version__
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.settings import read_settings


class Listener(BaseHTTPRequestHandler):
    """Answers everything with an empty object and remembers who called."""

    agents: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.agents.append(self.headers["User-Agent"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"{}")

    do_HEAD = do_GET  # noqa: N815 - http.server finds it by this name

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_oss_and_the_apis_learn_the_version(endpoint: str) -> None:
    """Who looks at access logs can tell releases apart."""
    settings = read_settings(
        {
            "BUCKET": "media",
            "REGION": "cn-shanghai",
            "OSS_ENDPOINT": endpoint,
            "API_ENDPOINT": endpoint,
        }
    )
    keys, connections = Credentials("id", "secret", "token"), Connections(2)
    OssStore(settings, keys, connections).head("media", "key")
    ProductionApi(settings, keys, connections).query("mps", "a" * 32)
    connections.close()
    assert len(Listener.agents) == 2
    assert all(agent.endswith(f"mps-manifest/{__version__}") for agent in Listener.agents)
