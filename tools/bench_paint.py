"""`./dev bench kiosk` and `watched`: from a scan to the painted frame in Chromium, alone and with consoles looking on."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import websockets
from playwright.async_api import async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from paybooth.app import shop_key
from paybooth.lab.serve import serve
from paybooth.web.staff import box_token

from . import shots
from .bench_box import Booth, Result, box, ean, kiosks, percentile

ROUNDS = 200
REST_S = 0.04
"""Between two acts: eight booths in turn, so that each scans three times a second."""

Act = Callable[[int], Awaitable[object]]


async def kiosk(folder: Path) -> Result:
    """P4: scan → painted on one booth's page while eight booths scan, against an empty page's push → paint."""
    async with _blank_page() as (url, push):
        floor = await _paints(url, [push, *[_nothing] * 7])
    async with box(folder, booths=8, products=100_000) as shop, kiosks(shop.port, 8) as hands:
        taken = await _paints(f"http://127.0.0.1:{shop.port}/kiosk/?booth=1", [_scans(hand) for hand in hands])
    return {
        "push_to_paint_ms_p50": round(statistics.median(floor), 1),
        "push_to_paint_ms_p99": round(percentile(floor, 99), 1),
        "scan_to_paint_ms_p50": round(statistics.median(taken), 1),
        "scan_to_paint_ms_p99": round(percentile(taken, 99), 1),
        "p4_p99_ratio": round(percentile(taken, 99) / percentile(floor, 99), 2),
    }


CONSOLES = 50
PAIRS = 2


async def watched(folder: Path) -> Result:
    """Scan → painted on one of four selling booths while consoles watch everything, against the same without them."""
    taken: dict[int, list[float]] = {0: [], CONSOLES: []}
    async with box(folder, booths=4, products=5000) as shop, kiosks(shop.port, 4) as hands:
        token = box_token(shop_key(folder / "data"))
        for _ in range(PAIRS):
            for count, times in taken.items():
                async with _consoles(shop.port, token, count):
                    url = f"http://127.0.0.1:{shop.port}/kiosk/?booth=1"
                    times.extend(await _paints(url, [_scans(hand) for hand in hands]))
    alone, beside = (percentile(times, 95) for times in taken.values())
    return {
        "consoles": CONSOLES,
        "scan_to_paint_ms_p95_alone": round(alone, 1),
        "scan_to_paint_ms_p95_watched": round(beside, 1),
        "watched_p95_ratio": round(beside / alone, 2),
    }


@asynccontextmanager
async def _consoles(port: int, token: str, count: int) -> AsyncIterator[None]:
    """So many pages of staff: each watches the shop, its incidents and a booth, and reads what comes."""
    greeting = msgspec.json.encode(
        {"type": "staff", "token": token, "topics": ["now", "incidents", "booth:1"]}
    ).decode()

    async def look() -> None:
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws/console", proxy=None, compression=None) as page:
            await page.send(greeting)
            async for _ in page:
                pass

    async with asyncio.TaskGroup() as pages:
        looking = [pages.create_task(look()) for _ in range(count)]
        yield
        for task in looking:
            task.cancel()


def _scans(hand: Booth) -> Act:
    async def scan(n: int) -> None:
        if n % 30 == 29:
            await hand.leave()
        await hand.scan(ean(n))

    return scan


async def _nothing(n: int) -> None:
    del n


async def _paints(url: str, acts: list[Act]) -> list[float]:
    """Milliseconds from the first booth's act to the frame it painted; the others act in between, without a page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shots.chromium_path(), args=shots.ARGS)
        page = await browser.new_page(viewport={"width": 1080, "height": 1920})
        await page.add_init_script(PAINTED)
        await page.goto(url)
        await page.wait_for_function("window.opened")
        began = []
        for n in range(ROUNDS):
            for act in acts:
                await asyncio.sleep(REST_S)
                if act is acts[0]:
                    began.append(time.time() * 1000)
                await act(n)
        await asyncio.sleep(1)
        ended: list[float] = await page.evaluate("window.painted")
        await browser.close()
    return [min(end for end in ended if end > start) - start for start in began[5:]]


@asynccontextmanager
async def _blank_page() -> AsyncIterator[tuple[str, Act]]:
    """A page that shows one number, pushed over a socket: what browser, loop and machine take by themselves."""
    sockets: list[WebSocket] = []

    async def numbers(socket: WebSocket) -> None:
        await socket.accept()
        sockets.append(socket)
        with contextlib.suppress(WebSocketDisconnect):
            await socket.receive_text()

    async def blank(_: Request) -> HTMLResponse:
        return HTMLResponse(
            "<div id=root>0</div><script>new WebSocket('ws://'+location.host+'/ws')"
            ".onmessage=(e)=>{document.getElementById('root').textContent=e.data}</script>"
        )

    async def push(n: int) -> None:
        await sockets[0].send_text(str(n + 1))

    async with serve(Starlette(routes=[Route("/", blank), WebSocketRoute("/ws", numbers)])) as port:
        yield f"http://127.0.0.1:{port}/", push


PAINTED = """(() => {
  window.painted = [];
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...a) {
      super(...a);
      this.addEventListener('open', () => { window.opened = true; });
    }
  };
  addEventListener('DOMContentLoaded', () => new MutationObserver(() => requestAnimationFrame(() => {
    const c = new MessageChannel();
    c.port1.onmessage = () => window.painted.push(performance.timeOrigin + performance.now());
    c.port2.postMessage(0);
  })).observe(document.getElementById('root'), { subtree: true, childList: true, characterData: true }));
})()"""
