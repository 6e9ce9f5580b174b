"""`./dev bench steady`: two scans a second for a minute on each of four booths; the journal must hold each once."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from paybooth.domain import facts as f
from paybooth.lab.devices import LabScanner
from paybooth.ledger.ledger import Ledger

from .bench_box import Booth, Result, box, ean, kiosks, percentile

BOOTHS, SECONDS, PER_S = 4, 60, 2
ANSWER_S = 5.0

Scanned = Counter[tuple[str, str]]
"""(booth, sku) → pieces."""


async def steady(folder: Path) -> Result:
    """Scans by the true TCP scanner driver while a page watches each booth; sent against journalled, piece by piece."""
    guns = [LabScanner() for _ in range(BOOTHS)]
    async with AsyncExitStack() as stack:
        ports = [await stack.enter_async_context(gun.serve()) for gun in guns]
        shop = await stack.enter_async_context(box(folder, booths=BOOTHS, products=100_000, scanners=ports))
        pages = await stack.enter_async_context(kiosks(shop.port, BOOTHS))
        async with asyncio.timeout(20):
            await asyncio.gather(*(gun.plugged.wait() for gun in guns))
        cpu = shop.cpu_s
        pulls = [_pull(gun, page, k) for k, (gun, page) in enumerate(zip(guns, pages, strict=True))]
        found = await asyncio.gather(*pulls)
        cpu = shop.cpu_s - cpu
    sent: Scanned = Counter()
    for scanned, _ in found:
        sent += scanned
    journalled = _journalled(folder / "data" / "ledger.db")
    taken = [ms for _, times in found for ms in times]
    return {
        "booths": BOOTHS,
        "seconds": SECONDS,
        "scans_sent": sent.total(),
        "pieces_journalled": journalled.total(),
        "lost": (sent - journalled).total(),
        "doubled": (journalled - sent).total(),
        "seen_on_page": len(taken),
        "scan_to_page_ms_p50": round(statistics.median(taken), 2),
        "scan_to_page_ms_p99": round(percentile(taken, 99), 2),
        "scan_to_page_ms_most": round(max(taken), 2),
        "cpu_percent": round(cpu / SECONDS * 100, 1),
    }


async def _pull(gun: LabScanner, page: Booth, booth: int) -> tuple[Scanned, list[float]]:
    """One booth's minute: on the beat; every third piece is one seen before."""
    sent: Scanned = Counter()
    taken = []
    began = time.perf_counter() + booth / (PER_S * BOOTHS)
    for n in range(SECONDS * PER_S):
        await asyncio.sleep(max(0.0, began + n / PER_S - time.perf_counter()))
        product = booth * 1000 + (n if n % 3 else n // 6)
        sent[str(booth + 1), f"S{product}"] += 1
        pulled = time.perf_counter()
        gun.scan(ean(product), aim="]E0")
        with contextlib.suppress(TimeoutError):  # then it is missing in `seen_on_page`
            async with asyncio.timeout(ANSWER_S):
                await page.see(f'"count":{n + 1},')
            taken.append((time.perf_counter() - pulled) * 1000)
    return sent, taken


def _journalled(path: Path) -> Scanned:
    """Pieces by booth as the journal tells them, after the shop has closed."""
    held: Scanned = Counter()
    booth_of: dict[str, str] = {}
    line_of: dict[tuple[str, int], tuple[str, int]] = {}
    with Ledger(path, threaded=False) as ledger:
        for entry in ledger.journal(limit=1_000_000):
            match entry.fact:
                case f.SaleOpened(sale=sale, booth=booth):
                    booth_of[sale] = booth
                case f.LineAdded(sale=sale, line=line):
                    line_of[sale, line.id] = line.sku, line.quantity
                    held[booth_of[sale], line.sku] += line.quantity
                case f.LineChanged(sale=sale, line=changed, quantity=quantity):
                    sku, before = line_of[sale, changed]
                    line_of[sale, changed] = sku, quantity
                    held[booth_of[sale], sku] += quantity - before
    return held
