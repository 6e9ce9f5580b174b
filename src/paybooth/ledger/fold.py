"""The journal folded into the state it tells, compared with the tables as soon as a thing is over.

The fold uses domain.apply and the attempt machine, never the SQL of rows.py: two independent roads to one state. Only
what is still open stays in memory, so a journal of any length folds in little room; each table's row count closes the
proof that nothing stands there which the journal does not tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import apsw

from paybooth.domain import facts as f
from paybooth.domain.goods import Product
from paybooth.domain.money import Fen
from paybooth.domain.payment import FINAL, Event, State, step
from paybooth.domain.refund import LATE, Refund
from paybooth.domain.refund import Event as RefundEvent
from paybooth.domain.refund import State as RefundState
from paybooth.domain.refund import step as step_refund
from paybooth.domain.sale import ENDED, Phase, Sale, apply, begin
from paybooth.domain.staff_facts import ProductChanged, ShiftHandedOver, ShiftTaken

from . import catalogue
from .books import Books
from .codec import encode
from .fold_exit import ExitFold
from .fold_house import HouseFold


@dataclass(slots=True)
class _Attempt:
    sale: str
    amount: Fen
    state: State = State.OPEN


class Fold:
    """Takes facts in order; `mismatch` is told of every row of the tables that the journal does not support."""

    def __init__(self, db: apsw.Connection, mismatch: Callable[[str], None]) -> None:
        self._db, self._books, self._mismatch = db, Books(db), mismatch
        self.count: Counter[str] = Counter()
        self._sales: dict[str, Sale] = {}
        self._attempts: dict[str, _Attempt] = {}
        self._refunds: dict[str, Refund] = {}
        self._staff: dict[str, tuple[str, str]] = {}
        self._handovers: dict[int, tuple[int, str, str, str, str, int | None]] = {}
        self._matches: dict[tuple[str, str], bytes] = {}
        self._receipts: dict[str, str] = {}
        self._catalogue: str | None = None
        self._products: dict[str, tuple[Product, Product]] = {}
        """What staff changed since the last import: as it was imported, and as it is."""
        self._exit = ExitFold(self._books, mismatch)
        self._house = HouseFold(self._books, mismatch)

    def take(self, happened: f.Fact, at_ms: int) -> None:
        """Fold one fact in. Raises AssertionError or KeyError where it cannot follow on what was."""
        match happened:
            case f.SaleOpened():
                assert happened.sale not in self._sales, "sale opened twice"
                self._sales[happened.sale] = begin(happened)
                self.count["sales"] += 1
                return
            case f.AttemptOpened():
                self._attempts[happened.attempt] = _Attempt(happened.sale, happened.amount)
                self.count["attempts"] += 1
            case f.AttemptMoved() | f.AttemptSettled():
                self._step(happened)
            case f.SalePaid():
                state, amount = self._money(happened.attempt)
                assert state is State.PAID, "sale paid without a paid attempt"
                assert amount == happened.total, "sale paid with another amount"
                self._receipts[happened.receipt] = "due"
                self.count["receipts"] += 1
            case f.RefundAsked() | f.RefundApproved() | f.RefundWithdrawn() | f.RefundOpened() | f.RefundSettled():
                self._refund(happened)
            case f.DayMatched():
                self._matches[happened.day, happened.channel] = encode(happened)
            case f.StaffAdded():
                self._staff[happened.name] = (happened.role, happened.token_hash)
            case f.StaffRemoved():
                del self._staff[happened.name]
            case f.ReceiptStarted():
                assert happened.receipt in self._receipts, "receipt started that is not due"
                self._receipts[happened.receipt] = "printing"
            case f.ReceiptSettled():
                del self._receipts[happened.receipt]
                self._compare_receipt(happened.receipt, happened.state)
            case f.CatalogueImported():
                self._catalogue = happened.digest
                self._products.clear()
            case ProductChanged(sku=sku, before=before, after=after):
                first, last = self._products.get(sku, (before, before))
                assert last == before, "a product was not what it was taken for"
                self._products[sku] = first, after
            case ShiftHandedOver(handover=number, by=by, text=text, incidents=incidents):
                assert number not in self._handovers, "a shift was handed over twice"
                self._handovers[number] = (at_ms, by, text, encode(incidents).decode(), "", None)
            case ShiftTaken(handover=number, by=by):
                assert self._handovers[number][-1] is None, "a shift was taken twice"
                self._handovers[number] = (*self._handovers[number][:4], by, at_ms)
            case _:
                self._house.take(happened, at_ms)
                self._exit.take(happened, at_ms)
        self._follow(happened)

    def _step(self, happened: f.AttemptMoved | f.AttemptSettled) -> None:
        attempt = self._attempts[happened.attempt]
        attempt.state = step(attempt.state, Event(happened.event))
        if attempt.state in FINAL:
            self._compare_attempt(happened.attempt, attempt)
            del self._attempts[happened.attempt]

    def _refund(
        self, happened: f.RefundAsked | f.RefundApproved | f.RefundWithdrawn | f.RefundOpened | f.RefundSettled
    ) -> None:
        number = happened.refund
        match happened:
            case f.RefundAsked():
                state, _ = self._money(happened.attempt)
                assert state is State.PAID, "refund of an attempt that is not paid"
                assert number not in self._refunds, "refund asked twice"
                self._refunds[number] = Refund(
                    number, happened.attempt, happened.sale, happened.amount, happened.reason, RefundState.ASKED, 0,
                    by=happened.by, note=happened.note, request=happened.request, lines=happened.lines,
                )  # fmt: skip
                self.count["refunds"] += 1
            case f.RefundApproved():
                told = self._refunds[number]
                assert told.state is RefundState.ASKED, "approved without being asked for"
                assert told.by != happened.by, "approved by who asked"
                self._refunds[number] = replace(told, approved_by=happened.by)
            case f.RefundWithdrawn():
                self._end_refund(number, RefundEvent.WITHDRAW)
            case f.RefundOpened() if number in self._refunds:
                told = self._refunds[number]
                assert told.amount == happened.amount, "opened with another amount than asked"
                self._refunds[number] = replace(told, state=step_refund(told.state, RefundEvent.APPROVE))
            case f.RefundOpened():
                # by rule alone: money that came after a final no, or for a sale that no longer waits
                assert happened.reason == LATE, "a refund nobody asked for"
                self._money(happened.attempt)
                self._refunds[number] = Refund(
                    number, happened.attempt, happened.sale, happened.amount, LATE, RefundState.OPEN, 0
                )
                self.count["refunds"] += 1
            case f.RefundSettled():
                self._end_refund(number, RefundEvent(happened.status))

    def _end_refund(self, number: str, event: RefundEvent) -> None:
        told = self._refunds.pop(number)
        self._compare_refund(replace(told, state=step_refund(told.state, event)))

    def _money(self, number: str) -> tuple[State, Fen]:
        """State and amount of an attempt; a final one stands in its table, compared when it ended."""
        attempt = self._attempts.get(number)
        if attempt is not None:
            return attempt.state, attempt.amount
        row = self._db.execute("SELECT state, amount FROM attempts WHERE number = ?", (number,)).fetchone()
        assert row is not None, f"attempt {number} was never opened"
        return State(row[0]), Fen(row[1])

    def _follow(self, happened: f.Fact) -> None:
        sale = self._sales.get(getattr(happened, "sale", ""))
        if sale is None:
            return
        sale = self._sales[sale.id] = apply(sale, happened)
        if sale.phase in ENDED:
            self._compare_sale(sale)
            del self._sales[sale.id]

    # ------------------------------------------------------------ against the tables

    def _compare_sale(self, sale: Sale) -> None:
        # discount rows come by line; the fact lists them in basket order, which is the same
        if self._books.sale(sale.id) != replace(sale, discounts=tuple(sorted(sale.discounts, key=lambda d: d.line))):
            self._mismatch(f"sale {sale.id}: table and journal differ")
        row = self._db.execute("SELECT total FROM sales WHERE id = ?", (sale.id,)).fetchone()
        if row is not None and row[0] != sale.total:
            self._mismatch(f"sale {sale.id}: its total does not fit its lines")
        if sale.phase is Phase.PAID:
            rows = self._db.execute("SELECT number FROM attempts WHERE sale = ? AND state = 'paid'", (sale.id,))
            paid = [number for (number,) in rows]
            if paid != [sale.attempt]:
                self._mismatch(f"sale {sale.id}: paid, but its paid attempts are {paid}")

    def _row(self, sql: str, key: str) -> tuple[Any, ...] | None:
        return self._db.execute(sql, (key,)).fetchone()

    def _compare_attempt(self, number: str, told: _Attempt) -> None:
        row = self._row("SELECT sale, amount, state FROM attempts WHERE number = ?", number)
        if row != (told.sale, told.amount, told.state.value):
            self._mismatch(f"attempt {number}: table and journal differ")

    def _compare_refund(self, told: Refund) -> None:
        row = self._books.refund(told.number)
        if row is None or replace(row, opened_ms=0, settled_ms=None) != told:
            self._mismatch(f"refund {told.number}: table and journal differ")

    def _compare_receipt(self, receipt: str, state: str) -> None:
        if self._row("SELECT state FROM receipts WHERE receipt = ?", receipt) != (state,):
            self._mismatch(f"receipt {receipt}: table and journal differ")

    def finish(self) -> None:
        """What is still open, then the count of every table, then the catalogue."""
        for sale in self._sales.values():
            self._compare_sale(sale)
        for number, attempt in self._attempts.items():
            self._compare_attempt(number, attempt)
        for told in self._refunds.values():
            self._compare_refund(told)
        for receipt, state in self._receipts.items():
            self._compare_receipt(receipt, state)
        self._exit.finish()
        self._house.finish()
        for fault in (*self._strangers(), *self._uncounted()):
            self._mismatch(fault)
        for sku, (_, after) in sorted(self._products.items()):
            if self._row(f"SELECT {catalogue.COLUMNS} FROM products WHERE sku = ?", sku) != catalogue.row_of(after):  # noqa: S608 constants
                self._mismatch(f"product {sku}: table and journal differ")
        imported = {sku: first for sku, (first, _) in self._products.items()}
        if self._catalogue is not None and self._catalogue != catalogue.digest(self._db, imported):
            self._mismatch("catalogue: tables differ from the last import")

    def _strangers(self) -> Iterator[str]:
        """Staff, hand-overs and matches are few: held whole, compared whole. No attempt gave back more than it took."""
        staff = {n: (role, token) for n, role, token in self._db.execute("SELECT name, role, token_hash FROM staff")}
        for name in sorted(staff.keys() | self._staff.keys()):
            if staff.get(name) != self._staff.get(name):
                yield f"staff {name}: table and journal differ"
        handovers = "SELECT id, at_ms, by, text, incidents, taken_by, taken_ms FROM handovers ORDER BY id"
        for number, *row in self._db.execute(handovers):
            if self._handovers.pop(number, None) != tuple(row):
                yield f"hand-over {number}: table and journal differ"
        yield from (f"hand-over {number}: table and journal differ" for number in self._handovers)
        matches = {(d, c): bytes(body) for d, c, body in self._db.execute("SELECT day, channel, body FROM matches")}
        for day, channel in sorted(matches.keys() | self._matches.keys()):
            if matches.get((day, channel)) != self._matches.get((day, channel)):
                yield f"match {day} {channel}: table and journal differ"
        above = self._db.execute(
            "SELECT r.attempt FROM refunds r JOIN attempts a ON a.number = r.attempt"
            " WHERE r.status IN ('asked', 'open', 'done') GROUP BY r.attempt HAVING sum(r.amount) > a.amount"
        )
        yield from (f"attempt {number}: more was given back than it took" for (number,) in above)

    def _uncounted(self) -> Iterator[str]:
        for table, opened in (
            ("sales", "sale.opened"),
            ("attempts", "attempt.opened"),
            ("refunds", "refund.opened"),
            ("receipts", "sale.paid"),
        ):
            (rows,) = self._db.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608 constants
            if rows != self.count[table]:
                yield f"{table}: the table has {rows} rows, the journal tells of {self.count[table]}"
                key = "id" if table == "sales" else "receipt" if table == "receipts" else "number"
                of = key if table == "sales" else "sale"
                strays = self._db.execute(
                    f"SELECT {key} FROM {table} t WHERE NOT EXISTS"  # noqa: S608 constants
                    f" (SELECT 1 FROM journal j WHERE j.sale = t.{of} AND j.kind = ?) LIMIT 5",
                    (opened,),
                )
                yield from (f"{table} {name}: only in the table" for (name,) in strays)
