"""The suite that every stream scanner passes: the real driver on the lab's TCP port and on its pseudo-terminal."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from paybooth.drivers import open_device
from paybooth.drivers.scanner import StreamScanner
from paybooth.lab.devices import LabScanner
from paybooth.ports import Health, HealthState, Scan

pytestmark = pytest.mark.anyio
MILK = "6901028075763"


class Clock:
    """Real seconds: the duplicate guard's are the only ones that matter here."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class ScanBench:
    lab: LabScanner
    driver: StreamScanner
    unplug: Callable[[], object]
    scans: asyncio.Queue[Scan] = field(default_factory=lambda: asyncio.Queue(64))
    health: list[Health] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def report(self, health: Health) -> None:
        self.health.append(health)
        self.changed.set()

    async def until(self, state: HealthState) -> Health:
        async with asyncio.timeout(5):
            while not self.health or self.health[-1].state is not state:
                self.changed.clear()
                await self.changed.wait()
        return self.health[-1]

    async def next(self) -> Scan:
        async with asyncio.timeout(5):
            return await self.scans.get()


@asynccontextmanager
async def scan_bench(kind: str) -> AsyncIterator[ScanBench]:
    lab = LabScanner()
    async with AsyncExitStack() as stack:
        plug = await stack.enter_async_context(AsyncExitStack())
        if kind == "tcp":
            url = f"scanner+tcp://127.0.0.1:{await plug.enter_async_context(lab.serve())}"
        else:
            url = f"scanner+serial://{plug.enter_context(lab.serial())}"
        driver = open_device("scanner:1:0", url, Clock())
        assert isinstance(driver, StreamScanner)
        bench = ScanBench(lab, driver, plug.aclose)
        driver.on_scan = bench.scans.put_nowait
        running = asyncio.create_task(driver.run(bench.report))
        try:
            await bench.until(HealthState.ONLINE)
            if kind == "tcp":  # connecting is over before the far end has noticed
                async with asyncio.timeout(5):
                    await lab.plugged.wait()
            yield bench
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(params=["tcp", "serial"])
async def bench(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[ScanBench]:
    async with scan_bench(request.param) as made:
        yield made


async def test_a_scan_arrives_with_its_symbology(bench: ScanBench) -> None:
    assert bench.lab.scan(MILK, aim="]E0")
    assert await bench.next() == Scan(MILK, "]E0")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\t", b"\r\n"])
async def test_frames_end_in_any_usual_way(bench: ScanBench, end: bytes) -> None:
    bench.lab.raw(MILK.encode() + end + b"42" + end)
    assert [(await bench.next()).text, (await bench.next()).text] == [MILK, "42"]


async def test_a_frame_may_come_in_pieces(bench: ScanBench) -> None:
    for piece in (b"]E0690", b"10280", b"75763\r"):
        bench.lab.raw(piece)
    assert await bench.next() == Scan(MILK, "]E0")


async def test_separators_control_bytes_and_chinese_come_through_unchanged(bench: ScanBench) -> None:
    """A line discipline that cooks would eat 0x11, 0x13, 0x1a or 0x7f, and echo what it got."""
    texts = [f"0106901028075763\x1d21{secrets.token_hex(2)}", "a\x11b\x13c\x1ad\x7fe", "鲜牛奶"]
    for text in texts:
        bench.lab.scan(text, aim="]d2")
    assert [await bench.next() for _ in texts] == [Scan(text, "]d2") for text in texts]


async def test_looking_twice_is_one_piece(bench: ScanBench) -> None:
    for code in (MILK, MILK, "123456"):
        bench.lab.scan(code)
    assert [(await bench.next()).text, (await bench.next()).text] == [MILK, "123456"]


async def test_a_burst_loses_nothing(bench: ScanBench) -> None:
    codes = [f"690000{n:07d}" for n in range(50)]
    for code in codes:
        bench.lab.scan(code)
    assert [(await bench.next()).text for _ in codes] == codes


async def test_a_serial_line_that_nobody_opened_sees_nothing() -> None:
    lab = LabScanner()
    with lab.serial():
        assert not lab.scan(MILK)


async def test_an_unplugged_scanner_is_said_and_nobody_sees_its_scans(bench: ScanBench) -> None:
    bench.lab.scan(MILK)
    await bench.next()
    await bench.unplug()
    lost = await bench.until(HealthState.OFFLINE)
    assert lost.reasons
    assert not bench.lab.scan(MILK)
