"""Chromium, and the built pages on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

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
