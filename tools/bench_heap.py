"""`./dev bench heap`: the kiosk page's heap over 2,000 sales; the tests hold it to 300."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.played_box import Box
from tests.browser.test_heap import sell, weigh

from . import shots
from .bench_box import Result

STOPS = (200, 1000, 2000)


async def heap(folder: Path) -> Result:
    """MiB of the page's reachable heap after so many sales, and its DOM nodes. A played box: the page is measured."""
    del folder
    return await asyncio.to_thread(_weighed)


def _weighed() -> Result:
    result: Result = {}
    with shots.gallery() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shots.chromium_path(), args=shots.ARGS)
        context = browser.new_context(viewport={"width": 1080, "height": 1920}, has_touch=True, locale="zh-CN")
        page = context.new_page()
        box = Box(page, base.removesuffix("/ui/gallery/index.html"), own_clock=False)
        page.wait_for_selector(".phase-attract")
        cdp = context.new_cdp_session(page)
        for number in range(1, STOPS[-1] + 1):
            sell(box, number)
            if number in STOPS:
                weight = weigh(cdp)
                result[f"heap_mib_{number}"] = round(weight.heap / 2**20, 2)
                result[f"nodes_{number}"] = weight.nodes
        browser.close()
    growth = result[f"heap_mib_{STOPS[-1]}"] / result[f"heap_mib_{STOPS[0]}"]
    return {**result, "growth": round(growth, 3)}
