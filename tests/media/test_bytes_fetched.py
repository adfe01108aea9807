"""Facts of large files cost few requests, few bytes and little memory, counted at the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oss2
import pytest

from local.client import LocalCloud
from mps_manifest.formats.findings import Media
from tests.media.large import COVERED, LOOPED, SPARSE, WHOLE, make_large
from tests.media.make import needs_ffmpeg
from tests.media.probe import check
from tests.soaks import with_soaks

pytestmark = [needs_ffmpeg, pytest.mark.slow]

BUCKET = "media-bucket"
MIB = 1024 * 1024
CAP = 512_000
# of what most bytes are, and most reads; streams are read at several places
LIMITS = {"mp4": (250_000, 9), "ts": (CAP, 12), "mpg": (CAP, 12)}
OTHERS = (350_000, 6)
SELDOM = (
    *("sound.flac", "video.avi", "hours-first.mp4", "program.mpg", "moving.gif"),
    *("cover.flac", "cover.m4a", "cover.mka"),
)
"""What only make soak tries: of each other kind one is among those for every change."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as running:
        running.create_bucket(BUCKET)
        yield running


def upload(cloud: LocalCloud, path: Path) -> None:
    session = oss2.Session()
    auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
    bucket = oss2.Bucket(auth, cloud.oss_endpoint, BUCKET, session=session, enable_crc=False)
    bucket.put_object_from_file(path.name, str(path))
    session.session.close()


def measured(cloud: LocalCloud, key: str) -> dict[str, Any]:
    keys = cloud.credentials
    command = [sys.executable, "-m", "tests.media.measure", cloud.oss_endpoint, cloud.region]
    command += [keys.access_key_id, keys.access_key_secret, keys.security_token, BUCKET, key]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'functions/manifest'}{os.pathsep}{ROOT}"}
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


@pytest.mark.parametrize("name", with_soaks((*WHOLE, *LOOPED, *COVERED, *SPARSE), SELDOM))
def test_large_files_cost_little(cloud: LocalCloud, name: str, tmp_path: Path) -> None:
    """Downloading whole videos for a few facts would be slow, expensive and too much to hold."""
    path = make_large(name, tmp_path)
    assert path.stat().st_size > (5_000_000 if name in COVERED else 95_000_000)
    upload(cloud, path)
    cloud.reset_requests()
    told = measured(cloud, name)
    reads = [each for each in cloud.requests() if each.action == "GetObject"]
    most_bytes, most_reads = LIMITS.get(path.suffix[1:], OTHERS)
    media = Media(**told["media"])
    check(media._replace(languages=tuple(media.languages)), path)
    assert (told["truncated"], told["notes"]) == ("", [])
    assert told["fetched"] <= sum(each.bytes_out for each in reads) <= most_bytes
    assert len(reads) <= most_reads
    assert told["memory"] < 100 * MIB
    cloud.delete_object(BUCKET, name)
    path.unlink()
