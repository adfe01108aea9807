"""Keep a table of all manifests in step with a bucket: `python catalogue.py FILE PORT`."""

import json
import os
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oss2
from oss2.credentials import EnvironmentVariableCredentialsProvider as Keys

PREFIX = os.environ.get("MANIFEST_PREFIX", "manifests/")
WHERE = os.environ["OSS_ENDPOINT"], os.environ["BUCKET"]
BUCKET = oss2.Bucket(oss2.ProviderAuthV4(Keys()), *WHERE, region=os.environ["OSS_REGION"])
TABLE = sqlite3.connect(sys.argv[1], check_same_thread=False, isolation_level=None)
TABLE.execute("CREATE TABLE IF NOT EXISTS manifests (job_id PRIMARY KEY, etag, document)")
LOCK = threading.Lock()  # or who read first might write last


def look_at(job_id: str) -> None:
    """Read a manifest as it stands now, in whatever order and however often one is told."""
    with LOCK:
        try:
            found = BUCKET.get_object(f"{PREFIX}{job_id}.json")
            row = job_id, found.etag, found.read().decode()
            TABLE.execute("REPLACE INTO manifests VALUES (?, ?, ?)", row)
        except oss2.exceptions.NoSuchKey:
            TABLE.execute("DELETE FROM manifests WHERE job_id = ?", [job_id])


def catch_up() -> None:
    """Look at what is new or changed in a list of the bucket, and at what is gone from it."""
    with LOCK:
        known = set(TABLE.execute("SELECT job_id, etag FROM manifests"))
    listed = oss2.ObjectIteratorV2(BUCKET, prefix=PREFIX, delimiter="/")
    there = {(it.key[len(PREFIX) : -5], it.etag) for it in listed if it.key.endswith(".json")}
    for job_id in {job_id for job_id, _ in known ^ there}:
        look_at(job_id)


class Pushes(BaseHTTPRequestHandler):
    """The endpoint of a subscription (format JSON); all that is believed of a message is its ID."""

    def do_POST(self) -> None:  # noqa: D102
        push = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        event = json.loads(push["Message"])
        if event["type"] == "mps-manifest.manifest.written.v1" and "/" not in event["subject"]:
            look_at(event["subject"])
        self.send_response(204)  # without an answer, as after an error, MNS pushes again
        self.end_headers()


server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(sys.argv[2])), Pushes)
threading.Thread(target=server.serve_forever, daemon=True).start()
while True:  # after listening has begun, so that nothing falls in between
    catch_up()
    print("in step", flush=True)
    time.sleep(86_400)
