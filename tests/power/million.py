"""`python -m tests.power.million --rows N`: a long journal, one row spoilt in four ways, found and named; timed."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from paybooth.domain.anchor import Anchor
from paybooth.ledger.fsck import Report, fsck
from paybooth.ledger.ledger import Ledger

from .cuts import scratch
from .day import GOODS, Pen, _left, _member, _plain, _second_try
from .disk import Tape


def fill(path: Path, rows: int) -> None:
    """Whole sales until the journal is long enough; only the sync is left out, for the time it takes."""
    with Ledger(path, threaded=False) as ledger:
        ledger._writer.execute("PRAGMA synchronous = OFF")
        tape = Tape()
        pen, number = Pen(ledger, tape), 0
        pen.stock(GOODS)
        while ledger.head[0] < rows:
            for play in (_plain, _member, _second_try, _left):
                number += 1
                play(pen, number)
            tape.ops.clear()
            tape.heads.clear()
            if number % 4000 == 0:
                print(f"{ledger.head[0]}/{rows} rows", file=sys.stderr, flush=True)


def _spoil(path: Path, sql: str) -> None:
    db = apsw.Connection(str(path))
    guards = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(sql)
    for _, text in guards:
        db.execute(text)
    db.close()


SWAP = (
    "CREATE TEMP TABLE s AS SELECT * FROM journal WHERE seq IN ({0}, {0} + 40);"
    "UPDATE journal SET (at_ms, kind, sale, body, hash) ="
    " (SELECT at_ms, kind, sale, body, hash FROM s WHERE s.seq = 2 * {0} + 40 - journal.seq)"
    " WHERE seq IN ({0}, {0} + 40)"
)
SPOILERS: dict[str, str] = {
    "altered": "UPDATE journal SET body = CAST(CAST(body AS TEXT) || ' ' AS BLOB) WHERE seq = {0}",
    "removed": "DELETE FROM journal WHERE seq = {0}",
    "swapped": SWAP,
    "cut": "DELETE FROM journal WHERE seq > {0}",
}


def main() -> int:
    """Exit 0 only where the whole ledger is clean and each spoilt row is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.power.million")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with scratch() as folder:
        path = folder / "ledger.db"
        fill(path, rows)
        clean, out = _timed(lambda: fsck(path)), {}
        with Ledger(path, threaded=False) as ledger:
            seq, digest = ledger.head
        anchor, middle = Anchor("LANE01", "2026-11-22", seq, digest.hex()), seq * 7 // 10
        good = clean[0].ok
        for name, sql in SPOILERS.items():
            other = folder / "spoilt.db"
            shutil.copyfile(path, other)
            _spoil(other, sql.format(middle))
            report, seconds = _timed(lambda other=other: fsck(other, [anchor]))
            named = [x for x in report.faults if f"journal {seq if name == 'cut' else middle}" in x]
            out[name] = {"seconds": seconds, "says": named[:1]}
            good = good and bool(named)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    first = {"rows": clean[0].facts, "sales": clean[0].sales, "seconds": clean[1], "ok": clean[0].ok}
    print(json.dumps({**first, "spoilt_row": middle, "found": out, "peak_mib": peak}, ensure_ascii=False))
    return 0 if good else 1


def _timed(check: Callable[[], Report]) -> tuple[Report, float]:
    began = time.perf_counter()
    return check(), round(time.perf_counter() - began, 1)


if __name__ == "__main__":
    sys.exit(main())
