"""`mpsm gallery`: pages that show what every job made."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mps_manifest.adapters.credentials import read_credentials
from mps_manifest.settings import Settings
from operate.access.connection import Connection, connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, ROOT, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.errors import OperatorError
from operate.gallery.oss_source import OssSource
from operate.gallery.server import serving

_CACHES = ROOT / "build" / "gallery"

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 is any that is free.")]
UntilClosed = Annotated[
    bool,
    typer.Option("--until-closed", hidden=True, help="End when the standard input is closed."),
]
Open = Annotated[bool, typer.Option("--open", help="Open it in a browser.")]


def gallery(
    *,
    port: Port = 0,
    open_it: Open = False,
    until_closed: UntilClosed = False,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Show what every job made, on pages, until Ctrl-C.

    The address has a random token in it: whoever knows it can read every file that a manifest
    names, with your keys.

    Example: mpsm gallery --open
    """
    screen = Screen(as_json=as_json)
    target = read_target(laptop=laptop, file=file)
    with connected(target, screen) as connection:
        source = OssSource(connection.settings, read_credentials(None, target.environment))
        source.page("")  # keys or a bucket that are wrong are told of here, not on a page
        ends = _input_is_closed if until_closed else asyncio.Event
        asyncio.run(_serve(connection, source, screen, port, ends, open_it=open_it))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(gallery)


async def _serve(
    connection: Connection,
    source: OssSource,
    screen: Screen,
    port: int,
    ends: Callable[[], asyncio.Event],
    *,
    open_it: bool,
) -> None:
    cache = _cache_of(connection.settings)
    try:
        async with serving(
            source, port=port, options=connection.target.options, cache=cache
        ) as url:
            _tell(connection, screen, url)
            if open_it:
                await asyncio.to_thread(webbrowser.open, url)
            await ends().wait()
    except OSError as error:
        raise OperatorError(
            f"Port {port} cannot be used: {os.strerror(error.errno or 0)}.",
            "Choose another one with --port, or leave it out.",
        ) from None


def _input_is_closed() -> asyncio.Event:
    """Return what is set when standard input is closed, as when the starting process dies."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    return closed


def _cache_of(settings: Settings) -> Path | None:
    """Return the file of the index; none of a bucket on this machine, which is read in seconds."""
    if urlsplit(settings.oss_endpoint).hostname in {"127.0.0.1", "localhost"}:
        return None
    place = f"{settings.oss_endpoint} {settings.bucket} {settings.manifest_prefix}"
    return _CACHES / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.sqlite3"


def _tell(connection: Connection, screen: Screen, url: str) -> None:
    if screen.as_json:
        screen.document({"target": connection.target.name, "url": url}, indent=None)
        return
    screen.say(f"The gallery of {connection.target.name} is at")
    screen.say(url)
    screen.say("until Ctrl-C. Whoever has this address sees what your keys see.")
    screen.console.file.flush()  # somebody may read it through a pipe
