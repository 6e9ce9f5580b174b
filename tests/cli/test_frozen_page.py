"""A real Chromium whose page stops painting: its supervisor starts it anew, and the new one paints."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from paybooth.kiosk import Eye
from paybooth.web import server

from ..shop.floor import floor
from ..web.test_api import GENEROUS, serve
from .test_kiosk import kept, painting

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

HEADLESS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage")


def renderers(profile):
    """Process ids of the browser on this profile that draw pages."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes() if process.name.isdigit() else b""
        except OSError:
            continue
        if b"--type=renderer" in words and str(profile).encode() in words:
            found.append(int(process.name))
    return found


async def test_a_renderer_that_stands_still(tmp_path):
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: apt-get install chromium")
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        profile = tmp_path / "profile"
        command = [executable, *HEADLESS, f"--user-data-dir={profile}", f"http://127.0.0.1:{port}/kiosk/?booth=1"]
        quiet = ["sh", "-c", 'exec "$@" 2>/dev/null', "sh", *command]
        async with kept(port, quiet, eye=Eye(4.0)) as (diary, _):
            await painting(port)
            first = renderers(profile)
            for number in first:
                os.kill(number, signal.SIGSTOP)
            await diary.until("frozen")
            await diary.until("started", 2)
            await painting(port)
            assert first
            assert not set(first) & set(renderers(profile))
            assert diary.said == ["waiting", "started", "frozen", "started"]
        assert not renderers(profile)
