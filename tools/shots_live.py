"""Screenshots of the console over a running demo, for docs/: a few sales, a call for help, a printer without paper."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from paybooth.lab.shelf import barcode

STEP_S = 20.0
BASKETS = (("P101", "P102", "P104"), ("P106",), ("P201", "P108"), ("P105", "P103"))
PAGES = {
    "now": "", "booth": "booths/1", "sales": "sales", "sale": "sales/{sale}", "money": "money", "devices": "devices",
    "goods": "goods/P104", "import": "goods/import", "rules": "goods/rules", "labels": "goods/labels?sku=P104", "reports": "reports", "plan": "plan", "settings": "settings",
    "audit": "audit",
}  # fmt: skip


@dataclass
class Live:
    base: str
    token: str

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.base}{path}", data, headers), timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Booth 1's view, once it is as wanted."""
        ends = time.monotonic() + STEP_S
        while time.monotonic() < ends:
            view: dict[str, Any] = self.ask("/api/booths/1")["view"]
            if wanted(view):
                return view
            time.sleep(0.1)  # the box answers so many questions a second and no more
        raise SystemExit(f"the demo's booth never came so far: {view['phase']}")

    def tap(self, **action: object) -> None:
        self.ask("/api/booths/1/intents", {"id": secrets.token_hex(4), "seen_rev": 0, "action": action})

    def fill(self, skus: tuple[str, ...]) -> int:
        for n, sku in enumerate(skus, 1):
            self.ask("/lab/api/scan", {"code": barcode(sku)})
            self.until(lambda v, n=n: v["sale"] is not None and v["sale"]["count"] >= n)  # type: ignore[misc]  # mypy: default
        return int(self.until(lambda _: True)["sale"]["total_fen"])

    def buy(self, skus: tuple[str, ...], channel: str) -> None:
        self.tap(name="pay", total_fen=self.fill(skus))
        self.tap(name="choose", channel=channel)
        self.until(lambda v: v["phase"] == "align")
        self.ask("/lab/api/scan", {"code": self.ask("/lab/api/code", {"channel": channel})["code"]})
        self.until(lambda v: v["phase"] == "done" and v["receipt"]["paper"] != "printing")
        self.tap(name="finish")


@contextmanager
def demo() -> Iterator[Live]:
    """A demo of its own in a folder that goes with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="paybooth-shots-") as folder:
        command = [sys.executable, "-m", "paybooth", "demo", "--port", str(port), "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            next(line for line in process.stdout if "Stop: Ctrl+C" in line)
            try:
                staff = json.loads(Path(folder, "staff.json").read_text("utf-8"))
                yield Live(f"http://127.0.0.1:{port}", staff["Bo"])
            finally:
                process.terminate()


def console(browser: Browser, out: Path) -> None:
    """Every page at a desk in both languages, and what one holds in the hand."""
    with demo() as live:
        for n, skus in enumerate(BASKETS):
            live.buy(skus, "wechat" if n % 2 else "alipay")
        live.fill(("P103", "P107"))
        live.tap(name="help", on=True)
        live.until(lambda v: v["help"] is not None)
        sale = live.ask("/api/sales?outcome=paid")["sales"][-1]["id"]
        for language in ("zh-CN", "en"):
            for size, viewport in (("", (1440, 900)), ("phone-", (390, 844))):
                page = browser.new_page(viewport={"width": viewport[0], "height": viewport[1]}, locale=language)
                page.goto(f"{live.base}/console/#as={live.token}")
                page.wait_for_selector("header.bar")
                for name, path in PAGES.items():
                    page.goto(f"{live.base}/console/{path.format(sale=sale)}")
                    page.wait_for_selector("main h1", state="attached")
                    page.wait_for_load_state("networkidle")
                    page.evaluate("document.fonts.ready")
                    page.wait_for_timeout(600)  # the mirror's frame loads its own fonts
                    page.screenshot(path=out / f"{size}{name}-{language}.png", animations="disabled")
                page.close()
