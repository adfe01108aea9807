"""What each address answers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import jinja2
from aiohttp import web

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.job_ids import is_job_id
from operate.console.program import typed
from operate.gallery import words
from operate.gallery.cues import MOST_BYTES, TimedText, read_timed_text, track_of
from operate.gallery.index import Filter, Index
from operate.gallery.indexer import Indexer
from operate.gallery.reading import STATUSES, UNREADABLE, File, Manifest, Place, read_manifest
from operate.gallery.remedies import remedy
from operate.gallery.source import Source
from operate.gallery.tree import answer_id, tree_of
from operate.gallery.views import View, view_of

T = TypeVar("T")

PAGE = 24
"""Jobs of a page of the index."""
MOST_DATA = 32 * 1024 * 1024
"""Bytes of a file of which a wave is drawn."""
_PATIENCE = 0.25
"""Seconds that a page waits for the list of manifests; then it shows what is known."""
_RECENT = 3.0
"""Seconds for which a manifest that was read is taken as it was."""
_MOST_RECENT = 2 * PAGE
_LONGEST_RECENT = 256 * 1024
_MOST_TRACKS = 12
_TEMPLATES = Path(__file__).with_name("templates")


class Pages:
    """The handlers; whatever waits for the store does so in threads."""

    def __init__(
        self,
        source: Source,
        index: Index,
        indexer: Indexer,
        threads: ThreadPoolExecutor,
        *,
        root: str,
        options: str,
    ) -> None:
        self._source = source
        self._index = index
        self._indexer = indexer
        self._threads = threads
        self._options = options
        self._templates = _environment(root)
        self._lock = threading.Lock()
        self._recent: dict[str, tuple[float, Manifest]] = {}

    # --- pages

    async def index(self, request: web.Request) -> web.Response:
        """Answer the list of jobs, or one page of it."""
        wanted, number = _filter(request), _page_number(request)
        return await self._in_thread(lambda: self._index_page(wanted, number))

    async def state(self, request: web.Request) -> web.Response:
        """Answer how much of the bucket is known, for a page that waits for the rest."""
        del request
        listed, read = await self._in_thread(self._index.progress)
        is_listed, error = self._indexer.is_listed, self._indexer.error
        return web.json_response(
            {"listed": listed, "isListed": is_listed, "read": read, "error": error}
        )

    async def job(self, request: web.Request) -> web.Response:
        """Answer the page of a job."""
        job_id = request.match_info["job"]
        try:
            return await self._in_thread(lambda: self._job_page(_job_id(request)))
        except web.HTTPNotFound:
            what = f"There is no manifest of {job_id[:80]} in this bucket. Has the job ended?"
            return self._page("error.html", status=404, title="No manifest", what=what)
        except web.HTTPBadGateway as error:
            title = "The store does not answer"
            return self._page("error.html", status=502, title=title, what=error.reason)

    # --- files

    async def manifest(self, request: web.Request) -> web.Response:
        """Answer the manifest itself, to be saved."""
        job_id = _job_id(request)
        body = await self._in_thread(lambda: self._manifest_body(job_id))
        headers = {"Content-Disposition": f'attachment; filename="{job_id}.json"'}
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def input(self, request: web.Request) -> web.StreamResponse:
        """Lead to the input of a job."""
        return await self._redirect(request, self._input_place)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Lead to a file of a job."""
        return await self._redirect(request, self._file_place)

    async def input_data(self, request: web.Request) -> web.Response:
        """Answer the input's bytes, for scripts, which may not read those of another origin."""
        return await self._data(request, self._input_place)

    async def file_data(self, request: web.Request) -> web.Response:
        """Answer a file's bytes, for scripts."""
        return await self._data(request, self._file_place)

    async def captions(self, request: web.Request) -> web.Response:
        """Answer the captions of a file as WebVTT, whatever their format."""
        track = await self._in_thread(lambda: track_of(self._text(self._file_place(request))))
        return web.Response(text=track, content_type="text/vtt", charset="utf-8")

    # --- how

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Work in a thread. Raises HTTPNotFound, and HTTPBadGateway where the store fails."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except NotFound:
            raise web.HTTPNotFound from None
        except ServiceError as error:
            reason = words.shown(error.reason)[:200]
            raise web.HTTPBadGateway(reason=f"{self._source.name}: {reason}") from None

    async def _redirect(
        self, request: web.Request, place_of: Callable[[web.Request], Place]
    ) -> web.Response:
        def signed() -> str:
            place = place_of(request)
            name = place.name if "download" in request.query else ""
            return self._source.signed_url(place.bucket, place.key, download=name)

        url = await self._in_thread(signed)
        # shorter than the URL works, so that a browser that knows it need not ask again
        headers = {"Location": url, "Cache-Control": "private, max-age=1800"}
        return web.Response(status=302, headers=headers)

    async def _data(
        self, request: web.Request, place_of: Callable[[web.Request], Place]
    ) -> web.Response:
        def read() -> bytes | None:
            place = place_of(request)
            if self._source.size(place.bucket, place.key) > MOST_DATA:
                return None
            return self._source.read(place.bucket, place.key, MOST_DATA)

        body = await self._in_thread(read)
        if body is None:
            raise web.HTTPRequestEntityTooLarge(MOST_DATA, MOST_DATA)
        headers = {"Cache-Control": "private, max-age=1800"}
        return web.Response(body=body, content_type="application/octet-stream", headers=headers)

    def _manifest_body(self, job_id: str) -> bytes:
        return self._source.manifest(f"{self._source.prefix}{job_id}.json")

    def _manifest(self, job_id: str) -> Manifest:
        """Return a manifest; one of a moment ago will do, since a page asks for each of its files.

        Raises NotFound.
        """
        now = time.monotonic()
        with self._lock:
            read_at, known = self._recent.get(job_id, (-_RECENT, None))
        if known is not None and now - read_at < _RECENT:
            return known
        body = self._manifest_body(job_id)
        found = read_manifest(body, job_id)
        if len(body) > _LONGEST_RECENT:
            return found
        with self._lock:
            self._recent[job_id] = (now, found)
            while len(self._recent) > _MOST_RECENT:
                del self._recent[next(iter(self._recent))]
        return found

    def _input_place(self, request: web.Request) -> Place:
        return self._manifest(_job_id(request)).input

    def _file_place(self, request: web.Request) -> Place:
        """Return where a file is: only what a manifest lists can be had by its number."""
        files = self._manifest(_job_id(request)).files
        number = int(request.match_info["number"][:6])
        if number >= len(files) or not files[number].is_there:
            raise NotFound("no such file")
        return files[number].place

    def _text(self, place: Place) -> bytes:
        return self._source.read(place.bucket, place.key, MOST_BYTES)

    # --- the index

    def _index_page(self, wanted: Filter, number: int) -> web.Response:
        self._indexer.refresh(_PATIENCE)
        is_listed = self._indexer.is_listed
        start = (number - 1) * PAGE
        error = self._indexer.error
        rows = self._index.page(wanted, start, PAGE)
        unread = [row.key for row in rows if not row.is_read]
        if unread:
            try:
                self._indexer.read_now(unread)
            except ServiceError as failed:
                error = failed.reason
            rows = self._index.page(wanted, start, PAGE)
        counts = self._index.counts(wanted)
        pages = max(1, -(-counts.matching // PAGE))
        return self._page(
            "index.html",
            rows=rows,
            wanted=wanted,
            counts=counts,
            statuses=[name for name in (*STATUSES, UNREADABLE) if name in counts.by_status],
            error=error,
            is_listed=is_listed,
            number=number,
            pages=pages,
            link=lambda **changes: _link(wanted, number, changes),
        )

    # --- a job

    def _job_page(self, job_id: str) -> web.Response:
        with self._lock:  # what is shown is as new as can be
            self._recent.pop(job_id, None)
        manifest = self._manifest(job_id)
        view = view_of(manifest)
        origins: dict[str, list[int]] = {}
        for file in manifest.files:
            if file.origin.startswith("/"):
                origins.setdefault(file.origin, []).append(file.number)
        return self._page(
            "job.html",
            manifest=manifest,
            view=view,
            texts=self._texts(view),
            tree=tree_of(manifest.document, origins),
            command=typed(f"mpsm explain {job_id}{self._options}"),
            sign_command=typed(f"mpsm sign {job_id}{self._options}"),
            replay_command=typed(f"mpsm replay {job_id}{self._options}"),
        )

    def _texts(self, view: View) -> list[tuple[File, TimedText]]:
        """Return the files of text that a view shows; one that is gone meanwhile is left out."""
        found = []
        for file in view.texts[:_MOST_TRACKS]:
            with suppress(ServiceError):
                found.append((file, read_timed_text(self._text(file.place))))
        return found

    def _page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        text = self._templates.get_template(template).render(bucket=self._source.name, **values)
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _environment(root: str) -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=words.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {"root": root, "remedy": remedy, "answer_id": answer_id}
    for filtering in (words.breakable, words.clock, words.size, words.amount, words.decimal):
        templates.filters[filtering.__name__] = filtering
    return templates


def _job_id(request: web.Request) -> str:
    job_id = request.match_info["job"]
    if not is_job_id(job_id):
        raise web.HTTPNotFound
    return job_id


def _filter(request: web.Request) -> Filter:
    query = request.query
    return Filter(
        query.get("q", "").strip(),
        query.get("algorithm", ""),
        query.get("status", ""),
        query.get("day", ""),
        query.get("order", "") == "problems",
    )


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "1")[:7]
    return max(int(text), 1) if text.isascii() and text.isdecimal() else 1


def _link(wanted: Filter, number: int, changes: dict[str, object]) -> str:
    """Return the address of the index with a filter changed; the first page then, if not said."""
    values = {
        "q": wanted.words,
        "algorithm": wanted.algorithm,
        "status": wanted.status,
        "day": wanted.day,
        "order": "problems" if wanted.problems_first else "",
        "page": str(number) if not changes else "",
    }
    values |= {name: str(value) for name, value in changes.items()}
    query = urlencode({name: value for name, value in values.items() if value and value != "1"})
    return f"?{query}" if query else "?"
