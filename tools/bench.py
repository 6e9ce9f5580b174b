"""`./dev bench ledger|catalogue|sale|kiosk [--json]`: figures as ratios against a floor measured in the same run.

The shop under test is the product: `paybooth run` in its own process, spoken to over its sockets. Loops are bounded.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvloop

from paybooth.domain.barcode import check_digit
from paybooth.domain.goods import Product
from paybooth.lab.demo import fill_shelves
from paybooth.lab.shelf import barcode
from paybooth.lab.tour import TOUR_WAITS, Eyes
from paybooth.lab.world import open_world
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.ledger import Ledger
from paybooth.shop.catalogue import Catalogue, read_csv

Result = dict[str, Any]


def fdatasync_floor(folder: Path, times: int = 2000) -> tuple[float, float, float]:
    """(p50 ms, p99 ms, per second) of overwriting 4 KiB and syncing it: what the disk allows."""
    block = os.urandom(4096)
    path = folder / "floor"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    os.write(handle, block * 64)
    os.fdatasync(handle)
    taken = []
    for n in range(times):
        began = time.perf_counter()
        os.pwrite(handle, block, (n % 64) * 4096)
        os.fdatasync(handle)
        taken.append((time.perf_counter() - began) * 1000)
    os.close(handle)
    path.unlink()
    return statistics.median(taken), percentile(taken, 99), times / (sum(taken) / 1000)


def percentile(values: list[float], which: int) -> float:
    return statistics.quantiles(values, n=100)[which - 1]


@dataclass
class Box:
    process: subprocess.Popen[bytes]
    port: int
    config: Path

    @property
    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def rss_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")


def goods_csv(count: int) -> str:
    rows = ["sku,barcodes,name_zh,price"]
    for n in range(count):
        body = f"690{n:09d}"
        rows.append(f"S{n},{body}{check_digit(body)},商品 {n},{n % 900 + 1}.50")
    return "\n".join(rows) + "\n"


def ean(n: int) -> str:
    body = f"690{n:09d}"
    return body + str(check_digit(body))


@asynccontextmanager
async def box(folder: Path, *, booths: int, products: int) -> AsyncIterator[Box]:
    """A shop process with this many booths and products, no wallets and no devices."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "shop.toml"
    parts = [f'data = "data"\n[web]\nport = {port}\n[shop]\ncode = "BENCH"\nname_zh = "店"\nname_en = "Shop"\n']
    parts += [f'[[booth]]\nid = "{n}"\n' for n in range(1, booths + 1)]
    config.write_text("".join(parts))
    (folder / "data").mkdir(exist_ok=True)
    with Ledger(folder / "data" / "ledger.db", threaded=False) as ledger:
        loaded = [p for p in read_csv(goods_csv(products)) if isinstance(p, Product)]
        done = shelves.difference((), loaded)
        ledger.run_now(lambda c: shelves.replace_all(c, loaded, done, by="bench", reason="bench"), at_ms=1)
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await ready(port)
        yield Box(process, port, config)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


async def ready(port: int, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds), httpx2.AsyncClient(trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


class Booth(asyncio.Protocol):
    """One kiosk's socket with the least client work, so that the shop is what is measured (RFC 6455, text frames)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._n = 0
        self._buffer = b""
        self._upgraded = False
        self._needle = b"101 Switching"
        self._found: asyncio.Future[bytes] | None = None

    async def open(self, port: int, cookie: str) -> None:
        loop = asyncio.get_running_loop()
        self._found = loop.create_future()
        self._wire, _ = await loop.create_connection(lambda: self, "127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        request = f"GET /ws/kiosk/{self._name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        request += f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        self._wire.write(f"{request}Cookie: {cookie}\r\n\r\n".encode())
        await self._found

    def close(self) -> None:
        self._wire.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (frame := self._next()) is not None:
            if self._found is not None and not self._found.done() and self._needle in frame:
                self._found.set_result(frame)

    def _next(self) -> bytes | None:
        """The next whole frame's payload (first: the answer to the upgrade), or None."""
        if not self._upgraded:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            self._upgraded, self._buffer = bool(found), rest if found else head
            return head if found else None
        if len(self._buffer) < 4:
            return None
        size, start = self._buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(self._buffer[2:4], "big"), 4
        if size == 127 or len(self._buffer) < start + size:
            assert size != 127, "no frame of ours is that long"
            return None
        frame, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
        return frame

    async def act(self, action: str) -> bytes:
        """Send an intent (its action as JSON); return the frame that answers it, unparsed."""
        self._n += 1
        intent = f"{self._name}-{self._n}"
        body = f'{{"type":"intent","id":"{intent}","seen_rev":0,"action":{action}}}'.encode()
        self._needle = f'"id":"{intent}"'.encode()
        self._found = asyncio.get_running_loop().create_future()
        # a mask of zeros is a mask: the payload goes as it is
        head = b"\x81" + (bytes([128 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2, "big"))
        self._wire.write(head + bytes(4) + body)
        return await self._found

    async def scan(self, code: str) -> None:
        """A scan and its durable answer."""
        await self.act(f'{{"name":"scan","text":"{code}","symbology":"]E0"}}')

    async def leave(self) -> None:
        await self.act('{"name":"abandon"}')


@asynccontextmanager
async def kiosks(port: int, count: int) -> AsyncIterator[list[Booth]]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        cookie = (await client.get(f"http://127.0.0.1:{port}/kiosk/")).headers["set-cookie"].partition(";")[0]
    made = [Booth(str(n)) for n in range(1, count + 1)]
    for booth in made:
        await booth.open(port, cookie)
    try:
        yield made
    finally:
        for booth in made:
            booth.close()


async def ledger(folder: Path) -> Result:
    """P1: scan → durable → answer; P2: durable add-line requests with 32 booths; P13: memory."""
    p50, p99, rate = fdatasync_floor(folder)
    async with box(folder, booths=32, products=100_000) as shop:
        async with kiosks(shop.port, 1) as (one,):
            taken = []
            for basket in range(40):
                for n in range(30):
                    began = time.perf_counter()
                    await one.scan(ean(basket * 30 + n))
                    taken.append((time.perf_counter() - began) * 1000)
                await one.leave()
        taken = taken[100:]
        rates = []
        async with kiosks(shop.port, 32) as all_booths:
            for _ in range(3):
                began = time.perf_counter()
                await asyncio.gather(*(_fill(b, k) for k, b in enumerate(all_booths)))
                rates.append(32 * 60 / (time.perf_counter() - began))
        memory = shop.rss_mib
    rate_after = fdatasync_floor(folder)[2]
    floor_rate = statistics.median([rate, rate_after])
    return {
        "fdatasync_ms_p50": round(p50, 3),
        "fdatasync_ms_p99": round(p99, 3),
        "scan_ms_p50": round(statistics.median(taken), 3),
        "scan_ms_p99": round(percentile(taken, 99), 3),
        "p1_p50_ratio": round(statistics.median(taken) / p50, 2),
        "p1_p99_ratio": round(percentile(taken, 99) / p99, 2),
        "addline_per_s_32": round(statistics.median(rates)),
        "p2_ratio": round(statistics.median(rates) / floor_rate, 3),
        "p13_rss_mib_32_booths": round(memory),
    }


async def _fill(booth: Booth, k: int) -> None:
    for n in range(60):
        await booth.scan(ean(k * 100 + n % 25))
    await booth.leave()


async def catalogue(folder: Path) -> Result:
    """P5: look-up against plain sqlite3; start-up with 100,000 and 1,000,000 products."""
    result: Result = {}
    for count in (100_000, 1_000_000):
        path = folder / f"{count}.db"
        with Ledger(path, threaded=False) as opened:
            loaded = [p for p in read_csv(goods_csv(count)) if isinstance(p, Product)]
            done = shelves.difference((), loaded)
            write = lambda c, loaded=loaded, done=done: shelves.replace_all(c, loaded, done, by="b", reason="b")  # noqa: E731
            opened.run_now(write, at_ms=1)
            began = time.perf_counter()
            ready_made = Catalogue(shelves.load(opened.reader))
            result[f"ready_s_{count}"] = round(time.perf_counter() - began, 2)
        del loaded
    keys = [(f"0{ean(n * 7)}",) for n in range(100_000)]
    plain = sqlite3.connect(folder / "1000000.db")
    sql = "SELECT p.sku, p.price FROM codes c JOIN products p ON p.sku = c.sku WHERE c.code = ?"
    began = time.perf_counter()
    for key in keys:
        plain.execute(sql, key).fetchone()
    floor_s = time.perf_counter() - began
    plain.close()
    began = time.perf_counter()
    for key in keys:
        ready_made.find(key)
    ours_s = time.perf_counter() - began
    return {
        **result,
        "sqlite3_per_s": round(1e5 / floor_s),
        "product_per_s": round(1e5 / ours_s),
        "p5_ratio": round(floor_s / ours_s, 1),
    }


async def sale(folder: Path) -> Result:
    """P3 and P6: five-line sales through both wallets' true wires, the shop's CPU per sale; P12: restart after kill -9."""
    count = 40
    async with open_world(folder, seed=1, origin="http://127.0.0.1:1", waits=TOUR_WAITS) as world:
        await fill_shelves(world)
        await world.start_shop()
        eyes = Eyes(world)
        await eyes.open()
        await eyes.until(lambda v: all(c["available"] for c in v["channels"]))
        assert world.process is not None
        shop = Box(world.process, world.shop_port, world.config)  # type: ignore[arg-type]  # has a pid, all that is used
        cpu, began = shop.cpu_s, time.perf_counter()
        bank = next(iter(world.banks.values()))
        for n in range(count):
            for sku in ("P101", "P201", "P303", "P406", "P601"):
                await eyes.tap("scan", text=barcode(sku))
            await eyes.tap("pay", total_fen=eyes.view["sale"]["total_fen"])
            code = bank.fresh_code(bank.wallet(f"b{n}"), time.time_ns() // 1_000_000)
            bank.wallet(f"b{n}").password_over = 10**9  # type: ignore[assignment]  # fen
            await eyes.tap("scan", text=code)
            await eyes.phase("done")
            await eyes.tap("finish")
        took, used = time.perf_counter() - began, shop.cpu_s - cpu
        await eyes.close()
        await world.cut_power()
        again = time.perf_counter()
        await world.start_shop()
        restart_s = time.perf_counter() - again
    return {
        "sales": count,
        "sales_per_s_one_booth": round(count / took, 1),
        "p6_cpu_ms_per_sale": round(used / count * 1000, 2),
        "restart_after_kill_s": round(restart_s, 2),
    }


async def kiosk(folder: Path) -> Result:
    """P4: from the scan's snapshot on the socket to the painted frame, as Chromium itself reports it; bundle size."""
    from tools.shots import chromium  # noqa: PLC0415 only this bench needs a browser

    async with box(folder, booths=1, products=100_000) as shop:

        def drive() -> list[float]:
            with chromium() as browser:
                page = browser.new_page(viewport={"width": 1080, "height": 1920})
                page.goto(f"http://127.0.0.1:{shop.port}/kiosk/")
                page.wait_for_selector(".phase-attract, .phase-closed")
                return list(page.evaluate(PAINT, [ean(n) for n in range(120)]))

        taken = await asyncio.to_thread(drive)
    empty = taken[:120]
    scans = taken[120:]
    return {
        "frame_ms_p50": round(statistics.median(empty), 1),
        "frame_ms_p99": round(percentile(empty, 99), 1),
        "scan_to_paint_ms_p50": round(statistics.median(scans), 1),
        "scan_to_paint_ms_p99": round(percentile(scans, 99), 1),
        "p4_p99_ratio": round(percentile(scans, 99) / percentile(empty, 99), 2),
    }


PAINT = """async (codes) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const c = new MessageChannel(); c.port1.onmessage = () => done(performance.now()); c.port2.postMessage(0); }));
  const out = [];
  for (let n = 0; n < 120; n++) {  // the floor: one touched element, one frame
    const a = performance.now(); document.title = String(n); out.push((await painted()) - a);
    await new Promise((r) => setTimeout(r, 7));
  }
  for (const code of codes) {
    const a = performance.now();
    const seen = new Promise((done) => {
      const root = document.getElementById('root');
      const watch = new MutationObserver(() => { watch.disconnect(); done(); });
      watch.observe(root, { subtree: true, childList: true, characterData: true });
    });
    await fetch('/api/booths/1/scan', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: code }) });
    await seen;
    out.push((await painted()) - a);
    await new Promise((r) => setTimeout(r, 11));
  }
  return out;
}"""

BENCHES: dict[str, Callable[[Path], Any]] = {"ledger": ledger, "catalogue": catalogue, "sale": sale, "kiosk": kiosk}


def main() -> None:
    names = [a for a in sys.argv[1:] if a in BENCHES]
    if len(names) != 1:
        raise SystemExit(f"./dev bench {'|'.join(BENCHES)} [--json]")
    with tempfile.TemporaryDirectory(prefix="paybooth-bench-") as folder:
        result = uvloop.run(BENCHES[names[0]](Path(folder)))
    if "--json" not in sys.argv:
        for key, value in result.items():
            print(f"{key:<26} {value}")
    print(json.dumps({"bench": names[0], **result}))


if __name__ == "__main__":
    main()
