"""`./dev bench NAME [--json]`: figures as ratios against a floor measured in the same run.

The shop under test is the product: `paybooth run` in its own process, spoken to over its sockets. Loops are bounded.
"""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from paybooth.domain.goods import Product, difference
from paybooth.lab.demo import fill_shelves
from paybooth.lab.eyes import Eyes
from paybooth.lab.shelf import barcode
from paybooth.lab.tour import TOUR_WAITS
from paybooth.lab.world import open_world
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.ledger import Ledger
from paybooth.shop.catalogue import Catalogue, read_csv

from . import bench_console, bench_exit, bench_gate, bench_oscar, bench_restart, bench_steady, bench_thin
from .bench_box import (
    Box,
    Result,
    act_times,
    box,
    ean,
    fdatasync_times,
    fill_rate,
    goods_csv,
    kiosks,
    percentile,
    sockets,
)


async def ledger(folder: Path) -> Result:
    """P1: scan → durable → answer; P2: durable add-line requests with 32 booths; P13: memory.

    Disk, thin server and shop take turns, three times: what disturbs the machine meets all of them.
    """
    disk, thin, taken = [], [], []
    rates: dict[str, list[float]] = {"disk": [], "thin": [], "shop": []}
    async with (
        bench_thin.server(folder) as thin_port,
        sockets(thin_port, 32) as thin_booths,
        box(folder, booths=32, products=100_000) as shop,
        kiosks(shop.port, 32) as booths,
    ):
        for _ in range(3):
            disk += fdatasync_times(folder)
            thin += await act_times(thin_booths[0], 17)
            taken += await act_times(booths[0], 17)
        for _ in range(3):
            rates["disk"].append(1000 / statistics.mean(fdatasync_times(folder)))
            rates["thin"].append(await fill_rate(thin_booths, 1))
            rates["shop"].append(await fill_rate(booths, 1))
        memory = shop.rss_mib
    p50, p99 = statistics.median(disk), percentile(disk, 99)
    thin_p50, our_p50, our_p99 = statistics.median(thin), statistics.median(taken), percentile(taken, 99)
    disk_rate, thin_rate, our_rate = (statistics.median(found) for found in rates.values())
    return {
        "fdatasync_ms_p50": round(p50, 3),
        "fdatasync_ms_p99": round(p99, 3),
        "thin_ms_p50": round(thin_p50, 3),
        "thin_p50_ratio": round(thin_p50 / p50, 2),
        "scan_ms_p50": round(our_p50, 3),
        "scan_ms_p99": round(our_p99, 3),
        "p1_p50_ratio": round(our_p50 / p50, 2),
        "p1_p99_ratio": round(our_p99 / p99, 2),
        "p1_vs_thin": round(our_p50 / thin_p50, 2),
        "addline_per_s_32": round(our_rate),
        "p2_ratio": round(our_rate / disk_rate, 3),
        "thin_per_s_32": round(thin_rate),
        "p2_vs_thin": round(our_rate / thin_rate, 2),
        "p13_rss_mib_32_booths": round(memory),
    }


async def catalogue(folder: Path) -> Result:
    """P5: look-up against plain sqlite3; start-up with 100,000 and 1,000,000 products."""
    result: Result = {}
    for count in (100_000, 1_000_000):
        path = folder / f"{count}.db"
        with Ledger(path, threaded=False) as opened:
            loaded = [p for p in read_csv(goods_csv(count)) if isinstance(p, Product)]
            done = difference((), loaded)
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


def elsewhere(module: str, name: str) -> Callable[[Path], Any]:
    """A bench of a module that only it loads: the others run without Playwright and without the tests' world."""

    def run(folder: Path) -> Any:
        return getattr(importlib.import_module(f"tools.{module}"), name)(folder)

    return run


BENCHES: dict[str, Callable[[Path], Any]] = {
    "ledger": ledger,
    "catalogue": catalogue,
    "sale": sale,
    "oscar": bench_oscar.oscar,
    "restart": bench_restart.restart,
    "steady": bench_steady.steady,
    "kiosk": elsewhere("bench_paint", "kiosk"),
    "watched": elsewhere("bench_paint", "watched"),
    "heap": elsewhere("bench_heap", "heap"),
    "gate": bench_gate.gate,
    "exit": bench_exit.exit_,
    "sim": elsewhere("bench_sim", "sim"),
    "console": bench_console.console,
}


def main() -> None:
    os.environ.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # an installed shop starts from bytecode; so do ours, after the first
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
