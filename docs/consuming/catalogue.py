"""Keep a table of all manifests in step with a bucket: `python catalogue.py FILE PORT`.

Told by HTTP pushes of an MNS subscription (format JSON); what was missed is found by a list.
"""

import json
import os
import re
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oss2
from oss2.credentials import EnvironmentVariableCredentialsProvider as Keys

PREFIX = os.environ.get("MANIFEST_PREFIX", "manifests/")
COLUMNS = "job_id PRIMARY KEY, etag, status, function, input, user_data, document"
WRITTEN = "mps-manifest.manifest.written.v1"


class Catalogue:
    """The table, and the bucket whose manifests it has."""

    def __init__(self, path: str, bucket: oss2.Bucket) -> None:
        self.bucket = bucket
        self.lock = threading.Lock()  # or who read first might write last
        self.table = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.table.execute(f"CREATE TABLE IF NOT EXISTS manifests ({COLUMNS})")

    def look_at(self, job_id: str) -> None:
        """Read a manifest as it stands now, in whatever order and however often one is told."""
        with self.lock:
            try:
                found = self.bucket.get_object(f"{PREFIX}{job_id}.json")
            except oss2.exceptions.NoSuchKey:
                self.table.execute("DELETE FROM manifests WHERE job_id = ?", [job_id])
                return
            text = found.read().decode()
            manifest = json.loads(text)
            job = manifest["job"]
            facts = job.get("functionName"), job.get("input", {}).get("key"), job.get("userData")
            row = job_id, found.etag, manifest["status"], *facts, text
            self.table.execute("REPLACE INTO manifests VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def catch_up(self) -> None:
        """Compare with a list of the bucket."""
        with self.lock:
            known = dict(self.table.execute("SELECT job_id, etag FROM manifests"))
        for item in oss2.ObjectIteratorV2(self.bucket, prefix=PREFIX, delimiter="/"):
            job_id = item.key.removeprefix(PREFIX).removesuffix(".json")
            if item.key.endswith(".json") and known.pop(job_id, None) != item.etag:
                self.look_at(job_id)
        for job_id in known:
            self.look_at(job_id)


class Pushes(BaseHTTPRequestHandler):
    """The endpoint of the subscription."""

    catalogue: Catalogue

    def do_POST(self) -> None:
        """Look at the manifest; nothing else of a message is believed, so anybody may send one."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = json.loads(json.loads(body)["Message"])
        if event["type"] == WRITTEN and re.fullmatch("[0-9A-Za-z-]{1,64}", event["subject"]):
            self.catalogue.look_at(event["subject"])
        self.send_response(204)  # without an answer, as after an error, MNS pushes again
        self.end_headers()


if __name__ == "__main__":
    where = os.environ["OSS_ENDPOINT"], os.environ["BUCKET"]
    home = oss2.Bucket(oss2.ProviderAuthV4(Keys()), *where, region=os.environ["OSS_REGION"])
    Pushes.catalogue = Catalogue(sys.argv[1], home)
    listening = os.environ.get("HOST", "127.0.0.1"), int(sys.argv[2])
    server = ThreadingHTTPServer(listening, Pushes)
    threading.Thread(target=server.serve_forever).start()
    Pushes.catalogue.catch_up()  # after listening has begun, so that nothing falls in between
    print("in step", flush=True)
