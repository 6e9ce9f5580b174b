"""The gate's decision: an LLRP report's bytes to tags, to what each of them is, with a million pieces on the books.

Floor: the same bytes parsed and looked up in a plain dict of a million keys, nothing else.
"""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

from paybooth.app import SystemClock
from paybooth.domain.epc import sgtin96
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.passage import Zone
from paybooth.drivers import llrp_codec as codec
from paybooth.lab.llrp_reader import tag_report
from paybooth.ledger.ledger import Ledger, connect
from paybooth.ports import TagRead
from paybooth.shop.catalogue import Catalogue
from paybooth.shop.doors import Door
from paybooth.shop.gate import Gate
from paybooth.shop.incidents import Incidents
from paybooth.shop.pieces import Pieces
from paybooth.shop.scribe import Scribe
from paybooth.shop.settings import GateSettings

PIECES = 1_000_000
TAGS = 100
"""In one report, as a trolley passes."""

REPORTS = 2_000
GTIN = "06901888001012"
ZONES = {1: Zone.INNER, 2: Zone.OUTER}


def _gate(ledger: Ledger) -> Gate:
    """A gate without a board, over these books."""
    clock = SystemClock()
    catalogue = Catalogue([Product("P101", (GTIN,), "茶", "Tea", Fen(550))])
    scribe = Scribe(ledger, clock)
    incidents = Incidents(ledger, clock, scribe)
    pieces = Pieces(ledger, catalogue, clock, 7200)
    settings = GateSettings("exit")
    door = Door(settings, None, ledger=ledger, clock=clock, scribe=scribe, incidents=incidents)
    return Gate(settings, door, pieces, clock=clock, scribe=scribe, incidents=incidents)


def _frames(chance: random.Random) -> list[bytes]:
    """Reports of 100 tags; the hundred change every twenty reports, as people pass."""
    frames = []
    for n in range(REPORTS):
        if n % 20 == 0:
            tags = [sgtin96(GTIN, chance.randrange(PIECES), 7) for _ in range(TAGS)]
        antenna = 1 + (n % 20) // 10
        frames.append(b"".join(tag_report(epc, antenna, chance.randint(-62, -46)) for epc in tags))
    return frames


def _percentiles(took: list[float]) -> tuple[float, float]:
    ordered = sorted(took)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


async def gate(folder: Path) -> dict[str, Any]:
    """Milliseconds from a report's bytes to its decisions, and reads a second, against the floor."""
    path = folder / "ledger.db"
    Ledger(path, threaded=False).close()
    books = connect(path)
    with books:
        rows = (("P101", str(n), "left", "", 1, 0) for n in range(PIECES))
        books.executemany("INSERT INTO pieces VALUES (?, ?, ?, ?, ?, ?)", rows)
    books.close()
    with Ledger(path, threaded=False) as ledger:
        exit_, frames = _gate(ledger), _frames(random.Random(1))
        plain = {sgtin96(GTIN, n, 7): n for n in range(PIECES)}
        floor, ours = [], []
        began_s = time.monotonic()
        for n, frame in enumerate(frames):
            at = time.perf_counter()
            found = [plain.get(epc) for epc, *_ in codec.report(frame)]
            floor.append(time.perf_counter() - at)
            assert None not in found
            at_s = began_s + n * 0.1  # reports ten times a second, whatever this machine's speed
            at = time.perf_counter()
            exit_.on_reads([TagRead(epc, ZONES[a], rssi, at_s, t) for epc, a, rssi, t in codec.report(frame)])
            ours.append(time.perf_counter() - at)
            exit_.passages.tick(at_s)
            if n % 50 == 0:
                await asyncio.sleep(0)
        assert not exit_.alarmed, "sold pieces rang"
    (p50, p99), (f50, f99) = _percentiles(ours), _percentiles(floor)
    return {
        "bench": "gate",
        "pieces": PIECES,
        "report_p50_ms": round(p50 * 1000, 3),
        "report_p99_ms": round(p99 * 1000, 3),
        "reads_per_s": round(TAGS * REPORTS / sum(ours)),
        "floor_p50_ms": round(f50 * 1000, 3),
        "floor_p99_ms": round(f99 * 1000, 3),
        "p50_vs_floor": round(p50 / f50, 1),
        "p99_vs_floor": round(p99 / f99, 1),
    }
