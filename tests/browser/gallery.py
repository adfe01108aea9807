"""Drive a real Chromium over a gallery, and note whatever a page does that it should not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.browser.chromium import CHROMIUM
from tools.setup_node import FOLDER, is_ready

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_OPTIONS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
_PATIENCE = 20.0
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ALL_RULES = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
_SEEN_RULES = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]},
    "resultTypes": ["violations"],
}
_PLAYABLE = """async () => {
  const wait = (player) => player.readyState >= 2 ? null : new Promise((done) => {
    for (const event of ["loadeddata", "error"]) player.addEventListener(event, done);
    setTimeout(done, 8000);
    player.load();
  });
  const players = [...document.querySelectorAll("video, audio")].filter((each) => each.src);
  await Promise.all(players.map(wait));
  return players.filter((each) => each.readyState < 2).map((each) => each.id || each.src);
}"""
_PICTURES = """async () => {
  const pictures = [...document.images];
  for (const each of pictures) each.loading = "eager";
  await Promise.all(pictures.map((each) => each.decode().catch(() => null)));
  return pictures.filter((each) => !each.naturalWidth).map((each) => each.src);
}"""

Size = dict[str, int]
Scheme = Literal["light", "dark"]


@dataclass
class Visitor:
    """A page of a browser; `wrong` has what must not happen, `asked` all addresses."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._note_dialog)
        self.page.on("request", self._note_request)

    def open(self, url: str) -> Page:
        """Open a page and wait until its scripts have begun."""
        self.page.goto(url)
        self.until("'ready' in document.documentElement.dataset")
        return self.page

    def until(self, expression: str, argument: object = None) -> None:
        """Wait until an expression is true; playwright's own waiting needs an unsafe policy."""
        end = time.monotonic() + _PATIENCE
        while not self.page.evaluate(expression, argument):
            assert time.monotonic() < end, expression
            self.page.wait_for_timeout(20)

    def paint_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until a picture of the page is as it should be; what is loaded is painted later."""
        end = time.monotonic() + _PATIENCE
        while not is_so():
            assert time.monotonic() < end
            self.page.wait_for_timeout(50)

    def show_as(self, size: Size, scheme: Scheme) -> None:
        """Change the window and the theme."""
        self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        self.page.emulate_media(color_scheme=scheme)

    def unplayable(self) -> list[str]:
        """Return the players that cannot play, after waiting for them."""
        found: list[str] = self.page.evaluate(_PLAYABLE)
        return found

    def broken_pictures(self) -> list[str]:
        """Return the pictures without a size, after waiting for them."""
        found: list[str] = self.page.evaluate(_PICTURES)
        return found

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(width, 0)

    def violations(self, *, only_seen: bool = False, trees: bool = False) -> list[str]:
        """Return what axe-core finds, or only what theme and size change; skips without it."""
        if not is_ready(FOLDER):
            pytest.skip("axe-core is not installed: make readers")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "([skipped, rules]) => axe.run({ exclude: skipped }, rules)",
            [[] if trees else [".tree"], _SEEN_RULES if only_seen else _ALL_RULES],
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"][:3]
        ]

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, request: Request) -> None:
        self.asked.append(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, size: Size = DESKTOP, scheme: Scheme = "light") -> Visitor:
    """Open a window without a past."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, color_scheme=scheme
    )
    context.set_default_timeout(20_000)
    return Visitor(context.new_page())


def save_picture(page: Page, name: str) -> None:
    """Save what is seen below the folder that GALLERY_PICTURES names, for README.md."""
    folder = os.environ.get("GALLERY_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")
