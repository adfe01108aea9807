"""The vendor's SDK for Node against the local cloud: one process does all, each test reads a part.

Needs Node and `make readers`; the tests are skipped without, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.client import LocalCloud
from tests.local.conftest import BUCKET
from tests.node import node_or_skip, run_node

SCRIPT = Path(__file__).with_name("ali_oss.cjs")
VERSIONED = "versioned-bucket"
NOT_IMPLEMENTED = "501 NotImplemented"

Outcome = Callable[[str], Any]


@pytest.fixture(scope="module", params=["owner", "credentials"])
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Return what ali-oss did with permanent keys, or with those of the function and a token."""
    node_or_skip()
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.create_bucket(BUCKET)
        cloud.create_bucket(VERSIONED, versioning=True)
        who = getattr(cloud, request.param)
        # it signs no URL for an address of numbers
        endpoint = cloud.oss_endpoint.replace("127.0.0.1", "localhost")
        keys = (who.access_key_id, who.access_key_secret, who.security_token)
        place = (endpoint, f"oss-{cloud.region}", BUCKET, VERSIONED)
        yield json.loads(run_node(str(SCRIPT), *place, *filter(None, keys)))


@pytest.fixture(params=["v1", "v4"])
def outcome(request: pytest.FixtureRequest, outcomes: dict[str, Any]) -> Outcome:
    """Return what an act returned that was signed with a version of the signature."""

    def of(name: str) -> Any:
        return outcomes[request.param][name]

    return of


def test_odd_keys_have_their_bodies_and_metadata(outcome: Outcome) -> None:
    """Node encodes paths, signs resources and decodes lists in its own way."""
    told = outcome("keys")
    keys = told.pop("keys")
    folder = told["decoded"][0].removesuffix(keys[0])
    assert told == {
        "found": [[key, {"author": "a b"}] for key in keys],
        "decoded": [folder + key for key in keys],
        "owners": [None] * len(keys),
        "deleted": len(keys),
        "left": 0,
    }


def test_large_objects_go_and_are_copied_in_parts(outcome: Outcome) -> None:
    """Its parts are sent side by side, and copied with `bytes=` of its own making."""
    told = outcome("parts")
    [sent, copied] = told.pop("etags")
    assert sent == copied
    assert sent.endswith('-3"')
    assert told == {"same": True, "author": "a b", "range": "01234"}


def test_streams_have_chunks_or_a_length_or_both(outcome: Outcome) -> None:
    """A stream with a known length is sent with both, of which the chunks count."""
    assert outcome("streams") == ["body", "body", "body"]


def test_copies_keep_or_replace_metadata(outcome: Outcome) -> None:
    """It sends each header of a copy twice, under two names."""
    kept = ["text/x-own", {"color": "red"}]
    assert outcome("copies") == {"same": ["a", *kept], "other": ["b", *kept]}


def test_archived_objects_are_restored_first(outcome: Outcome) -> None:
    """Whoever reads too early, or asks twice, is told so."""
    assert outcome("archived") == {
        "before": "403 InvalidObjectState",
        "restored": 202,
        "state": 'ongoing-request="true"',
        "again": "409 RestoreAlreadyInProgress",
    }


def test_what_is_missing_is_refused(outcome: Outcome) -> None:
    """It has calls and headers that no other SDK here sends; none may change anything."""
    answer = outcome("unsupported")
    assert set(answer["told"].values()) == {NOT_IMPLEMENTED}
    assert answer["left"] == "body"


def test_pages_use_signed_urls(outcome: Outcome) -> None:
    """A page asks first, and then sends and reads what a URL of either version allows it."""
    told = outcome("pages")
    assert told["rules"] == [
        {
            "allowedOrigin": "http://page.example",
            "allowedMethod": ["GET", "PUT"],
            "allowedHeader": "*",
            "exposeHeader": "ETag",
            "maxAgeSeconds": "60",
        }
    ]
    assert told["statuses"] == [200, 200, "body", "ETag"] * 2


def test_versions_are_listed_and_read(outcome: Outcome) -> None:
    """What was deleted is there under its versions, and not without them."""
    assert outcome("versions") == {
        "bodies": ["first", "second"],
        "markers": 1,
        "now": "404 NoSuchKey",
    }


def test_other_keys_are_refused(outcome: Outcome) -> None:
    """Else the tests above would say nothing of signatures."""
    assert outcome("strangers") == "403 SignatureDoesNotMatch"
