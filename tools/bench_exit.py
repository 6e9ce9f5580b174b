"""`./dev bench exit`: how soon the exit answers while the shop is busy: the button, and an unpaid piece past the gate.

The box is its own process; reader, relay board and shoppers speak the true wires to it: 1,000 tag reads a second and four
booths selling. Floor: round trips to a bare asyncio echo in another process, in the same minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from paybooth.domain.door import Input, Output
from paybooth.domain.epc import sgtin96
from paybooth.lab.llrp_reader import LlrpServer
from paybooth.lab.radio import Carrier, Field, out, shelf
from paybooth.lab.relay_board import RelayBoard
from paybooth.lab.site import DoorSite

from .bench_box import Booth, Result, box, ean, kiosks, percentile

BOOTHS, SECONDS, SCANS_PER_S = 4, 90, 2
FLOOD = 40
"""Foreign tags in each of the reader's twenty reports a second; shelves make it a thousand reads."""

GATE = """
[[gate]]
id = "exit"
readers = ["llrp://127.0.0.1:{reader}?inner=1&outer=2"]
board = "modbus+tcp://127.0.0.1:{board}"
button_s = 0.2
pulse_s = 0.2
siren_s = 0.3
"""
ECHO = """
import asyncio
class Echo(asyncio.Protocol):
    def connection_made(self, wire): self.wire = wire
    def data_received(self, data): self.wire.write(data)
async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class TimedSite(DoorSite):
    """A door that remembers when a relay was written and when the button was first told."""

    def __init__(self) -> None:
        super().__init__(timer_s=0.05)
        self.written: dict[Output, float] = {}
        self.told_s = 0.0
        self.moved = asyncio.Event()

    def write(self, outputs: dict[Output, bool], now_s: float) -> None:
        for output, on in outputs.items():
            if self.coils[output] is not on:
                self.written[output] = now_s
        super().write(outputs, now_s)
        self.moved.set()

    def inputs(self, now_s: float) -> dict[Input, bool]:
        if self.pressed and not self.told_s:
            self.told_s = now_s
        return super().inputs(now_s)

    async def until(self, output: Output, *, on: bool) -> None:
        while self.coils[output] is not on:
            self.moved.clear()
            await self.moved.wait()


async def exit_(folder: Path) -> Result:
    """Milliseconds from contact to relay and from report to siren, beside the floor."""
    site = TimedSite()
    board, reader = RelayBoard(site), LlrpServer(Field(random.Random(1), 1.0))
    reader.field.carriers.append(shelf([_tag(n, 1) for n in range(900, 908)], metres=-3.5))
    reader.flood = FLOOD
    async with AsyncExitStack() as stack:
        ports = {
            "board": await stack.enter_async_context(board.serve()),
            "reader": await stack.enter_async_context(reader.serve()),
        }
        shop = await stack.enter_async_context(box(folder, booths=BOOTHS, products=1000, more=GATE.format_map(ports)))
        pages = await stack.enter_async_context(kiosks(shop.port, BOOTHS))
        echo = await stack.enter_async_context(_echo())
        async with asyncio.timeout(30):
            await site.until(Output.LOCK, on=True)
        ends_s = time.monotonic() + SECONDS
        cpu = shop.cpu_s
        selling = asyncio.gather(*(_sell(page, k, ends_s) for k, page in enumerate(pages)))
        presses, alarms, floor = await asyncio.gather(
            _press(site, ends_s), _steal(site, reader, ends_s), _round_trips(echo, ends_s)
        )
        scans = await selling
        cpu = shop.cpu_s - cpu
    contact, answered = [a for a, _ in presses], [b for _, b in presses]
    return {
        "booths": BOOTHS,
        "scans_per_s": round(sum(scans) / SECONDS, 1),
        "reads_per_s": round(reader.told / SECONDS),
        "cpu_percent": round(cpu / SECONDS * 100, 1),
        "presses": len(presses),
        **_told("contact_to_relay_ms", contact),
        **_told("poll_to_relay_ms", answered),
        "alarms": len(alarms),
        **_told("report_to_siren_ms", alarms),
        **_told("echo_ms", floor),
        "poll_to_relay_vs_echo_p99": round(percentile(answered, 99) / percentile(floor, 99), 1),
        "report_to_siren_vs_echo_p99": round(percentile(alarms, 99) / percentile(floor, 99), 1),
    }


def _told(name: str, taken: list[float]) -> Mapping[str, float]:
    return {
        f"{name}_p50": round(statistics.median(taken), 2),
        f"{name}_p99": round(percentile(taken, 99), 2),
        f"{name}_most": round(max(taken), 2),
    }


def _tag(product: int, serial: int) -> bytes:
    return sgtin96(ean(product).zfill(14), serial, 7)


async def _press(site: TimedSite, ends_s: float) -> list[tuple[float, float]]:
    """Presses, each from a locked door: (contact → relay, poll's answer → relay)."""
    found = []
    chance = random.Random(2)
    while time.monotonic() < ends_s:
        await site.until(Output.LOCK, on=True)
        await asyncio.sleep(0.2 + chance.random() * 0.1)
        if not site.coils[Output.LOCK]:
            continue  # somebody with goods stands at the door: it is open already
        site.told_s, at_s = 0.0, time.monotonic()
        site.press(at_s)
        async with asyncio.timeout(5):
            await site.until(Output.LOCK, on=False)
        relay_s = site.written[Output.LOCK]
        site.let_go()
        if site.told_s:  # else goods opened it between contact and poll
            found.append(((relay_s - at_s) * 1000, (relay_s - site.told_s) * 1000))
    return found


async def _steal(site: TimedSite, reader: LlrpServer, ends_s: float) -> list[float]:
    """Unpaid pieces walk out one after another: milliseconds from the report before the siren to its relay."""
    found: list[float] = []
    serial = 10
    while time.monotonic() < ends_s:
        serial += 1
        reader.field.carriers.append(Carrier((_tag(serial, serial),), out(reader.now_s(), 3.0)))
        async with asyncio.timeout(10):
            await site.until(Output.SIREN, on=True)
            found.append((site.written[Output.SIREN] - reader.told_s) * 1000)
            await site.until(Output.SIREN, on=False)
    return found


async def _sell(page: Booth, k: int, ends_s: float) -> int:
    """Twice a second a piece; a basket of twenty is left behind and the next one begins."""
    scans = 0
    await asyncio.sleep(k / (SCANS_PER_S * BOOTHS))
    while time.monotonic() < ends_s:
        await page.scan(ean(k * 100 + scans % 20))
        scans += 1
        if scans % 20 == 0:
            await page.leave()
        await asyncio.sleep(1 / SCANS_PER_S)
    return scans


@asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    """A bare echo in its own process; yields its port."""
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(await asyncio.to_thread(process.stdout.readline))
        finally:
            process.terminate()


async def _round_trips(port: int, ends_s: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    with contextlib.closing(writer):
        while time.monotonic() < ends_s:
            began = time.perf_counter()
            writer.write(b"paybooth????")
            await reader.readexactly(12)
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.02)
    return taken
