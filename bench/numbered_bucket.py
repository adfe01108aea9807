"""A bucket of very many objects on a loopback socket: python -m bench.numbered_bucket 1000000 1000.

The arguments are how many manifests and backlog entries there are; it prints its port. Lists are as
long as OSS's and made of numbers, so they cost this side little; signatures are not looked at.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

from bench.numbered_keys import Numbered

MANIFESTS, PARKED = "manifests/", ".mps-manifest/backlog/20990101T000000Z/"
_ENTRY = b'{"api":"mps","attempts":1,"firstSeen":"2026-01-01T00:00:00Z","reason":"runs"}'
_OBJECT = (
    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    '<ETag>"5B3C1A2E053D763E1B002CC607C5A0FE"</ETag><Type>Normal</Type><Size>2048</Size>'
    "<StorageClass>Standard</StorageClass></Contents>"
)
_LIST = (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>bench</Name>'
    "<Prefix>{}</Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
    "<IsTruncated>{}</IsTruncated>{}<KeyCount>{}</KeyCount></ListBucketResult>"
)


class Bucket(BaseHTTPRequestHandler):
    """Answers lists, and the same object under every key."""

    protocol_version = "HTTP/1.1"
    numbered: Numbered

    def do_GET(self) -> None:
        """Answer a list or an object."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(self.path).query).items()}
        if "list-type" in asked:
            self._answer(self._list(asked.get("prefix", ""), asked.get("start-after", "")))
        else:
            self._answer(_ENTRY)

    def do_HEAD(self) -> None:
        """Answer with a manifest's metadata."""
        self._answer(_ENTRY)

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _list(self, prefix: str, after: str) -> bytes:
        page = self.numbered.page(prefix, after)
        objects = "".join(_OBJECT.format(quote(key, safe="")) for key in page.keys)
        more = str(page.more).lower()
        token = f"<NextContinuationToken>{after}</NextContinuationToken>" if page.more else ""
        return _LIST.format(quote(prefix, safe=""), more, token + objects, len(page.keys)).encode()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"5B3C1A2E053D763E1B002CC607C5A0FE"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("x-oss-meta-status", "complete")
        self.send_header("x-oss-meta-function", "Cover")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main(manifests: int, parked: int) -> None:
    """Serve until the process is ended."""
    Bucket.numbered = Numbered({MANIFESTS: manifests, PARKED: parked})
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
