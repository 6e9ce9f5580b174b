"""Chromium, and the built pages on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from paybooth.lab.shelf import barcode
from tools.shots import ARGS, UI, gallery


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=ARGS, headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gallery_url() -> Iterator[str]:
    assert (UI / "gallery" / "index.html").is_file(), "the pages are not built: ./dev build"
    with gallery() as base:
        yield base


@pytest.fixture
def pages(gallery_url: str) -> str:
    """The origin that serves the built pages."""
    return gallery_url.removesuffix("/ui/gallery/index.html")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1080, "height": 1920}, has_touch=True, locale="zh-CN")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert not faults, faults


# ---------------------------------------------------------------- the demo


@dataclass
class Demo:
    base: str

    def act(self, act: str, /, **args: object) -> dict:
        request = urllib.request.Request(f"{self.base}/lab/api/{act}", json.dumps(args).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def see(self) -> dict:
        with urllib.request.urlopen(f"{self.base}/lab/api/state", timeout=10) as answer:
            return json.load(answer)

    def scan(self, sku: str) -> None:
        assert self.act("scan", code=barcode(sku))["seen"]

    def show_phone(self, channel: str) -> None:
        code = self.act("code", channel=channel)["code"]
        assert self.act("scan", code=code)["seen"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "paybooth", "demo", "--port", str(port), "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Stop: Ctrl+C" in line:
                break
        else:
            pytest.fail(f"the demo stopped with {process.wait(20)} before it was open")
        try:
            yield Demo(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture
def said() -> list[str]:
    """Every complaint of the kiosk page; a test that causes some takes them out."""
    return []


def listen(page: Page, said: list[str]) -> None:
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
