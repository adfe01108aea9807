"""`mpsm sign` prints URLs that work, and the only secrets that may be printed."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.settings import Keys
from operate.console.screen import Screen, SignedUrl
from tests.operate.conftest import BUCKET, Operator
from tests.operate.matrix import LATER

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
KEY = "out/\u5f71\u7247 a%+#?.srt"


def fill(operator: Operator) -> None:
    """Put in a job with a file, one that is missing, and one of a bucket that is not allowed."""
    file = {"name": "a.srt", "bucket": BUCKET, "key": KEY, "status": "available"}
    others = [
        {**file, "name": "gone.srt", "status": "missing"},
        {**file, "name": "theirs.srt", "bucket": "other-bucket"},
        {"name": 5, "status": "available", "bucket": BUCKET, "key": ["x"]},
    ]
    operator.cloud.put_object(BUCKET, KEY, b"captions")
    operator.put_manifest(JOB, body={"name": JOB, "resources": [file, *others]})


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - of the local cloud
        body: bytes = answer.read()
        return body


@pytest.mark.parametrize("temporary", [False, True])
def test_the_urls_work_for_an_hour(operator: Operator, *, temporary: bool) -> None:
    """With permanent and with temporary keys, whatever is in a key; the page has the same ones."""
    fill(operator)
    if temporary:
        operator.become(operator.cloud.issue_token())
    found = operator.run("sign", "8a87", "--json").document
    assert [each["name"] for each in found["files"]] == ["manifest", "a.srt"]
    bodies = [fetched(each["url"]) for each in found["files"]]
    assert (json.loads(bodies[0])["name"], bodies[1]) == (JOB, b"captions")
    (query,) = {urlsplit(each["url"]).query for each in found["files"][:1]}
    assert parse_qs(query)["x-oss-expires"] == ["3600"]
    lines = [line.strip() for line in operator.run("sign", JOB).out.splitlines()]
    (url,) = [line for line in lines if line.startswith("http") and "srt" in line]
    assert fetched(url) == b"captions"


def test_a_url_is_of_its_object_only(operator: Operator) -> None:
    """Who is given one file is not given the others, although they are there."""
    fill(operator)
    operator.cloud.put_object(BUCKET, KEY.replace(".srt", ".txt"), b"the other")
    url = operator.run("sign", JOB, "--json").document["files"][1]["url"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetched(url.replace("srt?", "txt?"))
    refused.value.close()
    assert refused.value.code == 403


def test_no_manifest_and_no_job_are_said(operator: Operator) -> None:
    """With the command that explains them."""
    ended = operator.run("sign", JOB)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.endswith(f"\nType: mpsm explain {JOB}\n")
    operator.put_state({f"backlog/{LATER}/{'a' * 64}.ticket.json": {}})
    ended = operator.run("sign", "aaaa")
    assert ended.status == 2
    assert "is a ticket, not a job" in ended.err


def test_a_screen_prints_a_signed_url_and_nothing_else_of_that_kind() -> None:
    """Not a text that looks like one, and not the secret beside it."""
    url = SignedUrl("https://h/k?x-oss-security-token=tok&x-oss-signature=abc")
    printed = io.StringIO()
    screen = Screen(file=printed)
    screen.hide(Keys("id", "plainsecret", "tok"))
    screen.document({"url": url, "text": str(url) + "plainsecret", "name": "signed 0"})
    found = json.loads(printed.getvalue())
    assert (found["url"], found["name"]) == (str(url), "signed 0")
    assert "abc" not in found["text"]
    assert "plainsecret" not in printed.getvalue()
