"""Prove the ledger: the chain is whole, the schema is ours, and folding the journal gives exactly the tables.

The fold uses domain.apply and the attempt machine, never the SQL of rows.py: two independent roads to one state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import apsw
import msgspec

from paybooth.domain import facts as f
from paybooth.domain.money import Fen
from paybooth.domain.payment import Event, State, step
from paybooth.domain.sale import Phase, Sale, apply, begin

from . import catalogue
from .books import Books
from .codec import GENESIS, chain, decode
from .ledger import connect
from .migrate import migrate, schema


@dataclass(slots=True)
class Report:
    """What fsck found. `ok` only with no fault at all."""

    facts: int = 0
    sales: int = 0
    attempts: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


@dataclass(slots=True)
class _Attempt:
    sale: str
    amount: Fen
    state: State = State.OPEN


@dataclass(slots=True)
class _Fold:
    """The state of the shop as the journal alone tells it."""

    sales: dict[str, Sale] = field(default_factory=dict)
    attempts: dict[str, _Attempt] = field(default_factory=dict)
    refunds: dict[str, tuple[Fen, str]] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)
    catalogue: str | None = None

    def take(self, happened: f.Fact) -> None:
        match happened:
            case f.SaleOpened():
                assert happened.sale not in self.sales, "sale opened twice"
                self.sales[happened.sale] = begin(happened)
                return
            case f.AttemptOpened():
                self.attempts[happened.attempt] = _Attempt(happened.sale, happened.amount)
            case f.AttemptMoved() | f.AttemptSettled():
                attempt = self.attempts[happened.attempt]
                attempt.state = step(attempt.state, Event(happened.event))
            case f.SalePaid():
                attempt = self.attempts[happened.attempt]
                assert attempt.state is State.PAID, "sale paid without a paid attempt"
                assert attempt.amount == happened.total, "sale paid with another amount"
                self.receipts[happened.receipt] = "due"
            case f.RefundOpened():
                assert self.attempts[happened.attempt].state is State.PAID, "refund of an attempt that is not paid"
                self.refunds[happened.refund] = (happened.amount, "open")
            case f.RefundSettled():
                self.refunds[happened.refund] = (self.refunds[happened.refund][0], happened.status)
            case f.ReceiptStarted():
                self.receipts[happened.receipt] = "printing"
            case f.ReceiptSettled():
                self.receipts[happened.receipt] = happened.state
            case f.CatalogueImported():
                self.catalogue = happened.digest
            case _:
                pass
        sale = getattr(happened, "sale", "")
        if sale in self.sales:
            self.sales[sale] = apply(self.sales[sale], happened)


def fsck(path: Path) -> Report:
    """Check a ledger file. Opens it read-only; safe beside a running shop."""
    report = Report()
    db = connect(path, read_only=True)
    try:
        # one read transaction: a shop may go on writing while we look
        db.execute("BEGIN")
        report.faults += [f"sqlite: {row[0]}" for row in db.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        report.faults += [f"foreign key: {row}" for row in db.execute("PRAGMA foreign_key_check")]
        report.faults += _schema_faults(db)
        fold = _Fold()
        for fault in _walk(db, fold, report):
            report.faults.append(fault)
        report.faults += _compare(db, fold)
        report.sales, report.attempts = len(fold.sales), len(fold.attempts)
    finally:
        db.close()
    return report


def _schema_faults(db: apsw.Connection) -> list[str]:
    fresh = apsw.Connection(":memory:")
    migrate(fresh)
    ours, theirs = dict(schema(fresh)), dict(schema(db))
    fresh.close()
    return [
        f"schema: {name} differs" for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)
    ]


def _walk(db: apsw.Connection, fold: _Fold, report: Report) -> Iterator[str]:
    """Recompute the chain and fold; yields the faults, at most twenty."""
    previous, expected, found = GENESIS, 1, 0
    for seq, at_ms, kind, body, digest in db.execute("SELECT seq, at_ms, kind, body, hash FROM journal ORDER BY seq"):
        report.facts += 1
        fault = None
        if seq != expected:
            fault = f"journal {expected}: missing, next is {seq}"
        elif chain(previous, seq, at_ms, kind, body) != digest:
            fault = f"journal {seq}: hash does not fit"
        else:
            try:
                fold.take(decode(kind, body))
            except (AssertionError, KeyError, msgspec.ValidationError, msgspec.DecodeError) as error:
                fault = f"journal {seq} {kind}: {error or type(error).__name__}"
        if fault:
            yield fault
            found += 1
            if found == 20:
                yield "… more faults not listed"
                return
        previous, expected = digest, seq + 1
    report.head = f"{expected - 1}:{previous.hex()[:12]}"


def _compare(db: apsw.Connection, fold: _Fold) -> list[str]:
    """Tables against fold, both ways."""
    faults = []
    books = Books(db)
    ids = {str(row[0]) for row in db.execute("SELECT id FROM sales")}
    faults += [f"sale {sale}: only in the journal" for sale in sorted(fold.sales.keys() - ids)]
    for sale_id in sorted(ids):
        told = fold.sales.get(sale_id)
        row = books.sale(sale_id)
        # discount rows come by line; the fact lists them in basket order, which is the same
        if told is None or row != replace(told, discounts=tuple(sorted(told.discounts, key=lambda d: d.line))):
            faults.append(f"sale {sale_id}: table and journal differ")
    faults += _compare_money(db, fold)
    receipts = {str(r): str(s) for r, s in db.execute("SELECT receipt, state FROM receipts")}
    if receipts != fold.receipts:
        wrong = sorted(k for k in receipts.keys() | fold.receipts.keys() if receipts.get(k) != fold.receipts.get(k))
        faults.append(f"receipts differ: {', '.join(wrong[:5])}")
    if fold.catalogue is not None and fold.catalogue != catalogue.digest(db):
        faults.append("catalogue: tables differ from the last import")
    return faults


def _compare_money(db: apsw.Connection, fold: _Fold) -> list[str]:
    faults = []
    rows = {n: (s, a, st) for n, s, a, st in db.execute("SELECT number, sale, amount, state FROM attempts")}
    told = {n: (a.sale, a.amount, a.state.value) for n, a in fold.attempts.items()}
    faults += [
        f"attempt {n}: table and journal differ"
        for n in sorted(rows.keys() | told.keys())
        if rows.get(n) != told.get(n)
    ]
    refunds = {str(n): (a, str(s)) for n, a, s in db.execute("SELECT number, amount, status FROM refunds")}
    faults += [
        f"refund {n}: table and journal differ"
        for n in sorted(refunds.keys() | fold.refunds.keys())
        if refunds.get(n) != fold.refunds.get(n)
    ]
    for sale in fold.sales.values():
        paid = (
            [n for n, a in fold.attempts.items() if a.sale == sale.id and a.state is State.PAID]
            if sale.attempts
            else []
        )
        if sale.phase is Phase.PAID and paid != [sale.attempt]:
            faults.append(f"sale {sale.id}: paid, but its paid attempts are {paid}")
    return faults
