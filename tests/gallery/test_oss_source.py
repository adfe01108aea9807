"""The gallery's source over real requests to OSS."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests

from local.client import LocalCloud
from local.environment import BUCKET
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.errors import NotFound, Refused, Unreachable
from mps_manifest.settings import read_settings
from operate.gallery.oss_source import OssSource
from tests.gallery.sites import oss_source

KEYS = ("plain.jpg", "a/b c+d%20&e=?.jpg", "音乐/歌 #1.mp3", "a//b.jpg")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.create_bucket(BUCKET)
        cloud.create_bucket("media-uploads")
        yield cloud


@pytest.fixture
def source(cloud: LocalCloud) -> OssSource:
    return oss_source(cloud)


@pytest.mark.parametrize("key", KEYS)
def test_signed_urls_lead_to_the_object(cloud: LocalCloud, source: OssSource, key: str) -> None:
    """Whatever its key, and in a bucket that the function may not read, as inputs are."""
    cloud.put_object("media-uploads", key, b"0123456789")
    url = source.signed_url("media-uploads", key)
    assert url.startswith(source.origins)
    answer = requests.get(url, headers={"Range": "bytes=2-4"}, timeout=20)
    assert (answer.status_code, answer.content) == (206, b"234")
    assert "Content-Disposition" not in answer.headers
    name = 'ä "b".jpg'
    saved = requests.get(source.signed_url("media-uploads", key, download=name), timeout=20)
    wanted = f"attachment; filename*=UTF-8''{quote(name)}"
    assert saved.headers["Content-Disposition"] == wanted


def test_lists_come_in_pages(cloud: LocalCloud, source: OssSource) -> None:
    """With the ETags by which the index knows what has changed."""
    cloud.put_objects(BUCKET, {f"manifests/{number:04}.json": b"1" for number in range(1001)})
    cloud.put_object(BUCKET, "other/x.json", b"1")
    first = source.page("")
    assert (len(first.entries), first.more) == (1000, True)
    second = source.page(first.entries[-1].key)
    assert [entry.key for entry in second.entries] == ["manifests/1000.json"]
    assert not second.more
    assert second.entries[0].etag == "C4CA4238A0B923820DCC509A6F75849B"
    assert second.entries[0].written > 1.7e9


def test_objects_are_read_up_to_a_limit(cloud: LocalCloud, source: OssSource) -> None:
    """A file of gigabytes where captions should be must not fill the memory."""
    cloud.put_object(BUCKET, "long", b"0123456789" * 100_000)
    assert source.size(BUCKET, "long") == 1_000_000
    assert source.read(BUCKET, "long", 5) == b"01234"
    assert len(source.read(BUCKET, "long", 70_000)) == 70_000
    with pytest.raises(NotFound):
        source.read(BUCKET, "none", 5)


@pytest.mark.parametrize("bucket", ["", "A", "a.b", "evil.example/x?", "x" * 80, "a\nb"])
def test_what_is_no_bucket_is_never_asked(source: OssSource, bucket: str) -> None:
    """A name with a slash or a dot would lead a request, and the keys in it, elsewhere."""
    with pytest.raises(Refused):
        source.signed_url(bucket, "key")
    with pytest.raises(Refused):
        source.read(bucket, "key", 5)


def source_at(endpoint: str) -> OssSource:
    environment = {"BUCKET": "b-1", "REGION": "cn-beijing", "API_ENDPOINT": "http://127.0.0.1:9"}
    settings = read_settings({**environment, "OSS_ENDPOINT": endpoint})
    return OssSource(settings, Credentials("id", "secret"))


def test_a_store_out_of_reach_is_said_to_be_so() -> None:
    """As the one error that callers know."""
    with pytest.raises(Unreachable):
        source_at("http://127.0.0.1:9").page("")


def test_pages_may_load_from_the_endpoint_only(cloud: LocalCloud, source: OssSource) -> None:
    """On the real one each bucket is a host of its own."""
    assert source.origins == (cloud.oss_endpoint,)
    real = source_at("https://oss-cn-beijing.aliyuncs.com")
    assert real.origins == ("https://*.oss-cn-beijing.aliyuncs.com",)
