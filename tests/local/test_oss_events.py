import asyncio
from pathlib import Path
from typing import Any

import oss2
import pytest

from local.cloud import Cloud
from local.identity import OWNER
from local.oss.model import Attributes, Bucket, ObjectCreated
from local.services import CloudConfig
from tests.local.conftest import BUCKET, new_session

PART = bytes(1024)


def write_in_every_way(endpoint: str) -> None:
    auth = oss2.Auth(OWNER.access_key_id, OWNER.access_key_secret)
    session = new_session()
    bucket = oss2.Bucket(auth, endpoint, BUCKET, session=session)
    bucket.put_object(
        "put 汉", b"12345", headers={"x-oss-meta-job-id": "42", "Content-Type": "text/plain"}
    )
    bucket.copy_object(BUCKET, "put 汉", "copied")
    bucket.append_object("appended", 0, b"1")
    upload = bucket.init_multipart_upload("completed").upload_id
    etag = bucket.upload_part("completed", upload, 1, PART).etag
    bucket.complete_multipart_upload("completed", upload, [oss2.models.PartInfo(1, etag)])
    bucket.delete_object("copied")
    with pytest.raises(oss2.exceptions.ServerError):
        bucket.put_object("put 汉", b"", headers={"x-oss-forbid-overwrite": "true"})
    session.session.close()


async def news_of(tmp_path: Path, watcher: Any) -> None:
    cloud = Cloud(CloudConfig(data=tmp_path))
    cloud.services.store.create_bucket(Bucket(BUCKET, 0.0))
    cloud.services.oss.on_created.append(watcher)
    endpoints = await cloud.start()
    try:
        await asyncio.to_thread(write_in_every_way, endpoints.oss)
        cloud.services.oss.put_directly((BUCKET, "direct"), b"1", Attributes())
        await cloud.services.oss.settle()
    finally:
        await cloud.stop()


def test_every_way_of_writing_is_announced(tmp_path: Path) -> None:
    """Deletions, refused writes and single parts are not."""
    heard: list[ObjectCreated] = []

    async def watch(news: ObjectCreated) -> None:
        heard.append(news)

    asyncio.run(news_of(tmp_path, watch))
    assert [(news.event_name, news.key, news.size) for news in heard] == [
        ("ObjectCreated:PutObject", "put 汉", 5),
        ("ObjectCreated:CopyObject", "copied", 5),
        ("ObjectCreated:AppendObject", "appended", 1),
        ("ObjectCreated:CompleteMultipartUpload", "completed", 1024),
        ("ObjectCreated:PutObject", "direct", 1),
    ]
    first = heard[0]
    assert (first.bucket, first.region, first.content_type) == (BUCKET, "cn-shanghai", "text/plain")
    assert first.metadata == {"x-oss-meta-job-id": "42"}
    assert first.etag == "827CCB0EEA8A706C4C34A16891F84E7B"
    assert len({news.request_id for news in heard}) == len(heard)


def test_failing_watcher_does_not_harm_the_writer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A trigger that fails must be logged and must not turn a good write into an error."""

    async def fail(news: ObjectCreated) -> None:
        raise RuntimeError(news.key)

    asyncio.run(news_of(tmp_path, fail))
    assert "a watcher failed at media-bucket/direct" in caplog.text
