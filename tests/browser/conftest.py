"""Chromium, and the built pages on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
