"""Named reads: rows to domain values. Runs on the loop's own read-only connection, microseconds each."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from paybooth.domain.facts import DiscountEntry, Line
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Mode, Order, State
from paybooth.domain.sale import Phase, Sale

from .rows import LINE_COLUMNS

_SALE = (
    "SELECT id, number, booth, phase, language, member, member_tail, attempt, attempts, receipt, last_line FROM sales"
)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt as the tables hold it."""

    number: str
    sale: str
    booth: str
    channel: Channel
    mode: Mode
    amount: Fen
    code_last4: str
    state: State
    opened_ms: int
    settled_ms: int | None
    transaction: str
    payer_paid: Fen
    reason: str
    code: str

    def order(self, *, description: str, shop: str) -> Order:
        """What the channel was asked, rebuilt after a restart."""
        return Order(self.number, self.channel, self.mode, self.amount, description, self.booth, shop, self.opened_ms)


@dataclass(frozen=True, slots=True)
class RefundRow:
    number: str
    attempt: str
    sale: str
    amount: Fen
    reason: str
    status: str


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale in a list."""

    id: str
    number: str
    booth: str
    phase: Phase
    total: Fen
    opened_ms: int
    paid_ms: int | None
    receipt: str | None


def sale(db: apsw.Connection, sale_id: str) -> Sale | None:
    """The sale as it stands, lines and discounts included."""
    row = db.execute(f"{_SALE} WHERE id = ?", (sale_id,)).fetchone()
    return _sale(db, row) if row else None


def live_sales(db: apsw.Connection, booth: str | None = None) -> list[Sale]:
    """Sales that are not ended, of one booth or of all, oldest first."""
    where = "phase NOT IN ('paid', 'abandoned') AND (?1 IS NULL OR booth = ?1) ORDER BY opened_ms, id"
    return [_sale(db, row) for row in db.execute(f"{_SALE} WHERE {where}", (booth,)).fetchall()]


def _sale(db: apsw.Connection, row: tuple[object, ...]) -> Sale:
    sale_id, number, booth, phase, language, member, tail, attempt, attempts, receipt, last_line = row
    columns = ", ".join(LINE_COLUMNS)
    lines = db.execute(f"SELECT {columns} FROM lines WHERE sale = ? ORDER BY id", (sale_id,))  # noqa: S608 constants
    found = tuple(Line(**dict(zip(LINE_COLUMNS, values, strict=True))) for values in lines)
    entries = db.execute(
        "SELECT line, rule, label_zh, label_en, amount FROM discounts WHERE sale = ? ORDER BY line", (sale_id,)
    )
    return Sale(
        id=str(sale_id),
        number=str(number),
        booth=str(booth),
        phase=Phase(str(phase)),
        language=str(language),
        lines=found,
        discounts=tuple(DiscountEntry(*values) for values in entries),
        member=member if member is None else str(member),
        member_tail=tail if tail is None else str(tail),
        attempt=attempt if attempt is None else str(attempt),
        attempts=int(str(attempts)),
        receipt=receipt if receipt is None else str(receipt),
        last_line=int(str(last_line)),
    )


_ATTEMPT = (
    "SELECT number, sale, booth, channel, mode, amount, code_last4, state, opened_ms, settled_ms, txn, payer_paid,"
    " reason, code FROM attempts"
)


def _attempt(row: tuple[object, ...]) -> AttemptRow:
    values = list(row)
    values[3], values[4], values[7] = Channel(str(row[3])), Mode(str(row[4])), State(str(row[7]))
    return AttemptRow(*values)  # type: ignore[arg-type]  # STRICT tables guarantee the column types


def attempt(db: apsw.Connection, number: str) -> AttemptRow | None:
    row = db.execute(f"{_ATTEMPT} WHERE number = ?", (number,)).fetchone()
    return _attempt(row) if row else None


def attempts_of(db: apsw.Connection, sale_id: str) -> list[AttemptRow]:
    rows = db.execute(f"{_ATTEMPT} WHERE sale = ? ORDER BY opened_ms, number", (sale_id,))
    return [_attempt(row) for row in rows]


def open_attempts(db: apsw.Connection) -> list[AttemptRow]:
    """Attempts without a final word, oldest first: what the till takes up again at start."""
    rows = db.execute(f"{_ATTEMPT} WHERE state NOT IN ('paid', 'declined', 'reversed') ORDER BY opened_ms, number")
    return [_attempt(row) for row in rows]


def code_used(db: apsw.Connection, code_hash: str) -> bool:
    """Whether this payment code was charged before; a code is one attempt."""
    return db.execute("SELECT 1 FROM attempts WHERE code_hash = ? LIMIT 1", (code_hash,)).fetchone() is not None


def open_refunds(db: apsw.Connection) -> list[RefundRow]:
    rows = db.execute("SELECT number, attempt, sale, amount, reason, status FROM refunds WHERE status = 'open'")
    return [RefundRow(*row) for row in rows]


def unsettled_receipts(db: apsw.Connection) -> list[tuple[str, str, str]]:
    """(receipt, sale, state) of receipts that never got their end: due or printing when the box stopped."""
    return list(db.execute("SELECT receipt, sale, state FROM receipts WHERE settled_ms IS NULL ORDER BY receipt"))


def receipt_state(db: apsw.Connection, receipt: str) -> tuple[str, str, str] | None:
    """(sale, state, reason)."""
    row = db.execute("SELECT sale, state, reason FROM receipts WHERE receipt = ?", (receipt,)).fetchone()
    return row if row is None else (str(row[0]), str(row[1]), str(row[2]))


def paid_at_ms(db: apsw.Connection, sale_id: str) -> int | None:
    row = db.execute("SELECT paid_ms FROM sales WHERE id = ?", (sale_id,)).fetchone()
    return None if row is None else row[0]


def last_sale_id(db: apsw.Connection, prefix: str) -> str | None:
    """The greatest sale id with this prefix (a shop day)."""
    row = db.execute("SELECT max(id) FROM sales WHERE id >= ? AND id < ?", (prefix, prefix + "~")).fetchone()
    return None if row is None else row[0]


def sales(db: apsw.Connection, before: str | None = None, limit: int = 50) -> list[SaleRow]:
    """Sales newest first, keyset-paged by id."""
    rows = db.execute(
        "SELECT id, number, booth, phase, total, opened_ms, paid_ms, receipt FROM sales"
        " WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
        (before, limit),
    )
    return [SaleRow(r[0], r[1], r[2], Phase(r[3]), r[4], r[5], r[6], r[7]) for r in rows]


def takings(db: apsw.Connection) -> dict[str, int]:
    """Sums over all time, for the tour, metrics and fsck: fen and counts."""
    paid_count, paid_fen = db.execute(
        "SELECT count(*), coalesce(sum(total), 0) FROM sales WHERE phase = 'paid'"
    ).fetchone() or (0, 0)
    states = _counts(db, "SELECT state, count(*) FROM attempts GROUP BY state")
    (refunded,) = db.execute("SELECT coalesce(sum(amount), 0) FROM refunds WHERE status = 'done'").fetchone() or (0,)
    receipts = _counts(db, "SELECT state, count(*) FROM receipts GROUP BY state")
    return {
        "sales": paid_count,
        "paid_fen": paid_fen,
        "refunded_fen": refunded,
        "attempts": sum(states.values()),
        **{f"attempts_{state}": count for state, count in sorted(states.items())},
        **{f"receipts_{state}": count for state, count in sorted(receipts.items())},
    }


def _counts(db: apsw.Connection, sql: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in db.execute(sql)}
