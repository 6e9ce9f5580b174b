"""`./dev bench restart`: `kill -9` with a million sales on disk, until a scan is answered again."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import statistics
import subprocess
import time
from pathlib import Path

from .bench_box import Result, ean, furnish, kiosks, ready, stock, switch_on
from .bench_sales import desk

SALES = 1_000_000
A_DAY = 1000
TIMES = 3

# what differs from sale to sale; every other column is the genuine sale's. `i` counts the copies.
ID = f"printf('%08d-%05d', 20000000 + i / {A_DAY}, i % {A_DAY} + 1)"
ATTEMPT = "printf('BENCH%015d', i)"
OWN = {
    "sales": {"id": ID, "receipt": ID, "attempt": ATTEMPT, "paid_ms": "paid_ms - 1 - i"},
    "lines": {"sale": ID},
    "attempts": {"number": ATTEMPT, "sale": ID, "code_hash": "printf('%032x', i)"},
    "receipts": {"receipt": ID, "sale": ID},
}


async def restart(folder: Path) -> Result:
    """P12, with 5,000 and with 100,000 products; each the median of three kills."""
    config, port = furnish(folder, booths=8, products=5000)
    path = folder / "data" / "ledger.db"
    async with desk(path) as shoppers:
        await shoppers.sales(shoppers.shop.booths["1"], 1)
    began = time.perf_counter()
    rows = multiply(path)
    filled_s = time.perf_counter() - began
    result: Result = {
        "sales": SALES,
        "journal_rows": rows,
        "file_gib": round(path.stat().st_size / 2**30, 2),
        "filled_s": round(filled_s),
    }
    for products in (5_000, 100_000):
        stock(path, products)
        result |= await _kills(config, port, products)
    return result


async def _kills(config: Path, port: int, products: int) -> Result:
    """Start once to warm up, then kill and start again."""
    process = switch_on(config)
    healthy, scanning = [], []
    try:
        await _scans(port)
        for _ in range(TIMES):
            process.send_signal(signal.SIGKILL)
            process.wait(20)
            began = time.perf_counter()
            process = switch_on(config)
            await ready(port)
            healthy.append(time.perf_counter() - began)
            await _scans(port)
            scanning.append(time.perf_counter() - began)
    finally:
        end(process)
    return {
        f"healthz_s_{products}": round(statistics.median(healthy), 2),
        f"restart_s_{products}": round(statistics.median(scanning), 2),
    }


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


async def _scans(port: int) -> None:
    """Ready, and a scan on every booth answered; the baskets stay, for the next start to take up."""
    await ready(port)
    async with kiosks(port, 8) as booths:
        await asyncio.gather(*(booth.scan(ean(k)) for k, booth in enumerate(booths)))


def multiply(path: Path) -> int:
    """Copy the ledger's one sale, rows and journal, `SALES` times by plain SQL; returns the journal's length.

    The copies' journal rows keep the genuine sale's hashes: the chain does not verify, which no start looks at (fsck
    does). Written without syncs: nothing here has to survive a power cut.
    """
    plain = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
        plain.execute(f"PRAGMA {pragma}")
    ((sale, attempt),) = plain.execute("SELECT id, attempt FROM sales").fetchall()
    copies = f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {SALES} - 1)"
    plain.execute("BEGIN")
    for table, own in OWN.items():
        columns = [row[1] for row in plain.execute(f"PRAGMA table_info ({table})")]
        plain.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {table}")
        plain.execute(f"DELETE FROM {table}")
        values = ", ".join(own.get(column, column) for column in columns)
        plain.execute(f"{copies} INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM n CROSS JOIN one")
        plain.execute("DROP TABLE one")
    plain.execute("CREATE TEMP TABLE one AS SELECT * FROM journal WHERE sale IS NOT NULL ORDER BY seq")
    body = f"CAST(replace(replace(CAST(body AS TEXT), ?1, {ATTEMPT}), ?2, {ID}) AS BLOB)"
    plain.execute(
        f"{copies} INSERT INTO journal (at_ms, kind, sale, body, hash)"
        f" SELECT at_ms, kind, {ID}, {body}, hash FROM n CROSS JOIN one",
        (attempt, sale),
    )
    plain.execute("COMMIT")
    ((rows,),) = plain.execute("SELECT max(seq) FROM journal").fetchall()
    plain.close()
    return int(rows)
