"""Prove the ledger: the chain is whole, the schema is ours, the journal folds to the tables, and the anchors fit.

One pass over the journal in little memory, on a read-only connection. Each fault names the row: its number, its kind,
its sale. What a chain alone cannot show (a tail cut off or rewritten whole), an anchor kept outside shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import apsw
import msgspec

from paybooth.domain.anchor import Anchor

from .codec import GENESIS, chain, decode
from .fold import Fold
from .ledger import connect
from .migrate import migrate, schema

FAULTS_MOST = 20
"""Of each sort, at most; the rest is counted."""

TELL_EVERY = 10_000

Progress = Callable[[int, int], None]
"""Told (rows done, rows in all) now and then."""


@dataclass(slots=True)
class Report:
    """What fsck found. `ok` only with no fault at all."""

    facts: int = 0
    sales: int = 0
    attempts: int = 0
    anchors: int = 0
    """Anchors that fit."""
    head: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


class _Few:
    """Collects the first faults of one sort and counts the rest."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._more = 0

    def __call__(self, fault: str) -> None:
        if len(self._kept) < FAULTS_MOST:
            self._kept.append(fault)
        else:
            self._more += 1

    @property
    def list(self) -> Sequence[str]:
        return [*self._kept, *([f"… and {self._more} more of this sort"] if self._more else [])]


def fsck(path: Path, anchors: Iterable[Anchor] = (), *, progress: Progress | None = None) -> Report:
    """Check a ledger file. Opens it read-only; safe beside a running shop. Raises LedgerFault, NewerSchemaError."""
    report = Report()
    db = connect(path, read_only=True)
    try:
        # one read transaction: a shop may go on writing while we look
        db.execute("BEGIN")
        report.faults += [f"sqlite: {row[0]}" for row in db.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        report.faults += [f"foreign key: {row}" for row in db.execute("PRAGMA foreign_key_check")]
        report.faults += _schema_faults(db)
        by_row: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            by_row.setdefault(anchor.seq, []).append(anchor)
        _walk(db, report, by_row, progress or (lambda *_: None))
    except apsw.Error as error:
        report.faults.append(f"sqlite: {error}; the file itself is damaged, restore a backup")
    finally:
        db.close()
    return report


@cache
def _our_schema() -> dict[str, str]:
    fresh = apsw.Connection(":memory:")
    migrate(fresh)
    ours = dict(schema(fresh))
    fresh.close()
    return ours


def _schema_faults(db: apsw.Connection) -> list[str]:
    ours, theirs = _our_schema(), dict(schema(db))
    return [
        f"schema: {name} differs" for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)
    ]


def _name(seq: int, kind: str, sale: str | None) -> str:
    return f"journal {seq} {kind}" + (f" of sale {sale}" if sale else "")


def _walk(db: apsw.Connection, report: Report, anchors: dict[int, list[Anchor]], progress: Progress) -> None:
    """Recompute the chain, fold, and meet the anchors on the way."""
    broken, differing, unmet = _Few(), _Few(), _Few()
    fold = Fold(db, differing)
    (total,) = db.execute("SELECT count(*) FROM journal").fetchone() or (0,)
    previous, before, last_fitting = GENESIS, "the journal's begin", 0
    expected = 1
    rows = db.execute("SELECT seq, at_ms, kind, sale, body, hash FROM journal ORDER BY seq")
    for seq, at_ms, kind, sale, body, digest in rows:
        name = _name(seq, kind, sale)
        if seq != expected:
            gone = f"journal {expected}" if seq == expected + 1 else f"journal {expected} to {seq - 1}"
            broken(f"{gone}: removed, between {before} and {name}")
        elif chain(previous, seq, at_ms, kind, body) != digest:
            broken(f"{name}: altered, it does not follow on {before}; one of the two was changed")
        else:
            fault = _fold(fold, at_ms, kind, sale, body)
            if fault:
                broken(f"{name}: {fault}")
        for anchor in anchors.pop(seq, ()):
            if anchor.hash == digest.hex():
                report.anchors, last_fitting = report.anchors + 1, seq
            else:
                unmet(
                    f"anchor of {anchor.day}: journal {seq} is not the row that was anchored;"
                    f" something from journal {last_fitting + 1} to {seq} was rewritten"
                )
        previous, before, expected = digest, name, seq + 1
        report.facts += 1
        if report.facts % TELL_EVERY == 0:
            progress(report.facts, total)
    for anchor in (each for seq in sorted(anchors) for each in anchors[seq]):
        unmet(f"anchor of {anchor.day}: journal {anchor.seq} is gone, the journal ends at {expected - 1}: cut off")
    fold.finish()
    progress(total, total)
    report.sales, report.attempts = fold.count["sales"], fold.count["attempts"]
    report.head = f"{expected - 1}:{previous.hex()[:12]}"
    report.faults += [*broken.list, *unmet.list, *differing.list]


def _fold(fold: Fold, at_ms: int, kind: str, sale: str | None, body: bytes) -> str | None:
    """Fold one row in; what is wrong with it, if anything."""
    try:
        happened = decode(kind, body)
        if (getattr(happened, "sale", "") or None) != sale:
            return "altered, its sale column does not fit its body"
        fold.take(happened, at_ms)
    except KeyError as error:
        return f"follows on nothing known: {error}"
    except (AssertionError, msgspec.ValidationError, msgspec.DecodeError) as error:
        return str(error) or type(error).__name__
    return None
