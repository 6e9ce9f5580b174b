"""`./dev bench console`: pages of staff's sales list with a million sales on disk, beside a bare indexed SELECT."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import httpx2

from paybooth.app import shop_key
from paybooth.ledger.books import Books
from paybooth.ledger.ledger import connect
from paybooth.ports_console import SaleQuery
from paybooth.web.staff import box_token

from .bench_box import Result, furnish, ready, switch_on
from .bench_restart import A_DAY, SALES, end, multiply
from .bench_sales import desk

PAGES = 300
LIMIT = 50
WARM = 20
PAUSE_S = 0.025
"""Between two pages: one address may ask 50 times a second for long."""
KINDS: dict[str, dict[str, str]] = {
    "plain": {},
    "paid": {"outcome": "paid"},
    "wallet": {"channel": "wechat"},
    "none": {"text": "nothing like it"},
}
"""What is asked for besides the place in the list; `none` finds nothing and looks through a whole window."""


async def console(folder: Path) -> Result:
    """Server time of a page, over loopback HTTP with sign-in and JSON; the floor is the page's own SELECT alone."""
    config, port = furnish(folder, booths=1, products=5000)
    path = folder / "data" / "ledger.db"
    async with desk(path) as shoppers:
        await shoppers.sales(shoppers.shop.booths["1"], 1)
    multiply(path)
    chance = random.Random(7)
    places = [_place(chance) for _ in range(PAGES)]
    floor_ms, read_ms = _bare(path, places), _read(path, places)
    process = switch_on(config)
    result: Result = {"sales": SALES, "pages": PAGES, "select_p95_ms": round(_p95(floor_ms), 3)}
    result["read_p95_ms"] = round(_p95(read_ms), 3)
    try:
        await ready(port)
        token = box_token(shop_key(folder / "data"))
        headers = {"Authorization": f"Bearer {token}"}
        base = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=30) as client:
            times: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for place in places[:WARM] + places:
                for kind, wanted in KINDS.items():  # in turn: what else the machine does meets all alike
                    began = time.perf_counter()
                    answer = await client.get("/api/sales", params={"limit": LIMIT, "before": place, **wanted})
                    times[kind].append((time.perf_counter() - began) * 1000)
                    answer.raise_for_status()
                    await asyncio.sleep(PAUSE_S)
            for kind, taken in times.items():
                result[f"{kind}_p50_ms"] = round(statistics.median(taken[WARM:]), 2)
                result[f"{kind}_p95_ms"] = round(_p95(taken[WARM:]), 2)
    finally:
        end(process)
    result["ratio_read_p95"] = round(_p95(read_ms) / _p95(floor_ms), 2)
    return result


def _read(path: Path, places: list[str]) -> list[float]:
    """Milliseconds of the shop's own read of a page: the same rows with goods, wallet, refunds, paper and exit."""
    db = connect(path, read_only=True)
    books = Books(db)
    times = _timed(lambda place: books.find_sales(SaleQuery(), place, LIMIT), places)
    db.close()
    return times


def _place(chance: random.Random) -> str:
    number = chance.randrange(SALES)
    return f"{20000000 + number // A_DAY:08d}-{number % A_DAY + 1:05d}"


def _bare(path: Path, places: list[str]) -> list[float]:
    """Milliseconds of plain indexed SELECTs of the same: the page's rows by key, the lines and attempts of each."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    sql = (
        "SELECT * FROM (SELECT * FROM sales WHERE id < ? ORDER BY id DESC LIMIT ?) s"
        " JOIN lines l ON l.sale = s.id JOIN attempts a ON a.sale = s.id"
    )
    times = _timed(lambda place: db.execute(sql, (place, LIMIT)).fetchall(), places)
    db.close()
    return times


def _timed(work: Callable[[str], object], places: list[str]) -> list[float]:
    """Milliseconds of each, without the first few."""
    times = []
    for place in places[:WARM] + places:
        began = time.perf_counter()
        work(place)
        times.append((time.perf_counter() - began) * 1000)
    return times[WARM:]


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
