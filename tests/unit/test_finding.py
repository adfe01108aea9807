"""The queries of docs/finding.md, as oss2 sends them and reads what comes back."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import oss2
import pytest

from tests.unit.samples import ID, files_answer
from tests.unit.world import MANIFESTS, World

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "finding.md").read_text(encoding="utf-8")
FILE = (
    "<File><Filename>manifests/{}.json</Filename><Size>5</Size>"
    "<FileModifiedTime>{}T08:00:00+08:00</FileModifiedTime>"
    "<OSSUserMeta><UserMeta><Key>x-oss-meta-status</Key><Value>{}</Value></UserMeta></OSSUserMeta>"
    "</File>"
)
PAGES = {
    "": ("t2", FILE.format("a", "2026-01-30", "failed") + FILE.format("b", "2026-01-30", "failed")),
    "t2": ("", FILE.format("c", "2026-01-31", "complete")),
}


class Index(BaseHTTPRequestHandler):
    """An index of two pages, which notes what it is asked."""

    asked: list[tuple[str, ET.Element]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        query = ET.fromstring(body)  # noqa: S314 - oss2 wrote it
        self.asked.append((self.path, query))
        token, files = PAGES[query.findtext("NextToken") or ""]
        answer = f"<MetaQuery><NextToken>{token}</NextToken><Files>{files}</Files></MetaQuery>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def index() -> Iterator[tuple[oss2.Bucket, list[tuple[str, ET.Element]]]]:
    """Serve an index, and return a bucket that has it."""
    asked: list[tuple[str, ET.Element]] = []
    handler = type("Handler", (Index,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield oss2.Bucket(oss2.Auth("id", "secret"), address, "media", is_path_style=True), asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """Load the example that the page links."""
    spec = spec_from_file_location("find_manifests", DOCS / "examples" / "find_manifests.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def stored(answer: dict[str, Any]) -> dict[str, str]:
    """Return the metadata of a manifest, with the names that the index has."""
    world = World()
    world.api.say(ID, answer)
    world.deliver(ID)
    metadata = world.store.objects[world.settings.bucket, f"{MANIFESTS}{ID}.json"].metadata
    return {f"OSSUserMeta.x-oss-meta-{name}": value for name, value in metadata.items()}


def test_a_query_goes_through_all_pages(
    example: ModuleType, index: tuple[oss2.Bucket, list[tuple[str, ET.Element]]]
) -> None:
    """A catalogue with more than a hundred failures must find all of them."""
    bucket, asked = index
    conditions = [example.meta("status", "failed"), example.since("2026-01-30T00:00:00Z")]
    found = [file.file_name for file in example.find(bucket, *conditions)]
    assert found == [f"manifests/{name}.json" for name in "abc"]
    assert {path.partition("?")[2].replace("=", "") for path, _ in asked} == {"metaQuery&compquery"}
    assert [query.findtext("NextToken") for _, query in asked] == ["", "t2"]


def test_the_page_shows_what_is_sent(
    example: ModuleType, index: tuple[oss2.Bucket, list[tuple[str, ET.Element]]]
) -> None:
    """Who uses ossutil copies the XML from the page."""
    bucket, asked = index
    conditions = [example.meta("status", "failed"), example.since("2026-01-30T00:00:00Z")]
    list(example.find(bucket, *conditions))
    shown = re.search(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    printed = ET.fromstring(shown[1])  # noqa: S314 - ours
    sent = asked[0][1]
    assert json.loads(printed.findtext("Query") or "") == json.loads(sent.findtext("Query") or "")
    assert printed.findtext("MaxResults") == sent.findtext("MaxResults")


def test_manifests_are_counted_by_day_and_status(
    example: ModuleType, index: tuple[oss2.Bucket, list[tuple[str, ET.Element]]]
) -> None:
    """The index groups no metadata, so the example does."""
    assert example.by_day(index[0]) == {
        ("2026-01-30", "failed"): 2,
        ("2026-01-31", "complete"): 1,
    }


def test_what_is_searched_for_is_what_a_manifest_has(example: ModuleType) -> None:
    """A condition that encodes or hashes otherwise would find nothing, and say nothing."""
    key, text = "影/a b+c.mp4", "order 4711 ✓"
    place = f"oss://media-uploads.oss-cn-shanghai.aliyuncs.com/{key}"
    metadata = stored(files_answer("a.srt", Input=place, UserData=text))
    for wanted in (
        example.meta("job-id", ID),
        example.meta("status", "partial"),
        example.meta("api", "mps"),
        example.meta("function", "CaptionExtraction"),
        example.of_input("media-uploads", key),
        example.of_user_data(text),
    ):
        assert metadata.pop(wanted["Field"]) == wanted["Value"]
    assert metadata == {}


def test_the_page_names_all_metadata() -> None:
    """A name that nobody knows of is searched for by nobody."""
    named = re.findall(r"^\| `x-oss-meta-([a-z0-9-]+)` \|", PAGE, re.MULTILINE)
    assert {f"OSSUserMeta.x-oss-meta-{name}" for name in named} == set(stored(files_answer("a")))
