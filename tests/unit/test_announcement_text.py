"""The text of an announcement: a CloudEvent that fits, whatever is in the manifest."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.adapters.mns import _document
from mps_manifest.manifests.announcement import MAX_ANNOUNCEMENT_BYTES, Origin, announcement
from tests.unit.samples import ID

ORIGIN = Origin("cn-shanghai", "1234567890123456", "mps-manifest")
WHERE = {"bucket": "media", "key": f"manifests/{ID}.json", "etag": "E5C3"}


def manifest(**job: Any) -> bytes:
    document = {
        "$schema": "urn:x:manifest-1.0.json",
        "name": ID,
        "status": "partial",
        "job": {"jobId": ID, "api": "mps", "region": "cn-shanghai", "state": "Success", **job},
        "resources": [{"status": "available"}, {"status": "available"}, {"status": "missing"}],
    }
    return orjson.dumps(document)


def told(body: bytes, limit: int = MAX_ANNOUNCEMENT_BYTES) -> Any:
    text = announcement(body, WHERE, ORIGIN, 1_700_000_000.25, limit)
    assert len(text.encode()) <= limit
    return json.loads(text)


def test_it_says_what_the_contract_says() -> None:
    """Consumers rely on each of these names."""
    place = {"bucket": "media", "key": "in/a.mp4"}
    event = told(
        manifest(functionName="VideoClip", userData="4711", input=place, result={"code": "0"})
    )
    assert event == {
        "specversion": "1.0",
        "type": "mps-manifest.manifest.written.v1",
        "source": "acs:fc:cn-shanghai:1234567890123456:functions/mps-manifest",
        "subject": ID,
        "id": f"{ID}:E5C3",
        "time": "2023-11-14T22:13:20.250Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:x:manifest-1.0.json",
        "data": {
            "jobId": ID,
            "api": "mps",
            "functionName": "VideoClip",
            "status": "partial",
            "input": place,
            "userData": "4711",
            "manifest": WHERE,
            "files": {"available": 2, "missing": 1, "denied": 0, "ambiguous": 0, "error": 0},
        },
    }


def test_a_manifest_without_files_or_facts_is_told_as_well() -> None:
    """An expired job has neither."""
    document = {**orjson.loads(manifest()), "status": "expired"}
    del document["resources"]
    data = told(orjson.dumps(document))["data"]
    assert set(data["files"].values()) == {0}
    assert {"userData", "input", "functionName"} & data.keys() == set()


@given(st.text(max_size=3000), st.integers(700, 4000))
def test_user_data_is_cut_first_and_at_a_character(user_data: str, limit: int) -> None:
    """What is left is a beginning of what was given, as long as there is room for."""
    user_data = user_data.encode("utf-8", "replace").decode()
    data = told(manifest(userData=user_data, functionName="VideoClip"), limit)["data"]
    if "truncated" in data:
        assert user_data.startswith(data["userData"])
        assert data["functionName"] == "VideoClip"
        longer = user_data[: len(data["userData"]) + 1]
        spent = len(
            announcement(
                manifest(userData=longer, functionName="VideoClip"), WHERE, ORIGIN, 0, 10**6
            ).encode()
        )
        assert spent + len(',"truncated":true') > limit
    else:
        assert data["userData"] == user_data


def test_the_rest_is_cut_where_it_must_be() -> None:
    """The names of job and manifest are kept to the last."""
    place = {"bucket": "media", "key": "k" * 1000}
    data = told(manifest(input=place, functionName="f" * 600, userData="u"), 1300)["data"]
    assert {"input", "userData"} & data.keys() == set()
    assert data["functionName"] == "f" * 600
    assert "functionName" not in told(manifest(functionName="f" * 9000), 1024)["data"]
    with pytest.raises(ValueError, match="fits"):
        told(manifest(), 100)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty document"),
        (b"{", "unexpected end of data"),
        (b"[]", "not a manifest"),
        (b"{}", "not a manifest"),
        (b'{"$schema":"x","job":{"jobId":5}}', "not a manifest"),
    ],
)
def test_what_is_no_manifest_is_not_announced(body: bytes, said: str) -> None:
    """Somebody wrote over it."""
    with pytest.raises(ValueError, match=said):
        told(body)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_json_may_hold_xml_can_carry(user_data: str) -> None:
    """U+FFFE is a character of JSON, and none of XML; the topic would refuse the message."""
    text = announcement(manifest(userData=user_data), WHERE, ORIGIN, 0)
    root = ET.fromstring(_document(text))  # noqa: S314 - our own
    body = root.findtext("{http://mns.aliyuncs.com/doc/v1/}MessageBody")
    assert json.loads(body or "")["data"].get("userData") == user_data


def test_fffe_is_escaped() -> None:
    """Chance rarely finds it."""
    assert "\\uffff" in announcement(manifest(userData="\uffff\ufffe"), WHERE, ORIGIN, 0)
