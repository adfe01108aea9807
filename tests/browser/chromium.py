"""Have Chromium load pages, and read WebVTT as a player's `<track>` does."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")

Files = Mapping[str, tuple[str, str]]
"""Type and text of what a page consists of, by its path."""

Shown = list[tuple[int, int, str]]
"""The cues of a document: start and end in milliseconds, and the text that is shown."""

_SECONDS = 120
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--no-proxy-server", "--disable-background-networking", "--disable-component-update"),
)
_PAGE = """<!doctype html><meta charset="utf-8"><body><script>
const read = (number) => new Promise((done) => {
  const video = document.createElement("video"), track = document.createElement("track");
  track.onload = () => done([...track.track.cues].map((cue) =>
    [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]));
  track.onerror = () => done(null);
  track.src = `/${number}.vtt`;
  video.append(track);
  document.body.append(video);
  track.track.mode = "hidden";
}).then((cues) => (document.body.replaceChildren(), cues));
(async () => {
  const found = [];
  for (let number = 0; number < COUNT; number++) found.push(await read(number));
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
})();
</script>"""


def shown(documents: list[str]) -> list[Shown | None]:
    """Return the sorted cues of each WebVTT document; None of one that is refused.

    All are read in one run of the browser.
    """
    files = {f"/{number}.vtt": ("text/vtt", text) for number, text in enumerate(documents)}
    found = visited({"/": ("text/html", _PAGE.replace("COUNT", str(len(documents)))), **files})
    return [
        cues and sorted((round(start * 1000), round(end * 1000), text) for start, end, text in cues)
        for cues in found
    ]


def visited(files: Files) -> Any:
    """Return the JSON that the page `/` posts to `/found`, served on the loopback interface."""
    told: queue.Queue[bytes] = queue.Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files, told))
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        return json.loads(_run(f"http://127.0.0.1:{server.server_port}/", told))
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _run(url: str, told: queue.Queue[bytes]) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [CHROMIUM or "chromium", *_OPTIONS, f"--user-data-dir={folder}/profile", url]
        # one that is terminated leaves the folder of its lock behind
        place = {**os.environ, "TMPDIR": folder}
        quiet = subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603 - found by name above
            command, env=place, stdin=quiet, stdout=quiet, stderr=quiet
        ) as browser:
            try:
                return told.get(timeout=_SECONDS)
            finally:
                browser.terminate()
                try:
                    browser.wait(10)
                except subprocess.TimeoutExpired:
                    browser.kill()


def _handler(files: Files, told: queue.Queue[bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in files:
                self._answer(*files[self.path])
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            told.put(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer("text/plain", "")

        def _answer(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    return Handler
