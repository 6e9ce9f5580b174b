"""Screenshots from the gallery: `./dev shots [STATE …]`; the kiosk's states, and without names exit and console too.

The console's pages are shot over a running demo (shots_live.py)."""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from . import shots_live

ROOT = Path(__file__).parent.parent
UI = ROOT / "src" / "paybooth" / "_ui"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]
SIZES = {"portrait": (1080, 1920), "landscape": (1280, 800)}


class _Handler(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/ui"))

    def log_message(self, *_: object) -> None:
        return


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A page that goes away drops its downloads; that is no news."""


@contextmanager
def gallery() -> Iterator[str]:
    """Serve the built pages on loopback; yields the gallery's address."""
    server = _Server(("127.0.0.1", 0), functools.partial(_Handler, directory=str(UI)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/ui/gallery/index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chromium_path() -> str:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    return executable


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=ARGS, headless=True)
        yield browser
        browser.close()


def kiosk(browser: Browser, base: str, wanted: list[str], out: Path) -> None:
    """Every state, both sizes and languages."""
    out.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page = browser.new_page(viewport={"width": width, "height": height}, has_touch=True)
        page.goto(base)
        states = wanted or [*page.evaluate("document.documentElement.dataset.states").split(), "lost"]
        for state in states:
            for language in ("zh-CN", "en"):
                page.goto(f"{base}?state={state}&lang={language}")
                page.evaluate("document.fonts.ready")
                page.screenshot(path=out / f"{state}-{size}-{language}.png", animations="disabled")
        page.close()


EXIT = ("ready", "thanks", "repair-one", "alarm", "released-fire")
CONSOLE = {"list": "list=all", "detail": "page=claimed", "dark": "page=open&theme=dark", "people": "staff=people"}


def others(browser: Browser, base: str, out: Path) -> None:
    """What the README shows of the exit's screen and of the console."""
    for language in ("zh-CN", "en"):
        page = browser.new_page(viewport={"width": 600, "height": 1024}, has_touch=True)
        for state in EXIT:
            _shoot(page, f"{base}?gate={state}&lang={language}", out / "gate" / f"{state}-{language}.png")
        page.close()
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for name, query in CONSOLE.items():
            url = f"{base.replace('index', 'console')}?{query}&lang={language}"
            _shoot(page, url, out / "console" / f"{name}-{language}.png")
        page.close()


def _shoot(page: Page, url: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.goto(url)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path, animations="disabled")


def main(wanted: list[str], out: Path) -> None:
    with gallery() as base, chromium() as browser:
        kiosk(browser, base, wanted, out / "kiosk")
        if not wanted:
            others(browser, base, out)
            shots_live.console(browser, out / "console")


if __name__ == "__main__":
    main(sys.argv[1:], ROOT / "docs" / "screenshots")
