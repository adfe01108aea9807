"""Print what a player needs of a video, as JSON: `python signed.py CATALOGUE BUCKET/KEY`.

`manifests` are those of the jobs that read it; `urls` has, by the `path` of the video and of each
file that is there, an URL that works for an hour. Needs oss2, and `manifest_types.py` beside it.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator

import oss2
from manifest_types import Manifest
from oss2.credentials import EnvironmentVariableCredentialsProvider

OF_A_VIDEO = """SELECT document FROM manifests
WHERE json_extract(document, '$.job.input.bucket') = ?
AND json_extract(document, '$.job.input.key') = ?
ORDER BY job_id"""


def signed(bucket: str, key: str) -> str:
    """Return a URL by which anybody may read an object for an hour."""
    auth = oss2.ProviderAuthV4(EnvironmentVariableCredentialsProvider())
    home = oss2.Bucket(auth, os.environ["OSS_ENDPOINT"], bucket, region=os.environ["OSS_REGION"])
    return str(home.sign_url("GET", key, 3600, slash_safe=True))


def urls(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield `path` and URL of what a manifest has to play."""
    video = manifest["job"].get("input", {})
    if "path" in video:
        yield video["path"], signed(video["bucket"], video["key"])
    for file in manifest["resources"]:
        if file["status"] == "available":
            yield file["path"], signed(file["bucket"], file["key"])


def for_a_player(catalogue: sqlite3.Connection, bucket: str, key: str) -> dict[str, object]:
    """Return the manifests of a video, without what is nobody's business, and the URLs."""
    found = catalogue.execute(OF_A_VIDEO, [bucket, key])
    manifests: list[Manifest] = [json.loads(document) for (document,) in found]
    for manifest in manifests:
        manifest.pop("answer", None)
    return {
        "manifests": manifests,
        "urls": dict(pair for manifest in manifests for pair in urls(manifest)),
    }


if __name__ == "__main__":
    table = sqlite3.connect(sys.argv[1])
    print(json.dumps(for_a_player(table, *sys.argv[2].split("/", 1)), ensure_ascii=False))
