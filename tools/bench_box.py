"""What benches share: the floor of the disk, a shop in its own process, and booths driven with the least client work."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from paybooth.domain.barcode import check_digit
from paybooth.domain.goods import Product, difference
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.ledger import Ledger
from paybooth.shop.catalogue import read_csv

Result = dict[str, Any]


def fdatasync_times(folder: Path, times: int = 1000) -> list[float]:
    """Milliseconds of each overwriting of 4 KiB and syncing it: what the disk allows."""
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
    return taken


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def furnish(
    folder: Path, *, booths: int, products: int, scanners: Sequence[int] = (), more: str = ""
) -> tuple[Path, int]:
    """(configuration, port) of a shop with this many booths and products, no wallets; one TCP scanner port a booth, `more` TOML."""
    port = free_port()
    config = folder / "shop.toml"
    parts = [f'data = "data"\n[web]\nport = {port}\n[shop]\ncode = "BENCH"\nname_zh = "店"\nname_en = "Shop"\n']
    for n in range(booths):
        parts.append(f'[[booth]]\nid = "{n + 1}"\n')
        if scanners:
            parts.append(f'scanners = ["scanner+tcp://127.0.0.1:{scanners[n]}"]\n')
    config.write_text("".join(parts) + more)
    (folder / "data").mkdir(exist_ok=True)
    stock(folder / "data" / "ledger.db", products)
    return config, port


def stock(path: Path, products: int) -> None:
    """Make this the whole catalogue of a ledger."""
    with Ledger(path, threaded=False) as ledger:
        loaded = [p for p in read_csv(goods_csv(products)) if isinstance(p, Product)]
        done = difference((), loaded)
        ledger.run_now(lambda c: shelves.replace_all(c, loaded, done, by="bench", reason="bench"), at_ms=1)


def switch_on(config: Path) -> subprocess.Popen[bytes]:
    """The shop's own process. With bytecode, as an installed wheel has: the first start may write it."""
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(config)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@asynccontextmanager
async def box(
    folder: Path, *, booths: int, products: int, scanners: Sequence[int] = (), more: str = ""
) -> AsyncIterator[Box]:
    """A shop process as `furnish` makes it, ready to scan; switched off at the end."""
    config, port = furnish(folder, booths=booths, products=products, scanners=scanners, more=more)
    process = switch_on(config)
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
        self._wire: asyncio.Transport
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
        is_ping = self._buffer[0] & 15 == 9
        frame, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
        if is_ping:
            self._wire.write(b"\x8a" + bytes([128 | size]) + bytes(4) + frame)
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

    async def see(self, text: str) -> None:
        """Wait for a frame that holds this; asked before what brings it is done."""
        self._needle = text.encode()
        self._found = asyncio.get_running_loop().create_future()
        await self._found

    async def leave(self) -> None:
        await self.act('{"name":"abandon"}')


@asynccontextmanager
async def kiosks(port: int, count: int) -> AsyncIterator[list[Booth]]:
    """The sockets of this many booths, with the cookie that the kiosk's page gives."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        cookie = (await client.get(f"http://127.0.0.1:{port}/kiosk/")).headers["set-cookie"].partition(";")[0]
    async with sockets(port, count, cookie) as made:
        yield made


@asynccontextmanager
async def sockets(port: int, count: int, cookie: str = "") -> AsyncIterator[list[Booth]]:
    made = [Booth(str(n)) for n in range(1, count + 1)]
    for booth in made:
        await booth.open(port, cookie)
    try:
        yield made
    finally:
        for booth in made:
            booth.close()


async def act_times(booth: Booth, baskets: int) -> list[float]:
    """Milliseconds of each scan over the socket, answer included, in baskets of 30; the first hundred warm up."""
    taken = []
    for basket in range(baskets):
        for n in range(30):
            began = time.perf_counter()
            await booth.scan(ean(basket * 30 + n))
            taken.append((time.perf_counter() - began) * 1000)
        await booth.leave()
    return taken[100:]


async def fill(booth: Booth, k: int) -> None:
    """Sixty scans at one booth."""
    for n in range(60):
        await booth.scan(ean(k * 100 + n % 25))
    await booth.leave()


async def fill_rate(booths: list[Booth], rounds: int = 3) -> float:
    """Durable add-line requests per second of all booths together; the median round."""
    rates = []
    for _ in range(rounds):
        began = time.perf_counter()
        await asyncio.gather(*(fill(booth, k) for k, booth in enumerate(booths)))
        rates.append(len(booths) * 60 / (time.perf_counter() - began))
    return statistics.median(rates)
