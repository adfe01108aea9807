"""What the addresses of a gallery answer, and to whom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from mps_manifest.errors import Unreachable
from tests.gallery.sites import (
    HOSTILE,
    RESULTS,
    MemorySource,
    hostile,
    job_id,
    manifest,
    resource,
    served,
)


@pytest.fixture(scope="module")
def source() -> MemorySource:
    source = MemorySource()
    files = [resource("out/a b.jpg"), resource("out/gone.jpg", status="missing")]
    files.append(resource("out/a.srt", mediatype="application/x-subrip", roles=["captions"]))
    answer = {"Result": {"Data": [{"Url": "out/a b.jpg"}]}}
    source.put(manifest(1, resources=files, answer=answer))
    source.objects[RESULTS, "out/a.srt"] = "1\n00:00:01,000 --> 00:00:02,500\n<b>海</b>\n".encode()
    source.objects[RESULTS, "out/a b.jpg"] = b"a picture"
    source.objects["media-uploads", "films/1.mp4"] = b"0" * (33 << 20)
    source.put(hostile())
    return source


@pytest.fixture(scope="module")
def url(source: MemorySource) -> Iterator[str]:
    with served(source) as url:
        yield url


class Elements(HTMLParser):
    """Notes the elements of a page as a browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    return parser.found


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=20, allow_redirects=False, **options)


def test_nobody_sees_it_without_the_token(url: str) -> None:
    """Any local program or page could otherwise read what the operator's keys open."""
    parts = urlsplit(url)
    origin = f"http://{parts.netloc}"
    assert parts.hostname == "127.0.0.1"
    assert len(parts.path) > 32
    for path in ("/", "/static/gallery.js", f"{parts.path[:-2]}/", f"/x{parts.path}", "//"):
        answer = get(origin + path)
        assert (answer.status_code, RESULTS in answer.text) == (404, False), path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "[::1]", ""])
def test_another_host_is_refused(url: str, host: str) -> None:
    """A page elsewhere may have a name that leads to this machine."""
    answer = get(url, headers={"Host": host})
    assert (answer.status_code, RESULTS in answer.text) == (421, False)


def test_localhost_is_this_host(url: str) -> None:
    """That is what people type."""
    port = urlsplit(url).port
    assert get(url, headers={"Host": f"localhost:{port}"}).status_code == 200


def test_it_is_only_read(url: str) -> None:
    """So that no form of another page does anything here."""
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert requests.request(method, url, timeout=20).status_code == 405


@pytest.mark.parametrize(
    "path", ["", f"jobs/{job_id(1)}", "jobs/none", "nothing", "static/gallery.js", "../x"]
)
def test_every_answer_is_locked_down(url: str, path: str) -> None:
    """A page without the policy would be the one that a stranger's text gets into."""
    headers = get(url + path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["", f"jobs/{job_id(2)}", f"?q={quote(HOSTILE)}"])
def test_texts_of_strangers_are_texts(url: str, path: str) -> None:
    """Whatever stands in a manifest, or in an address, is neither markup nor a template."""
    page = get(url + path).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page
    assert "\u202e" not in page  # it would turn the end of a name around
    elements = elements_of(page)
    assert [attributes for tag, attributes in elements if tag == "script"] == [
        {"type": "module", "src": f"{urlsplit(url).path}static/gallery.js"}
    ]
    names = {name for _, attributes in elements for name in attributes}
    assert [name for name in names if name.startswith("on") or name == "style"] == []


def test_pages_have_no_address_of_elsewhere(url: str) -> None:
    """What a page loads comes from it or, by a redirect, from the store."""
    for path in ("", f"jobs/{job_id(1)}"):
        page = get(url + path).text
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_files_are_led_to_by_signed_urls(url: str) -> None:
    """Only those that the manifest lists, and that are there."""
    base = f"{url}jobs/{job_id(1)}"
    there = get(f"{base}/files/0")
    assert there.status_code == 302
    assert there.headers["Location"].endswith("/out/a b.jpg?signed")
    assert get(f"{base}/files/0?download").headers["Location"].endswith("&download=a b.jpg")
    assert "films/1.mp4" in get(f"{base}/input").headers["Location"]
    for path in ("files/1", "files/7", "files/999999999999", f"../{job_id(9)}/files/0"):
        assert get(f"{base}/{path}").status_code == 404


def test_data_for_scripts_is_no_page_and_not_endless(url: str) -> None:
    """A file of a stranger on this origin must not be taken for a script or a page."""
    answer = get(f"{url}jobs/{job_id(1)}/files/0/data")
    assert (answer.content, answer.headers["Content-Type"]) == (
        b"a picture",
        "application/octet-stream",
    )
    assert get(f"{url}jobs/{job_id(1)}/input/data").status_code == 413


def test_captions_of_any_format_become_a_track(url: str) -> None:
    """Browsers read WebVTT only."""
    answer = get(f"{url}jobs/{job_id(1)}/files/2/captions.vtt")
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    answer.encoding = "utf-8"
    assert "00:00:01.000 --> 00:00:02.500\n海" in answer.text


def test_the_manifest_is_there_as_it_is(url: str, source: MemorySource) -> None:
    """For those who want to keep it."""
    answer = get(f"{url}jobs/{job_id(1)}.json")
    key = f"manifests/{job_id(1)}.json"
    assert answer.content == source.objects[RESULTS, key]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_job_that_is_not_there_is_said_to_be_so(url: str) -> None:
    """With a page, since a person reads it."""
    answer = get(f"{url}jobs/{job_id(99)}")
    assert answer.status_code == 404
    assert "Has the job ended?" in answer.text


def test_origins_are_marked_in_the_answer(url: str) -> None:
    """A file's place in the answer is what links lead to."""
    page = get(f"{url}jobs/{job_id(1)}").text
    assert 'href="#answer:/Result/Data/0/Url"' in page
    assert page.count('id="answer:/Result/Data/0/Url"') == 1


def test_a_store_that_fails_is_told_of_on_the_page() -> None:
    """In words that cannot be markup, whatever the store answered."""
    source = MemorySource(fault=Unreachable("no answer <b>at all</b>"))
    with served(source) as url:
        page, job = get(url), get(f"{url}jobs/{job_id(1)}")
    assert (page.status_code, job.status_code) == (200, 502)
    for answer in (page, job):
        assert "no answer &lt;b&gt;at all" in answer.text
        assert "The store does not answer" in answer.text


def test_state_says_how_much_is_known(url: str) -> None:
    """The page's script follows it."""
    assert json.loads(get(f"{url}state").text)["listed"] == 2
