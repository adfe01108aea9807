"""The gallery as an aiohttp application, and as a server on a loopback port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from operate.gallery.index import Index
from operate.gallery.indexer import Indexer
from operate.gallery.pages import Pages
from operate.gallery.security import guard, new_token
from operate.gallery.source import Source

HOST = "127.0.0.1"
_STATIC = Path(__file__).with_name("static")
_THREADS = 8


def create_app(
    source: Source, *, token: str, options: str = "", cache: Path | None = None
) -> web.Application:
    """Return the application; everything is below `/<token>/`.

    `options` are those that the operator's commands on the pages need for this bucket. `cache` is
    the file of the index, which is in memory without one.
    """
    index = Index(cache)
    indexer = Indexer(source, index)
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="gallery")
    base = f"/{token}"
    pages = Pages(source, index, indexer, threads, root=base, options=options)
    app = web.Application(middlewares=[guard(token, source.origins)])
    app.router.add_get(f"{base}/", pages.index)
    app.router.add_get(f"{base}/state", pages.state)
    app.router.add_get(f"{base}/jobs/{{job}}.json", pages.manifest)
    app.router.add_get(f"{base}/jobs/{{job}}", pages.job)
    app.router.add_get(f"{base}/jobs/{{job}}/input", pages.input)
    app.router.add_get(f"{base}/jobs/{{job}}/input/data", pages.input_data)
    app.router.add_get(f"{base}/jobs/{{job}}/files/{{number:[0-9]+}}", pages.file)
    app.router.add_get(f"{base}/jobs/{{job}}/files/{{number:[0-9]+}}/data", pages.file_data)
    app.router.add_get(f"{base}/jobs/{{job}}/files/{{number:[0-9]+}}/captions.vtt", pages.captions)
    app.router.add_static(f"{base}/static", _STATIC)

    async def running(_: web.Application) -> AsyncIterator[None]:
        indexer.start()
        yield
        indexer.stop()
        threads.shutdown(cancel_futures=True)
        index.close()

    app.cleanup_ctx.append(running)
    return app


@asynccontextmanager
async def serving(
    source: Source,
    *,
    port: int = 0,
    token: str = "",
    options: str = "",
    cache: Path | None = None,
) -> AsyncIterator[str]:
    """Serve, and yield the address; 0 is any free port. Raises OSError where a port is taken."""
    token = token or new_token()
    app = create_app(source, token=token, options=options, cache=cache)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}/{token}/"
    finally:
        await runner.cleanup()
